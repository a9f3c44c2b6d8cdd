// What every metadata store must do. An adapter's test instantiates the suite with a factory.
#pragma once

#include <atomic>
#include <filesystem>
#include <thread>

#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"
#include "libs/common/event_data.h"
#include "libs/ports/metadata_store.h"
#include "tests/contract/metadata_samples.h"

namespace vang {

using MetadataStoreFactory =
    Result<std::unique_ptr<MetadataStore>> (*)(const std::filesystem::path& folder);

class MetadataStoreContract : public testing::TestWithParam<MetadataStoreFactory> {
 protected:
  void SetUp() override { store_ = Open(); }

  std::unique_ptr<MetadataStore> Open() {
    auto store = GetParam()(folder_.path());
    EXPECT_THAT(store, IsOk());
    return std::move(store).value();
  }

  static Recording Row(const std::string& id, TimeMs created_at = 10,
                       const std::string& tenant = "a") {
    Recording row;
    row.id = id;
    row.tenant = tenant;
    row.sha256 = "sha-" + id;
    row.object_key = tenant + "/audio/" + id;
    row.bytes = 5'000'000'000;
    row.title = "Họp giao ban " + id;
    row.file_name = "họp.mp3";
    row.media_type = "audio/mpeg";
    row.created_at = row.updated_at = created_at;
    return row;
  }

  void Put(const Recording& row) {
    VANG_ASSERT_OK(store_->Commit(context_, {std::nullopt, {PutRecording{row}}, {}}));
  }

  std::vector<std::string> List(const RecordingFilter& filter, const std::string& cursor = "",
                                int max = 100) {
    const auto listed = store_->ListRecordings(context_, filter, cursor, max);
    EXPECT_THAT(listed, IsOk());
    std::vector<std::string> ids;
    if (listed.ok()) {
      for (const Recording& row : *listed) ids.push_back(row.id);
    }
    return ids;
  }

  // A filter with the one member `set` fills in.
  static RecordingFilter Filter(void (*set)(RecordingFilter&) = [](RecordingFilter&) {}) {
    RecordingFilter filter;
    filter.tenant = "a";
    set(filter);
    return filter;
  }

  // A recording with a row in every table.
  void PutEverything(const std::string& id) {
    Recording row = Row(id);
    row.tags = {"họp", "2026"};
    row.speakers = {{"S1", "Lan"}, {"S2", "Minh"}};
    row.duration = 12.345;
    row.speech_seconds = 0.1;
    Change change;
    change.mutations = {
        PutRecording{row},
        PutVersion{{id, "v-" + id, 0, "m1", "raw", "", 3, 40, -1, 11}},
        PutStage{{id, "", "ingested", 10}},
        PutStage{{id, "v-" + id, "transcribed", 12}},
        PutEdit{{"e1-" + id, id, "v-" + id, 2, "cũ", "mới", std::nullopt, "local", 13}},
        PutEdit{{"e0-" + id, id, "v-" + id, 2, "mới", "mới hơn", "S1", "local", 13}}};
    VANG_ASSERT_OK(store_->Commit(context_, change));
  }

