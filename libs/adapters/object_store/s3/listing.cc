#include "libs/adapters/object_store/s3/listing.h"

#include <algorithm>

namespace vang::s3 {
namespace {

// Pages may be empty and still not the last; not without end.
constexpr int kMaxEmptyPages = 1'000;
constexpr int kMaxPageSize = 1'000;

}  // namespace

Status ForEachObject(const Context& context, Client& client, const std::string& prefix,
                     const std::string& after,
                     const std::function<Result<bool>(const ObjectPage::Entry&)>& take,
                     int page_size) {
  std::string token;
  std::string first_of_page;
  for (int empty_pages = 0; empty_pages < kMaxEmptyPages;) {
    // Encoded keys, because not every character that a key may hold can stand in XML.
    Call call{.method = "GET", .query = {{"list-type", "2"}, {"encoding-type", "url"}}};
    call.query.emplace_back("max-keys", std::to_string(std::clamp(page_size, 1, kMaxPageSize)));
    call.query.emplace_back("prefix", prefix);
    if (!after.empty()) call.query.emplace_back("start-after", after);
    if (!token.empty()) call.query.emplace_back("continuation-token", token);
    VANG_ASSIGN_OR_RETURN(const Answer answer, client.SendOk(context, call));
    VANG_ASSIGN_OR_RETURN(ObjectPage page, ParseObjectPage(answer.response.body));
    for (const ObjectPage::Entry& entry : page.entries) {
      if (!entry.key.starts_with(prefix)) {
        return DataLoss("the server lists an object that was not asked for");
      }
      VANG_ASSIGN_OR_RETURN(const bool more, take(entry));
      if (!more) return {};
    }
    if (page.next.empty()) return {};
    if (page.next == token) return DataLoss("the server lists the same page again and again");
    if (page.entries.empty()) {
      ++empty_pages;
    } else if (page.entries.front().key == first_of_page) {
      return DataLoss("the server lists the same page again and again");
    } else {
      first_of_page = page.entries.front().key;
    }
    token = std::move(page.next);
  }
  return DataLoss("the server lists empty pages without end");
}

}  // namespace vang::s3
