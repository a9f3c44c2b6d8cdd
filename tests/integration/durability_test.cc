// Design section 3, rule 3: the client hears 202 only after audio and event are both durable. What
// the medium has is what was synced, so this binary puts itself in front of fsync and fdatasync and
// notes what they were called for.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <vector>

#include "libs/adapters/event_bus/sqlite/sqlite_event_bus.h"
#include "libs/adapters/key_store/sqlite/sqlite_key_store.h"
#include "libs/adapters/metadata_store/sqlite/sqlite_metadata_store.h"
#include "libs/adapters/object_store/fs/fs_object_store.h"
#include "libs/base/sha256.h"
#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"
#include "libs/common/transcript.h"
#include "services/ingestion/module.h"
#include "services/metadata/module.h"

namespace {

std::mutex mutex;
std::vector<ino_t> synced;  // in order

int Sync(long call, int fd) {
  struct stat info {};
  if (::fstat(fd, &info) == 0) {
    std::lock_guard<std::mutex> lock(mutex);
    synced.push_back(info.st_ino);
  }
  return static_cast<int>(::syscall(call, fd));
}

}  // namespace

extern "C" int fsync(int fd) { return Sync(SYS_fsync, fd); }
extern "C" int fdatasync(int fd) { return Sync(SYS_fdatasync, fd); }

namespace vang {
namespace {

// When the file was last synced, counted in syncs; -1 = never.
std::ptrdiff_t SyncedAt(const std::filesystem::path& path) {
  struct stat info {};
  EXPECT_EQ(::stat(path.c_str(), &info), 0) << path;
  std::lock_guard<std::mutex> lock(mutex);
  const auto found = std::find(synced.rbegin(), synced.rend(), info.st_ino);
  return found == synced.rend() ? -1 : synced.rend() - found;
}

TEST(DeliveryRules, Rule3TheClientHears202OnlyAfterAudioAndEventAreOnTheMedium) {
  const TempFolder folder;
  const auto path = [&](const char* name) { return (folder.path() / name).string(); };
  auto bus = OpenSqliteEventBus({path("events.db")});
  auto store = OpenSqliteMetadataStore({path("metadata.db")});
  auto keys = OpenSqliteKeyStore({path("keys.db")});
  auto objects = OpenFsObjectStore({folder.path()});
  ASSERT_TRUE(bus.ok() && store.ok() && keys.ok() && objects.ok());
  Metrics metrics;
  // Never started, so that nothing but the request syncs anything.
  const auto metadata = MakeMetadata(
      {store->get(), keys->get(), objects->get(), bus->get(), &Clock::System(), &metrics});
  RouterUpstream upstream(metadata->router());
  const auto ingestion = MakeIngestion({objects->get(), &upstream, &metrics}, {1'000'000});
  for (const char* sound : {"first", "second into the folders that are there"}) {
    const std::string body = "RIFF....WAVE" + std::string(sound);
    http::Request request;
    request.method = "POST";
    request.path = "/v1/recordings";
    request.tenant = "acme";
    request.content_length = body.size();
    request.body = http::StringBody(body);
    {
      std::lock_guard<std::mutex> lock(mutex);
      synced.clear();
    }
    ASSERT_EQ(ingestion->router()->Handle(Context(), request).status, 202);
    const auto audio = folder.path() / "objects" / AudioKey("acme", Sha256Hex(body));
    const auto at_audio = SyncedAt(audio);
    const auto at_name = SyncedAt(audio.parent_path());
    const auto at_event = SyncedAt(path("metadata.db-wal"));
    EXPECT_GT(at_audio, 0) << "the bytes";
    EXPECT_GT(at_name, at_audio) << "their name";
    EXPECT_GT(at_event, at_name) << "the row with its event";
    EXPECT_EQ((*store)->ReadOutbox(Context(), 10)->back().event.subject, "recording.ingested");
  }
}

}  // namespace
}  // namespace vang