  const Context context_{};
  TempFolder folder_;
  std::unique_ptr<MetadataStore> store_;
};

TEST_P(MetadataStoreContract, GivesBackEveryFieldThatWasPut) {
  PutEverything("r1");
  const auto rows = store_->GetRows(context_, "a", "r1");
  VANG_ASSERT_OK(rows);
  const Recording& r = *rows->recording;
  EXPECT_EQ(r.sha256, "sha-r1");
  EXPECT_EQ(r.bytes, 5'000'000'000);
  EXPECT_EQ(r.title, "Họp giao ban r1");
  EXPECT_EQ(r.file_name, "họp.mp3");
  EXPECT_EQ(r.duration, 12.345);
  EXPECT_EQ(r.speech_seconds, 0.1);
  EXPECT_EQ(r.status, "queued");
  EXPECT_EQ(r.tags, (std::vector<std::string>{"họp", "2026"}));
  ASSERT_EQ(r.speakers.size(), 2u);
  EXPECT_EQ(r.speakers[1].second, "Minh");
  ASSERT_EQ(rows->versions.size(), 1u);
  EXPECT_EQ(rows->versions[0].number, 1);
  EXPECT_EQ(rows->versions[0].words, 40);
  EXPECT_EQ(rows->versions[0].indexed_points, -1);
  ASSERT_EQ(rows->stages.size(), 2u);
  EXPECT_EQ(rows->stages[1].stage, "transcribed");
  ASSERT_EQ(rows->edits.size(), 2u);
  EXPECT_EQ(rows->edits[0].id, "e1-r1") << "edits come in the order they were made";
  EXPECT_FALSE(rows->edits[0].speaker);
  EXPECT_EQ(rows->edits[1].speaker, "S1");
}

TEST_P(MetadataStoreContract, PuttingARowAgainReplacesIt) {
  PutEverything("r1");
  Recording row = Row("r1");
  row.tags = {"khác"};
  row.status = "failed";
  Change change;
  change.mutations = {PutRecording{row},
                      PutVersion{{"r1", "v-r1", 1, "m1", "raw", "readable", 4, 41, 4, 11}},
                      PutVersion{{"r1", "v2", 0, "m2", "raw2", "", 4, 41, -1, 15}},
                      PutStage{{"r1", "v-r1", "transcribed", 99}}};
  VANG_ASSERT_OK(store_->Commit(context_, change));
  const auto rows = store_->GetRows(context_, "a", "r1");
  VANG_ASSERT_OK(rows);
  EXPECT_EQ(rows->recording->status, "failed");
  EXPECT_EQ(rows->recording->tags, std::vector<std::string>{"khác"});
  EXPECT_TRUE(rows->recording->speakers.empty());
  ASSERT_EQ(rows->versions.size(), 2u);
  EXPECT_EQ(rows->versions[0].readable_key, "readable");
  EXPECT_EQ(rows->versions[1].number, 2);
  ASSERT_EQ(rows->stages.size(), 2u);
  EXPECT_EQ(rows->stages[1].at, 99);
}

// Design section 3, rule 1: the database remembers the event ids it applied, in the same
// transaction as the effect.
TEST_P(MetadataStoreContract, DeliveryRule1_AnEventIsAppliedOnce) {
  EXPECT_TRUE(store_->Commit(context_, {"event-1", {PutRecording{Row("r1")}}, {}}).value());
  Recording changed = Row("r1");
  changed.title = "changed";
  EXPECT_FALSE(
      store_->Commit(context_, {"event-1", {PutRecording{changed}}, {AnEvent("x")}}).value());
  EXPECT_EQ(store_->GetRecording(context_, "a", "r1")->title, "Họp giao ban r1");
  EXPECT_TRUE(store_->ReadOutbox(context_, 10)->empty());
}

TEST_P(MetadataStoreContract, DeliveryRule1_AFailedChangeLeavesNeitherRowsNorInboxNorOutbox) {
  Event broken = AnEvent("x");
  broken.data.erase("deleted_by");
  EXPECT_THAT(store_->Commit(context_, {"event-1", {PutRecording{Row("r1")}}, {broken}}),
              HasCode(Code::kInvalidArgument));
  EXPECT_THAT(store_->GetRecording(context_, "a", "r1"), HasCode(Code::kNotFound));
  EXPECT_TRUE(store_->ReadOutbox(context_, 10)->empty());
  EXPECT_TRUE(store_->Commit(context_, {"event-1", {PutRecording{Row("r1")}}, {}}).value());
}

TEST_P(MetadataStoreContract, UpdateSeesTheRowsAndRunsOncePerEvent) {
  PutEverything("r1");
  int runs = 0;
  const auto plan = [&](const RecordingRows& rows) -> Result<Change> {
    ++runs;
    EXPECT_EQ(rows.edits.size(), 2u);
    Recording row = *rows.recording;
    row.title = "planned";
    return Change{std::nullopt, {PutRecording{row}}, {AnEvent("x")}};
  };
  EXPECT_TRUE(store_->Update(context_, "r1", "event-1", plan).value());
  EXPECT_FALSE(store_->Update(context_, "r1", "event-1", plan).value());
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(store_->GetRecording(context_, "a", "r1")->title, "planned");
  EXPECT_EQ(store_->ReadOutbox(context_, 10)->size(), 1u);
}

TEST_P(MetadataStoreContract, AnUpdateWithoutAnEventAlwaysRuns) {
  int runs = 0;
  const auto plan = [&](const RecordingRows&) -> Result<Change> {
    ++runs;
    return Change();
  };
  EXPECT_TRUE(store_->Update(context_, "r1", "", plan).value());
  EXPECT_TRUE(store_->Update(context_, "r1", "", plan).value());
  EXPECT_EQ(runs, 2);
}

TEST_P(MetadataStoreContract, APlanThatRefusesChangesNothing) {
  const auto refuse = [](const RecordingRows& rows) -> Result<Change> {
    EXPECT_FALSE(rows.recording);
    return Aborted("changed meanwhile");
  };
  EXPECT_THAT(store_->Update(context_, "r1", "event-1", refuse), HasCode(Code::kAborted));
  EXPECT_TRUE(store_->Commit(context_, {"event-1", {}, {}}).value()) << "not in the inbox";
}

TEST_P(MetadataStoreContract, ConcurrentUpdatesLoseNothing) {
  Put(Row("r1"));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const std::string event = std::to_string(t) + "/" + std::to_string(i);
        EXPECT_THAT(store_->Update(context_, "r1", event,
                                   [](const RecordingRows& rows) -> Result<Change> {
                                     Recording row = *rows.recording;
                                     row.bytes += 1;
                                     return Change{std::nullopt, {PutRecording{row}}, {}};
                                   }),
                    IsOk());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(store_->GetRecording(context_, "a", "r1")->bytes, 5'000'000'080);
}

TEST_P(MetadataStoreContract, AnotherTenantsRecordingIsNotThere) {
  PutEverything("r1");
  EXPECT_THAT(store_->GetRecording(context_, "b", "r1"), HasCode(Code::kNotFound));
  EXPECT_THAT(store_->GetRows(context_, "b", "r1"), HasCode(Code::kNotFound));
  EXPECT_TRUE(List(Filter([](RecordingFilter& f) { f.tenant = "b"; })).empty());
  EXPECT_THAT(store_->GetRecording(context_, "b", "r1").status().message(),
              testing::HasSubstr("there is no recording r1"));
}

TEST_P(MetadataStoreContract, ListsNewestFirstInPagesThatSurviveDeletions) {
  for (int i = 0; i < 5; ++i) Put(Row("r" + std::to_string(i), 10 + i / 2));
  Put(Row("other", 99, "b"));
  EXPECT_EQ(List(Filter()), (std::vector<std::string>{"r4", "r3", "r2", "r1", "r0"}));
  EXPECT_EQ(List(Filter(), "", 2), (std::vector<std::string>{"r4", "r3"}));
  const std::string cursor = RecordingCursor(Row("r3", 11));
  VANG_ASSERT_OK(
      store_->Commit(context_, {std::nullopt, {EraseRecording{{"r3", "a", "x", 1}}}, {}}));
  EXPECT_EQ(List(Filter(), cursor, 2), (std::vector<std::string>{"r2", "r1"}));
  EXPECT_THAT(store_->ListRecordings(context_, Filter(), "nonsense", 2),
              HasCode(Code::kInvalidArgument));
}

TEST_P(MetadataStoreContract, ListsEveryTenantsRecordingsByIdForRepairs) {
  for (const char* id : {"r3", "r1", "r2"}) Put(Row(id, 10, id == std::string("r2") ? "b" : "a"));
  std::vector<std::string> seen;
  std::string after;
  while (true) {
    const auto page = store_->ListAll(context_, after, 2);
    VANG_ASSERT_OK(page);
    for (const OwnedRecording& one : *page) seen.push_back(one.id + " of " + one.tenant);
    if (page->empty()) break;
    after = page->back().id;
  }
  EXPECT_THAT(seen, testing::ElementsAre("r1 of a", "r2 of b", "r3 of a"));
}

TEST_P(MetadataStoreContract, FiltersByStatusTagTitleAndTime) {
  Recording done = Row("done", 100);
  done.status = "completed";
  done.tags = {"quan trọng"};
  done.title = "Đại hội 100%_cổ đông";
  Put(done);
  Put(Row("other", 200));
  const std::vector<std::string> only = {"done"};
  EXPECT_EQ(List(Filter([](RecordingFilter& f) { f.status = "completed"; })), only);
  EXPECT_EQ(List(Filter([](RecordingFilter& f) { f.tag = "quan trọng"; })), only);
  EXPECT_EQ(List(Filter([](RecordingFilter& f) { f.title_contains = "dai HỘI"; })), only);
  EXPECT_EQ(List(Filter([](RecordingFilter& f) { f.title_contains = "100%_co"; })), only);
  EXPECT_TRUE(
      List(Filter([](RecordingFilter& f) { f.title_contains = "%giao%ban%other"; })).empty());
  EXPECT_EQ(List(Filter([](RecordingFilter& f) { f.created_to = 200; })), only);
  EXPECT_EQ(List(Filter([](RecordingFilter& f) { f.created_from = 200; })),
            std::vector<std::string>{"other"});
}

TEST_P(MetadataStoreContract, ErasingRemovesEveryRowAndLeavesAReceipt) {
  PutEverything("kept");
  const std::string before = store_->ContentHash(context_).value();
  PutEverything("r1");
  VANG_ASSERT_OK(
      store_->Commit(context_, {std::nullopt, {EraseRecording{{"r1", "a", "key-7", 77}}}, {}}));
  EXPECT_THAT(store_->GetRows(context_, "a", "r1"), HasCode(Code::kNotFound));
  const auto receipt = store_->GetReceipt(context_, "a", "r1");
  VANG_ASSERT_OK(receipt);
  EXPECT_EQ(receipt->deleted_by, "key-7");
  EXPECT_EQ(receipt->at, 77);
  EXPECT_THAT(store_->GetReceipt(context_, "b", "r1"), HasCode(Code::kNotFound));
  EXPECT_THAT(store_->GetReceipt(context_, "a", "kept"), HasCode(Code::kNotFound));
  EXPECT_NE(store_->ContentHash(context_).value(), before);
  // Put anew, it carries nothing over.
  Put(Row("r1"));
  const auto rows = store_->GetRows(context_, "a", "r1");
  EXPECT_TRUE(rows->versions.empty() && rows->stages.empty() && rows->edits.empty());
  EXPECT_TRUE(rows->recording->tags.empty());
}

// Design section 3, rule 2: what is to be published survives until the bus has acknowledged it.
TEST_P(MetadataStoreContract, DeliveryRule2_TheOutboxKeepsItsOrderUntilMarked) {
  for (const char* key : {"x", "y", "z"}) {
    VANG_ASSERT_OK(store_->Commit(context_, {std::nullopt, {}, {AnEvent(key)}}));
  }
  store_.reset();
  store_ = Open();
  const auto entries = store_->ReadOutbox(context_, 2);
  VANG_ASSERT_OK(entries);
  ASSERT_EQ(entries->size(), 2u);
  EXPECT_EQ((*entries)[0].event.id, AnEvent("x").id);
  EXPECT_EQ(EncodeEvent((*entries)[1].event), EncodeEvent(AnEvent("y")));
  VANG_ASSERT_OK(store_->MarkPublished(context_, {(*entries)[0].position}));
  VANG_ASSERT_OK(store_->MarkPublished(context_, {(*entries)[0].position}));
  EXPECT_EQ(store_->ReadOutbox(context_, 10)->front().event.id, AnEvent("y").id);
}

TEST_P(MetadataStoreContract, EqualContentHasEqualHashesWhateverTheOrderOfWriting) {
  PutEverything("r1");
  PutEverything("r2");
  const std::string hash = store_->ContentHash(context_).value();
  VANG_ASSERT_OK(store_->Commit(context_, {"some-event", {}, {AnEvent("x")}}));
  EXPECT_EQ(store_->ContentHash(context_).value(), hash) << "bookkeeping is no content";
  VANG_ASSERT_OK(store_->Clear(context_));
  EXPECT_NE(store_->ContentHash(context_).value(), hash);
  EXPECT_TRUE(List(Filter()).empty());
  EXPECT_EQ(store_->ReadOutbox(context_, 10)->size(), 1u) << "Clear keeps the outbox";
  EXPECT_TRUE(store_->Commit(context_, {"some-event", {}, {}}).value()) << "and empties the inbox";
  PutEverything("r2");
  PutEverything("r1");
  EXPECT_EQ(store_->ContentHash(context_).value(), hash);
  Recording row = *store_->GetRows(context_, "a", "r1")->recording;
  row.speech_seconds = 0.2;
  Put(row);
  EXPECT_NE(store_->ContentHash(context_).value(), hash);
}

TEST_P(MetadataStoreContract, IsStillThereWhenOpenedAgain) {
  PutEverything("r1");
  const std::string hash = store_->ContentHash(context_).value();
  store_.reset();
  store_ = Open();
  EXPECT_EQ(store_->ContentHash(context_).value(), hash);
  VANG_EXPECT_OK(store_->Ping(context_));
}

}  // namespace vang
