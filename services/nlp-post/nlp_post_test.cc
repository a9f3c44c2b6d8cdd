#include <fstream>

#include "libs/adapters/event_bus/sqlite/sqlite_event_bus.h"
#include "libs/adapters/object_store/fs/fs_object_store.h"
#include "libs/base/manual_clock.h"
#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"
#include "libs/base/uuid.h"
#include "libs/common/event_data.h"
#include "libs/common/transcript.h"
#include "services/nlp-post/handler.h"
#include "tests/support/watched_event_bus.h"

namespace vang {
namespace {

class NlpPostTest : public testing::Test {
 protected:
  NlpPostTest() {
    auto bus = OpenSqliteEventBus({(folder_.path() / "events.db").string(), &clock_});
    auto objects = OpenFsObjectStore({folder_.path() / "objects"});
    EXPECT_THAT(bus, IsOk());
    EXPECT_THAT(objects, IsOk());
    bus_ = std::move(bus).value();
    objects_ = std::move(objects).value();
    ports_ = {bus_.get(), objects_.get(), &clock_, &metrics_};
    const std::string names = SerializeNames({{"hà nội", "Hà Nội", 0.99}});
    model_ = TextModel::Parse(names).value();
    std::ofstream(folder_.path() / "names.txt") << names;
    options_.model_folder = folder_.path().string();
  }

  // A stored raw transcript and the event that announces it.
  Event Completed(std::string_view text) {
    RawTranscript raw;
    raw.recording_id = RandomUuid();
    raw.version_id = RandomUuid();
    raw.model_id = "vang-ctc-1";
    raw.segments.emplace_back();
    double now = 0;
    while (!text.empty()) {
      const std::size_t end = std::min(text.find(' '), text.size());
      raw.segments[0].words.push_back(
          {std::string(text.substr(0, end)), now, now + 0.25, 0.5, 0, 0});
      text.remove_prefix(std::min(end + 1, text.size()));
      now += 0.5;
    }
    raw.segments[0].end = raw.audio_seconds = raw.speech_seconds = now;
    TranscriptionCompleted data;
    data.recording_id = raw.recording_id;
    data.version_id = raw.version_id;
    data.model_id = raw.model_id;
    data.object_key = RawTranscriptKey("local", raw.recording_id, raw.version_id);
    data.audio_seconds = data.speech_seconds = now;
    data.segments = 1;
    data.words = static_cast<std::int64_t>(raw.segments[0].words.size());
    EXPECT_THAT(objects_->Put(context_, data.object_key, EncodeRawTranscript(raw)), IsOk());
    readable_key_ = ReadableTranscriptKey("local", raw.recording_id, raw.version_id);
    raw_key_ = data.object_key;
    return ToEvent(data, "local", "asr", clock_.Now());
  }

  Status Handle(const Event& event) {
    return nlp_post::MakeTranscriptReadable(context_, ports_, *model_, event);
  }

  std::vector<std::pair<std::uint64_t, Event>> Published() {
    return bus_->Read(context_, 0, 100).value();
  }

