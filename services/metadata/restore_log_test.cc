#include "services/metadata/restore_log.h"

#include "services/metadata/module_fixture.h"
#include "services/metadata/rebuild.h"

namespace vang::metadata {
namespace {

class RestoredLogTest : public MetadataModuleTest {
 protected:
  // The log as it is now, for GoBack.
  void BackUp() {
    Halt();
    Close();
    std::filesystem::copy(folder_.path() / "events.db", folder_.path() / "backup.db");
    Open();
    Run();
  }
  // The broker is restored from the backup; the other stores stay as they are.
  void GoBack() {
    Halt();
    Close();
    for (const char* file : {"events.db-wal", "events.db-shm"}) {
      std::filesystem::remove(folder_.path() / file);
    }
    std::filesystem::rename(folder_.path() / "backup.db", folder_.path() / "events.db");
    Open();
  }
  void Close() {
    module_.reset();
    bus_.reset();
    store_.reset();
    keys_.reset();
    objects_.reset();
  }
  std::multiset<std::string> Subjects() {
    std::multiset<std::string> subjects;
    const auto events = bus_->Read(Context(), 0, 1'000);
    EXPECT_THAT(events, IsOk());
    if (!events.ok()) return subjects;
    for (const auto& [sequence, event] : *events) subjects.insert(event.subject);
    return subjects;
  }
};

TEST_F(RestoredLogTest, Rule6WhatALogHasLostIsSaidAgainOnce) {
  Upload("kept");
  Upload("deleted later");
  Transcribe("kept");
  Settle();
  BackUp();
  clock_.Advance(Duration(10));
  Upload("lost", "Bản tin", "b");
  ASSERT_EQ(Send("POST", "/v1/recordings/" + IdOf("kept") + "/edits",
                 R"({"segment":0,"old_text":"xin chào","new_text":"chào"})")
                .status,
            201);
  ASSERT_EQ(Send("DELETE", "/v1/recordings/" + IdOf("deleted later")).status, 200);
  Settle();
  const std::string before = Hash();
  GoBack();
  ASSERT_EQ(Subjects().count("recording.ingested"), 2U) << "the backup is older";

  const auto restored = RestoreLog(Context(), *bus_, *store_);
  VANG_ASSERT_OK(restored);
  EXPECT_EQ(restored->recordings, 1);
  EXPECT_EQ(restored->edits, 1);
  EXPECT_EQ(restored->deletions, 1);
  EXPECT_EQ(Subjects().count("recording.ingested"), 3U);
  EXPECT_EQ(Subjects().count("transcript.edited"), 1U);
  EXPECT_EQ(Subjects().count("recording.deleted"), 1U);
  // The rows know all of it already.
  Run();
  Settle();
  EXPECT_EQ(Hash(), before);
  EXPECT_EQ(Send("GET", "/v1/recordings/" + IdOf("lost", "b"), "", "b").status, 200);

  const auto again = RestoreLog(Context(), *bus_, *store_);
  VANG_ASSERT_OK(again);
  EXPECT_EQ(again->recordings + again->edits + again->deletions, 0);
}

TEST_F(RestoredLogTest, Rule6AWholeLogStaysAsItIs) {
  Upload("sound");
  Transcribe("sound");
  Settle();
  Halt();
  // In the rows and in the outbox, not in the log yet.
  ASSERT_EQ(Upload("waiting").status, 201);
  const auto restored = RestoreLog(Context(), *bus_, *store_);
  VANG_ASSERT_OK(restored);
  EXPECT_EQ(restored->recordings, 0);
  EXPECT_EQ(Subjects().count("recording.ingested"), 2U);
}

}  // namespace
}  // namespace vang::metadata
