// The distributed shape with two instances of each service.
#include <sstream>

#include "libs/base/status_matchers.h"
#include "tests/chaos/scenario.h"
#include "tests/support/api_client.h"

namespace vang {
namespace {

class SharedWork : public DistributedChaos {
 protected:
  // The sum over all lines of a counter.
  static double Counted(const std::string& instance, const std::string& counter) {
    ApiClient client(cluster().url(instance));
    const auto metrics = client.Send("GET", "/metrics");
    EXPECT_THAT(metrics, IsOk());
    double sum = 0;
    std::istringstream lines(metrics.ok() ? metrics->body : "");
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with(counter)) sum += std::stod(line.substr(line.rfind(' ')));
    }
    return sum;
  }
};

// Of embeddings there is one: it holds the index.
TEST_F(SharedWork, TwoInstancesOfEachServiceShareTheWork) {
  VangCluster::Wiring wiring;
  wiring.instances = 2;
  Wire(wiring);
  Begin();
  clients().Add(Choose(12, 200));
  Judge(1);
  for (const std::string& instance : cluster().instances()) {
    std::string counter = "vang_consumer_events_total";
    if (instance.starts_with("api-gateway")) counter = "vang_http_request_seconds_count";
    if (instance.starts_with("ingestion")) counter = "vang_uploads_total";
    if (instance.starts_with("search")) counter = "vang_search_query_seconds_count";
    // Nobody has corrected anything.
    if (instance.starts_with("training")) continue;
    EXPECT_GT(Counted(instance, counter), 0) << instance << " had nothing to do";
  }
}

}  // namespace
}  // namespace vang