  const TempFolder folder_;
  ManualClock clock_;
  Metrics metrics_;
  Context context_;
  std::unique_ptr<EventBus> bus_;
  std::unique_ptr<ObjectStore> objects_;
  NlpPostPorts ports_;
  NlpPostOptions options_;
  std::shared_ptr<const TextModel> model_;
  std::string readable_key_;
  std::string raw_key_;
};

TEST_F(NlpPostTest, StoresTheReadableTranscriptAndThenSaysSo) {
  const Event event = Completed("tôi ở hà nội hai mươi năm");
  VANG_ASSERT_OK(Handle(event));
  const auto readable = DecodeReadableTranscript(objects_->Get(context_, readable_key_).value());
  VANG_ASSERT_OK(readable);
  ASSERT_EQ(readable->segments.size(), 1u);
  EXPECT_EQ(readable->segments[0].text, "Tôi ở Hà Nội 20 năm.");
  EXPECT_EQ(readable->model_id, "vang-ctc-1");

  ASSERT_EQ(Published().size(), 1u);
  const Event said = Published()[0].second;
  EXPECT_EQ(said.cause, event.id);
  EXPECT_EQ(said.tenant, "local");
  const auto data = FromEvent<NlpPostprocessed>(said);
  VANG_ASSERT_OK(data);
  EXPECT_EQ(data->object_key, readable_key_);
  EXPECT_EQ(data->segments, 1);
  EXPECT_EQ(data->words, 7);
  VANG_EXPECT_OK(DecodeEvent(EncodeEvent(said)));
}

TEST_F(NlpPostTest, SilenceIsAnEmptyTranscript) {
  VANG_ASSERT_OK(Handle(Completed("")));
  EXPECT_TRUE(
      DecodeReadableTranscript(objects_->Get(context_, readable_key_).value())->segments.empty());
  EXPECT_EQ(FromEvent<NlpPostprocessed>(Published()[0].second)->segments, 0);
}

TEST_F(NlpPostTest, DeliveryRule1_HandlingAgainChangesNothing) {
  const Event event = Completed("xin chào");
  VANG_ASSERT_OK(Handle(event));
  const std::string first = objects_->Get(context_, readable_key_).value();
  clock_.Advance(Duration(5000));
  VANG_ASSERT_OK(Handle(event));
  EXPECT_EQ(objects_->Get(context_, readable_key_).value(), first);
  EXPECT_EQ(Published().size(), 1u);
}

TEST_F(NlpPostTest, DeliveryRule2_TheResultIsStoredBeforeItsEventAndAFailedPublishIsAFailure) {
  const Event event = Completed("xin chào");
  bool away = true;
  int stored = 0;
  WatchedEventBus watched(bus_.get(), [&](const Event&) -> Status {
    stored += objects_->Stat(context_, readable_key_).ok() ? 1 : 0;
    return std::exchange(away, false) ? Unavailable("the broker is away") : Status();
  });
  ports_.bus = &watched;
  EXPECT_THAT(Handle(event), HasCode(Code::kUnavailable));
  VANG_EXPECT_OK(Handle(event));
  EXPECT_EQ(stored, 2);
  EXPECT_EQ(Published().size(), 1u);
}

TEST_F(NlpPostTest, ANewTextModelKeepsTheTranscriptThatIsThere) {
  const Event event = Completed("tôi ở huế");
  VANG_ASSERT_OK(Handle(event));
  const std::string first = objects_->Get(context_, readable_key_).value();
  model_ = TextModel::Parse(SerializeNames({{"huế", "Huế", 1}})).value();
  VANG_ASSERT_OK(Handle(event));
  EXPECT_EQ(objects_->Get(context_, readable_key_).value(), first);
}

TEST_F(NlpPostTest, ADeletedRecordingIsPassedOver) {
  const Event event = Completed("xin chào");
  VANG_ASSERT_OK(objects_->Delete(context_, raw_key_));
  VANG_EXPECT_OK(Handle(event));
  EXPECT_THAT(objects_->Stat(context_, readable_key_), HasCode(Code::kNotFound));
  EXPECT_TRUE(Published().empty());
}

TEST_F(NlpPostTest, ADamagedTranscriptFailsForGood) {
  const Event event = Completed("xin chào");
  VANG_ASSERT_OK(objects_->Delete(context_, raw_key_));
  VANG_ASSERT_OK(objects_->Put(context_, raw_key_, "{\"recording_id\":7}"));
  EXPECT_THAT(Handle(event), HasCode(Code::kDataLoss));
  EXPECT_THAT(objects_->Stat(context_, readable_key_), HasCode(Code::kNotFound));
  EXPECT_TRUE(Published().empty());
}

TEST_F(NlpPostTest, RunsAsAModule) {
  const auto module = MakeNlpPost(ports_, options_);
  const Event event = Completed("xin chào");
  VANG_ASSERT_OK(module->Start(context_));
  VANG_ASSERT_OK(bus_->Publish(context_, event));
  ConsumerConfig listener;
  listener.name = "test";
  listener.subjects = {"nlp.postprocessed"};
  VANG_ASSERT_OK(bus_->EnsureConsumer(context_, listener));
  const auto heard = bus_->Fetch(context_, "test", 1, Duration(60'000));
  VANG_ASSERT_OK(heard);
  ASSERT_EQ(heard->size(), 1u);
  EXPECT_EQ(heard->front().event.cause, event.id);
  for (const Health& health : module->Check(context_)) EXPECT_TRUE(health.ready) << health.detail;
  module->Stop(Duration(10'000));
  EXPECT_FALSE(module->Check(context_)[0].ready) << "its consumer stopped";
}

TEST_F(NlpPostTest, DoesNotStartWithoutItsModel) {
  options_.model_folder = (folder_.path() / "none").string();
  EXPECT_THAT(MakeNlpPost(ports_, options_)->Start(context_), HasCode(Code::kNotFound));
}

}  // namespace
}  // namespace vang
