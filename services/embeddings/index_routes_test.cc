// The contract of every index, kept from a process away.
#include "services/embeddings/index_routes.h"

#include "libs/adapters/search_index/embedded/embedded_search_index.h"
#include "libs/adapters/search_index/remote/remote_search_index.h"
#include "tests/contract/search_index_contract.h"

namespace vang {
namespace {

// An index with its holder's routes; requests are passed as bytes, as between processes.
class Holder : public Upstream {
 public:
  explicit Holder(std::unique_ptr<SearchIndex> index) : index_(std::move(index)) {
    embeddings::AddIndexRoutes(index_.get(), &router_);
  }
  Result<http::Response> Send(const Context& context, http::Request& request) override {
    return router_.Handle(context, request);
  }

 private:
  const std::unique_ptr<SearchIndex> index_;
  http::Router router_;
};

class HeldIndex : public SearchIndex {
 public:
  explicit HeldIndex(std::unique_ptr<SearchIndex> index)
      : holder_(std::move(index)), remote_(MakeRemoteSearchIndex(&holder_)) {}

  Status ReplaceRecording(const Context& context, const std::string& tenant,
                          const std::string& recording_id,
                          const std::vector<Point>& points) override {
    return remote_->ReplaceRecording(context, tenant, recording_id, points);
  }
  Status DeleteRecording(const Context& context, const std::string& tenant,
                         const std::string& recording_id) override {
    return remote_->DeleteRecording(context, tenant, recording_id);
  }
  Result<std::vector<SearchHit>> Search(const Context& context, const SearchQuery& query) override {
    return remote_->Search(context, query);
  }
  Result<std::uint64_t> CountPoints(const Context& context, const std::string& tenant,
                                    const std::string& recording_id) override {
    return remote_->CountPoints(context, tenant, recording_id);
  }
  Status Clear(const Context& context) override { return remote_->Clear(context); }
  Result<std::string> ContentHash(const Context& context) override {
    return remote_->ContentHash(context);
  }
  Status Ping(const Context& context) override { return remote_->Ping(context); }

 private:
  Holder holder_;
  const std::unique_ptr<SearchIndex> remote_;
};

Result<std::unique_ptr<SearchIndex>> MakeHeldIndex(const std::filesystem::path& folder,
                                                   int dimension) {
  VANG_ASSIGN_OR_RETURN(auto index,
                        OpenEmbeddedSearchIndex({(folder / "index.db").string(), dimension}));
  return std::unique_ptr<SearchIndex>(std::make_unique<HeldIndex>(std::move(index)));
}

INSTANTIATE_TEST_SUITE_P(Remote, SearchIndexContract, testing::Values(&MakeHeldIndex));

// A holder that cannot be reached, or answers nonsense.
class Silent : public Upstream {
 public:
  explicit Silent(Result<http::Response> answer) : answer_(std::move(answer)) {}
  Result<http::Response> Send(const Context&, http::Request&) override { return answer_; }

 private:
  const Result<http::Response> answer_;
};

TEST(RemoteSearchIndex, SaysThatItsHolderIsGone) {
  Silent gone(Unavailable("nobody listens"));
  EXPECT_THAT(MakeRemoteSearchIndex(&gone)->Ping({}), HasCode(Code::kUnavailable));
  Silent starting(http::Problem(Unavailable("starting")));
  EXPECT_THAT(MakeRemoteSearchIndex(&starting)->Ping({}), HasCode(Code::kUnavailable));
}

TEST(RemoteSearchIndex, TakesNoNonsenseForAnAnswer) {
  for (const char* body :
       {"", "[]", "{\"hits\": 1}", "{\"hits\": [{}]}", "{\"hits\": [], \"x\": 1}"}) {
    Silent odd(http::JsonResponse(200, body));
    SearchQuery query;
    query.tenant = "a";
    EXPECT_THAT(MakeRemoteSearchIndex(&odd)->Search({}, query), HasCode(Code::kDataLoss)) << body;
  }
}

}  // namespace
}  // namespace vang
