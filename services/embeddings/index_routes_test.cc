// The contract of every index, kept from a process away.
#include "services/embeddings/index_routes.h"

#include "libs/adapters/search_index/embedded/embedded_search_index.h"
#include "libs/adapters/search_index/remote/remote_search_index.h"
#include "tests/contract/search_index_contract.h"
#include "tests/support/forwarding_search_index.h"

namespace vang {
namespace {

// An index with its holder's routes; requests are passed as bytes, as between processes.
struct Holder {
  explicit Holder(std::unique_ptr<SearchIndex> held) : index(std::move(held)) {
    embeddings::AddIndexRoutes(index.get(), &router);
  }

  const std::unique_ptr<SearchIndex> index;
  http::Router router;
  RouterUpstream upstream{&router};
  const std::unique_ptr<SearchIndex> remote = MakeRemoteSearchIndex(&upstream);
};

// The remote index together with its holder.
class HeldIndex : private Holder, public ForwardingSearchIndex {
 public:
  explicit HeldIndex(std::unique_ptr<SearchIndex> held)
      : Holder(std::move(held)), ForwardingSearchIndex(remote.get()) {}
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
