// The distributed shape while its processes die, and the servers under them: every acknowledged
// upload must end transcribed and searchable, once.
#include <algorithm>
#include <thread>

#include "libs/base/status_matchers.h"
#include "tests/chaos/scenario.h"

namespace vang {
namespace {

TEST_F(DistributedChaos, AnyServiceMayBeKilledAtAnyMoment) {
  const int rounds = Choose(1, 25);
  Wire({});
  Begin();
  std::vector<std::string> victims;
  for (int round = 0; round < rounds; ++round) {
    for (const char* service : VangCluster::kServices) victims.emplace_back(service);
  }
  std::shuffle(victims.begin(), victims.end(), random());
  for (const std::string& victim : victims) {
    clients().Add(1);
    std::this_thread::sleep_for(RandomMoment(Duration(2'000)));
    watch().Forget();
    cluster().Kill(victim);
    // Red while it is away, and who needs it with it.
    EXPECT_EQ(watch().WaitUntilRed({victim}), "");
    if (victim == "metadata" || victim == "ingestion" || victim == "search") {
      EXPECT_EQ(watch().WaitUntilRed({"api-gateway"}), "") << victim;
    }
    // As a supervisor would, and nothing more.
    VANG_ASSERT_OK(cluster().Restart(victim));
  }
  Judge(static_cast<int>(victims.size()));
}

TEST_F(DistributedChaos, EachServerMayBeKilled) {
  Wire({});
  Begin();
  int kills = 0;
  for (int round = 0; round < Choose(1, 5); ++round) {
    const int more = uploads() / Choose(1, 5) / 2;
    Outage([&] { cluster().nats().Kill(); }, [&] { VANG_ASSERT_OK(cluster().nats().Restart()); },
           kWithoutBus, more);
    Outage([&] { cluster().postgres().Kill(); },
           [&] { VANG_ASSERT_OK(cluster().postgres().Restart()); }, kWithoutTables, more);
    Outage([&] { cluster().s3().Kill(); }, [&] { VANG_ASSERT_OK(cluster().s3().Restart()); },
           kWithoutObjects, more);
    kills += 3;
  }
  Judge(kills);
}

TEST_F(DistributedChaos, EachServerMayStandStill) {
  Wire({});
  Begin();
  const int more = Choose(2, 70);
  Outage([&] { cluster().nats().Freeze(); }, [&] { cluster().nats().Thaw(); }, kWithoutBus, more);
  Outage([&] { cluster().postgres().Freeze(); }, [&] { cluster().postgres().Thaw(); },
         kWithoutTables, more);
  Outage([&] { cluster().s3().Freeze(); }, [&] { cluster().s3().Thaw(); }, kWithoutObjects, more);
  Judge(3);
}

// SIGTERM, and the drain that answers what is under way; a client that sends again what was not
// answered sees nothing of it.
TEST_F(DistributedChaos, ARollingRestartIsNotSeenByWhoSendsAgain) {
  Wire({});
  Begin();
  int restarts = 0;
  for (int round = 0; round < Choose(1, 5); ++round) {
    for (const char* service : VangCluster::kServices) {
      clients().Add(Choose(1, 5));
      const auto end = cluster().Terminate(service);
      VANG_ASSERT_OK(end);
      EXPECT_TRUE(end->ok()) << service << " " << end->ToString();
      VANG_ASSERT_OK(cluster().Restart(service));
      VANG_ASSERT_OK(cluster().WaitUntilReady(service));
      ++restarts;
    }
  }
  Judge(restarts);
}

}  // namespace
}  // namespace vang
