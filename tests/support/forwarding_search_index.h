// An index that hands every call on, for tests that change one of them.
#pragma once

#include "libs/ports/search_index.h"

namespace vang {

class ForwardingSearchIndex : public SearchIndex {
 public:
  // `to` must outlive the calls.
  explicit ForwardingSearchIndex(SearchIndex* to) : to_(to) {}

  Status ReplaceRecording(const Context& context, const std::string& tenant,
                          const std::string& recording_id,
                          const std::vector<Point>& points) override {
    return to_->ReplaceRecording(context, tenant, recording_id, points);
  }
  Status DeleteRecording(const Context& context, const std::string& tenant,
                         const std::string& recording_id) override {
    return to_->DeleteRecording(context, tenant, recording_id);
  }
  Result<std::vector<SearchHit>> Search(const Context& context, const SearchQuery& query) override {
    return to_->Search(context, query);
  }
  Result<std::uint64_t> CountPoints(const Context& context, const std::string& tenant,
                                    const std::string& recording_id) override {
    return to_->CountPoints(context, tenant, recording_id);
  }
  Status Clear(const Context& context) override { return to_->Clear(context); }
  Result<std::string> ContentHash(const Context& context) override {
    return to_->ContentHash(context);
  }
  Status Rebuild(const Context& context,
                 const std::function<Status(SearchIndex& fresh)>& fill) override {
    return to_->Rebuild(context, fill);
  }
  Status Ping(const Context& context) override { return to_->Ping(context); }
  std::string Facts() const override { return to_->Facts(); }

 private:
  SearchIndex* const to_;
};

}  // namespace vang
