// The distributed shape after its broker was restored from an older backup.
#include <filesystem>
#include <thread>

#include "libs/base/status_matchers.h"
#include "tests/chaos/scenario.h"

namespace vang {
namespace {

class RestoredBroker : public DistributedChaos {
 protected:
  static void Copy(const std::filesystem::path& from, const std::filesystem::path& to) {
    std::filesystem::remove_all(to);
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
  }
};

TEST_F(RestoredBroker, ALogFromAnOlderBackupIsMadeWholeFromTheDatabase) {
  Wire({});
  Begin();
  TempFolder backup;
  NatsServer& nats = cluster().nats();
  clients().Add(Choose(2, 100));
  ASSERT_TRUE(clients().WaitUntilAcknowledged());
  nats.Kill();
  Copy(nats.folder() / "jetstream", backup.path() / "jetstream");
  VANG_ASSERT_OK(nats.Restart());
  clients().Add(Choose(4, 100));
  ASSERT_TRUE(clients().WaitUntilAcknowledged());
  // Some of it is done by now and some in work.
  std::this_thread::sleep_for(RandomMoment(Duration(4'000)));
  nats.Kill();
  Copy(backup.path() / "jetstream", nats.folder() / "jetstream");
  VANG_ASSERT_OK(nats.Restart());
  ExpectGreen();
  const auto restored = cluster().Run("metadata", {"restore-log"});
  VANG_ASSERT_OK(restored);
  ASSERT_TRUE(restored->exit.ok()) << restored->error;
  // How many, hangs on how far the events had come; the judge counts the outcome.
  EXPECT_THAT(restored->output,
              testing::MatchesRegex("said again: [0-9]+ recordings, 0 edits, 0 deletions\n"));
  Judge(1, true);
}

}  // namespace
}  // namespace vang
