// asr with the real event bus, object store and recogniser children; only decoding is a stand-in
// that makes sound from a line of text, and training one that names a champion.
#include <unistd.h>

#include <atomic>
#include <thread>

#include "libs/adapters/event_bus/sqlite/sqlite_event_bus.h"
#include "libs/adapters/object_store/fs/fs_object_store.h"
#include "libs/adapters/transcriber/worker/worker_transcriber.h"
#include "libs/base/guarded.h"
#include "libs/base/temp_folder.h"
#include "libs/base/uuid.h"
#include "libs/common/event_data.h"
#include "services/asr/module.h"
#include "tests/support/tiny_models.h"
#include "tests/support/watched_event_bus.h"

namespace vang {
namespace {

constexpr auto kPatience = std::chrono::seconds(60);

template <typename Condition>
bool Eventually(Condition condition) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < until) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

class SampleStream : public AudioStream {
 public:
  SampleStream(std::vector<float> samples, Status end)
      : samples_(std::move(samples)), end_(std::move(end)) {}

  Result<std::size_t> Read(const Context&, std::span<float> out) override {
    const std::size_t count = std::min(out.size(), samples_.size() - position_);
    if (count == 0 && !end_.ok()) return end_;
    std::copy_n(samples_.begin() + static_cast<std::ptrdiff_t>(position_), count, out.begin());
    position_ += count;
    return count;
  }

 private:
  std::vector<float> samples_;
  Status end_;
  std::size_t position_ = 0;
};

// "ba 3" is the word three times, "silence" two seconds of it, "cut off" a word and then an error,
// "endless" an error because of the limit.
class LineDecoder : public AudioDecoder {
 public:
  Result<std::unique_ptr<AudioStream>> Open(const Context&, FileDescriptor file,
                                            const DecodeLimits& limits) override {
    char buffer[64] = {};
    const ssize_t n = ::read(file.get(), buffer, sizeof(buffer) - 1);
    const std::string line(buffer, n > 0 ? static_cast<std::size_t>(n) : 0);
    opened++;
    if (line.starts_with("ba ")) return Stream(tiny::SayBa(std::stoi(line.substr(3))));
    if (line == "silence") return Stream(std::vector<float>(32000, 0.0F));
    if (line == "cut off") return Stream(tiny::SayBa(1), InvalidArgument("the file is cut off"));
    if (line == "endless") {
      return Stream({}, Status(Code::kOutOfRange,
                               "longer than " + std::to_string(limits.max_seconds) + " s"));
    }
    return InvalidArgument("this is not audio");
  }
  Status Ping(const Context&) override { return {}; }

  std::atomic<int> opened{0};

 private:
  static Result<std::unique_ptr<AudioStream>> Stream(std::vector<float> samples, Status end = {}) {
    return std::unique_ptr<AudioStream>(
        std::make_unique<SampleStream>(std::move(samples), std::move(end)));
  }
};

class Training : public Upstream {
 public:
  Result<http::Response> Send(const Context&, http::Request& request) override {
    EXPECT_EQ(request.path, "/internal/v1/models/champion");
    return champion.With([](const SpeechModel& model) {
      if (model.id.empty()) return http::Problem(NotFound("no model was promoted yet"));
      JsonWriter json;
      json.BeginObject().Field("id", model.id).Field("family", model.family);
      json.Field("folder", model.folder).EndObject();
      return http::JsonResponse(200, json.Take());
    });
  }
  void Set(const SpeechModel& model) {
    champion.With([&](SpeechModel& current) { current = model; });
  }

  Guarded<SpeechModel> champion;
};

// The real one, with something happening before a recognition.
class Interposed : public Transcriber {
 public:
  explicit Interposed(Transcriber* real) : real_(real) {}
  Result<Recognition> Recognize(const Context& context, std::span<const float> samples,
                                std::string* model_id) override {
    const Status status = before ? before() : Status();
    if (!status.ok()) return status;
    return real_->Recognize(context, samples, model_id);
  }
  Status Load(const Context& context, const SpeechModel& model) override {
    return real_->Load(context, model);
  }
  Status Validate(const Context& context, const SpeechModel& model) override {
    return real_->Validate(context, model);
  }
  SpeechModel current() const override { return real_->current(); }
  Status Ping(const Context& context) override { return real_->Ping(context); }

  std::function<Status()> before;

 private:
  Transcriber* real_;
};

class AsrTest : public testing::Test {
 protected:
  AsrTest() : bus_(OpenSqliteEventBus({(folder_.path() / "events.db").string()}).value()) {
    objects_ = OpenFsObjectStore({folder_.path() / "store"}).value();
    WorkerTranscriberConfig config;
    config.program = VANG_BINARY_DIR "/bin/vang-recognizer";
    config.metrics = &metrics_;
    worker_ = OpenWorkerTranscriber(config).value();
    transcriber_ = std::make_unique<Interposed>(worker_.get());
    training_.Set(Model("one"));
  }
  ~AsrTest() override {
    if (module_ != nullptr) module_->Stop(Duration(1'000));
  }

  SpeechModel Model(const std::string& id) {
    const auto folder = folder_.path() / id;
    if (!std::filesystem::exists(folder)) tiny::WriteVangCtc(folder);
    return {id, "vang_ctc", folder.string()};
  }

  void Start() {
    AsrPorts ports;
    ports.bus = &watched_bus_;
    ports.objects = objects_.get();
    ports.decoder = &decoder_;
    ports.transcriber = transcriber_.get();
    ports.training = &training_;
    ports.metrics = &metrics_;
    module_ = MakeAsr(ports, {});
    VANG_ASSERT_OK(module_->Start(Context()));
  }

  // As ingestion does it.
  Event Upload(const std::string& line) {
    RecordingIngested data;
    data.sha256 = std::string(63, 'a') + static_cast<char>('0' + uploads_++);
    data.recording_id = RecordingId("tenant", data.sha256);
    data.upload_id = RandomUuid();
    data.object_key = AudioKey("tenant", data.sha256);
    data.bytes = 1 + static_cast<std::int64_t>(line.size());
    data.media_type = "audio/wav";
    if (!line.empty()) {
      VANG_EXPECT_OK(objects_->Put(Context(), data.object_key, line));
    }
    const Event event = ToEvent(data, "tenant", "ingestion", 1);
    VANG_EXPECT_OK(bus_->Publish(Context(), event));
    return event;
  }

  void Promote(const SpeechModel& model) {
    training_.Set(model);
    ModelPromoted data;
    data.model_id = model.id;
    data.kind = "speech";
    data.alias = "champion";
    data.action = "promote";
    data.promotion_id = RandomUuid();
    VANG_EXPECT_OK(bus_->Publish(Context(), ToEvent(data, "tenant", "training", 1)));
  }

  std::vector<Event> Published(std::string_view subject) {
    std::vector<Event> found;
    const auto stored = bus_->Read(Context(), 0, 1'000);
    EXPECT_THAT(stored, IsOk());
    for (const auto& [sequence, event] : *stored) {
      if (event.subject == subject) found.push_back(event);
    }
    return found;
  }

  // What became of the upload.
  Result<TranscriptionCompleted> Completed(const Event& upload) {
    TranscriptionCompleted completed;
    const bool there = Eventually([&] {
      for (const Event& event : Published(TranscriptionCompleted::kSubject)) {
        if (event.cause != upload.id) continue;
        completed = FromEvent<TranscriptionCompleted>(event).value();
        return true;
      }
      return false;
    });
    if (!there) return NotFound("it was not transcribed");
    return completed;
  }

  Result<RawTranscript> Transcript(const TranscriptionCompleted& completed) {
    VANG_ASSIGN_OR_RETURN(const std::string bytes, objects_->Get(Context(), completed.object_key));
    return DecodeRawTranscript(bytes);
  }

  DeadLetter WaitForDeadLetter(const Event& upload) {
    DeadLetter letter;
    EXPECT_TRUE(Eventually([&] {
      const auto found = bus_->GetDeadLetter(Context(), DerivedId("dead-letter", "asr", upload.id));
      if (found.ok()) letter = *found;
      return found.ok() && !found->provisional;
    }));
    return letter;
  }

  bool Settled() {
    return Eventually([&] {
      const auto states = bus_->Consumers(Context());
      EXPECT_THAT(states, IsOk());
      for (const ConsumerState& state : *states) {
        if (state.name == "asr") return state.pending == 0 && state.in_flight == 0;
      }
      return false;
    });
  }

  std::size_t StoredTranscripts() {
    return objects_->List(Context(), "tenant/transcripts/", "", 100).value().size();
  }

  http::Response Validate(const std::string& body) {
    http::Request request;
    request.method = "POST";
    request.path = "/internal/v1/models/validate";
    request.body = http::StringBody(body);
    return module_->router()->Handle(Context(), request);
  }

  TempFolder folder_;
  Metrics metrics_;
  std::unique_ptr<EventBus> bus_;
  std::unique_ptr<ObjectStore> objects_;
  std::function<Status(const Event& event)> before_publish_ = [](const Event&) { return Status(); };
  WatchedEventBus watched_bus_{bus_.get(),
                               [this](const Event& event) { return before_publish_(event); }};
  LineDecoder decoder_;
  Training training_;
  std::unique_ptr<Transcriber> worker_;
  std::unique_ptr<Interposed> transcriber_;
  std::unique_ptr<Module> module_;
  int uploads_ = 0;
};

TEST_F(AsrTest, ARecordingBecomesATranscriptWithTimesAndConfidence) {
  Start();
  const Event upload = Upload("ba 3");
  const auto completed = Completed(upload);
  VANG_ASSERT_OK(completed);
  EXPECT_EQ(completed->model_id, "one");
  EXPECT_EQ(completed->version_id, TranscriptVersionId(completed->recording_id, "one"));
  EXPECT_EQ(completed->words, 3);
  EXPECT_NEAR(completed->audio_seconds, 3.7, 0.01);
  EXPECT_GT(completed->speech_seconds, 0.5);
  const auto transcript = Transcript(*completed);
  VANG_ASSERT_OK(transcript);
  EXPECT_EQ(transcript->recording_id, completed->recording_id);
  EXPECT_EQ(static_cast<std::int64_t>(transcript->segments.size()), completed->segments);
  std::vector<Word> words;
  for (const RawSegment& segment : transcript->segments) {
    for (const Word& word : segment.words) words.push_back(word);
  }
  ASSERT_EQ(words.size(), 3u);
  for (std::size_t i = 0; i < words.size(); ++i) {
    EXPECT_TRUE(words[i].text.ends_with("à")) << words[i].text;
    EXPECT_NEAR(words[i].end, 1.1 * static_cast<double>(i) + 1.05, 0.3);
    EXPECT_GT(words[i].confidence, 0.5);
  }
  EXPECT_NE(metrics_.Expose().find("vang_asr_audio_seconds_total"), std::string::npos);
}

TEST_F(AsrTest, PiecesRecognisedSideBySideComeOutInOrder) {
  Start();
  const auto completed = Completed(Upload("ba 60"));
  VANG_ASSERT_OK(completed);
  EXPECT_EQ(completed->words, 60);
  EXPECT_GT(completed->segments, 3);
  const auto transcript = Transcript(*completed);
  VANG_ASSERT_OK(transcript);
  double last = 0;
  for (const RawSegment& segment : transcript->segments) {
    EXPECT_GE(segment.start, last);
    EXPECT_LE(segment.end - segment.start, 20.01);
    last = segment.end;
    for (const Word& word : segment.words) {
      EXPECT_GE(word.start, segment.start - 0.001);
      EXPECT_LE(word.end, segment.end + 0.001);
    }
  }
}

TEST_F(AsrTest, DeliveryRule1_TheSameAudioAndModelGiveTheSameBytes) {
  Start();
  const auto completed = Completed(Upload("ba 20"));
  VANG_ASSERT_OK(completed);
  const std::string first = objects_->Get(Context(), completed->object_key).value();
  VANG_ASSERT_OK(objects_->Delete(Context(), completed->object_key));
  VANG_ASSERT_OK(bus_->Replay(Context(), "asr", "recording.ingested", {}));
  ASSERT_TRUE(Eventually([&] { return objects_->Stat(Context(), completed->object_key).ok(); }));
  ASSERT_TRUE(Settled());
  EXPECT_EQ(objects_->Get(Context(), completed->object_key).value(), first);
  EXPECT_EQ(Published(TranscriptionCompleted::kSubject).size(), 1u);
}

TEST_F(AsrTest, DeliveryRule2_TheResultIsStoredBeforeItsEventAndAcknowledgedAfterIt) {
  std::atomic<int> published{0};
  before_publish_ = [&](const Event& event) -> Status {
    const auto data = FromEvent<TranscriptionCompleted>(event);
    VANG_EXPECT_OK(data);
    VANG_EXPECT_OK(objects_->Stat(Context(), data->object_key));
    const auto consumers = bus_->Consumers(Context());
    VANG_EXPECT_OK(consumers);
    for (const ConsumerState& state : *consumers) {
      if (state.name == "asr") {
        EXPECT_EQ(state.in_flight, 1u) << "not acknowledged yet";
      }
    }
    return published++ == 0 ? Unavailable("the broker is away") : Status();
  };
  Start();
  VANG_ASSERT_OK(Completed(Upload("ba 1")));
  ASSERT_TRUE(Settled());
  EXPECT_EQ(published, 2) << "without the broker's acknowledgement the input came again";
  EXPECT_EQ(decoder_.opened, 1) << "and the work was not repeated";
}

TEST_F(AsrTest, DeliveryRule2_WorkThatIsStoredIsNotDoneAgain) {
  Start();
  const auto completed = Completed(Upload("ba 1"));
  VANG_ASSERT_OK(completed);
  ASSERT_TRUE(Settled());
  const int opened = decoder_.opened;
  VANG_ASSERT_OK(bus_->Replay(Context(), "asr", "recording.ingested", {}));
  ASSERT_TRUE(Settled());
  EXPECT_EQ(decoder_.opened, opened);
  EXPECT_EQ(Published(TranscriptionCompleted::kSubject).size(), 1u);

  // What is stored but does not read is made again.
  VANG_ASSERT_OK(objects_->Delete(Context(), completed->object_key));
  VANG_ASSERT_OK(objects_->Put(Context(), completed->object_key, "{\"segments\":"));
  VANG_ASSERT_OK(bus_->Replay(Context(), "asr", "recording.ingested", {}));
  EXPECT_TRUE(Eventually([&] { return Transcript(*completed).ok(); }));
}

TEST_F(AsrTest, SilenceCompletesWithNoSegments) {
  Start();
  const auto completed = Completed(Upload("silence"));
  VANG_ASSERT_OK(completed);
  EXPECT_EQ(completed->segments, 0);
  EXPECT_EQ(completed->speech_seconds, 0);
  EXPECT_NEAR(completed->audio_seconds, 2, 0.001);
  VANG_EXPECT_OK(Transcript(*completed));
}

TEST_F(AsrTest, DeliveryRule4_AudioThatDoesNotDecodeGoesAtOnceToTheDeadLetters) {
  Start();
  for (const auto& [line, code, why] :
       {std::tuple("cut off", "INVALID_ARGUMENT", "cut off"),
        std::tuple("text", "INVALID_ARGUMENT", "not audio"),
        std::tuple("endless", "OUT_OF_RANGE", "longer than 14400")}) {
    const Event upload = Upload(line);
    const DeadLetter letter = WaitForDeadLetter(upload);
    EXPECT_EQ(letter.code, code);
    EXPECT_EQ(letter.attempts, 1);
    EXPECT_THAT(letter.reason, testing::HasSubstr(why));
  }
  ASSERT_TRUE(Settled());
  EXPECT_EQ(Published(RecordingFailed::kSubject).size(), 3u);
  EXPECT_EQ(StoredTranscripts(), 0u);
  EXPECT_TRUE(Published(TranscriptionCompleted::kSubject).empty());
}

TEST_F(AsrTest, DeliveryRule4_ARecogniserThatDiesIsTriedAgain) {
  std::atomic<int> calls{0};
  transcriber_->before = [&]() -> Status {
    return calls++ == 0 ? Unavailable("the recogniser ended") : Status();
  };
  Start();
  VANG_EXPECT_OK(Completed(Upload("ba 1")));
  EXPECT_TRUE(Published(RecordingFailed::kSubject).empty());
}

TEST_F(AsrTest, ARecordingThatIsGoneIsAcknowledgedQuietly) {
  Start();
  Upload("");
  ASSERT_TRUE(Settled());
  EXPECT_EQ(decoder_.opened, 0);
  EXPECT_TRUE(Published(RecordingFailed::kSubject).empty());
  EXPECT_TRUE(Published(TranscriptionCompleted::kSubject).empty());
}

TEST_F(AsrTest, ARecordingDeletedDuringRecognitionLeavesNothing) {
  std::atomic<bool> deleted{false};
  transcriber_->before = [&]() -> Status {
    deleted = true;
    return objects_->Delete(Context(), AudioKey("tenant", std::string(63, 'a') + "0"));
  };
  Start();
  Upload("ba 1");
  ASSERT_TRUE(Eventually([&] { return deleted.load(); }));
  ASSERT_TRUE(Settled());
  EXPECT_EQ(StoredTranscripts(), 0u);
  EXPECT_TRUE(Published(TranscriptionCompleted::kSubject).empty());
  EXPECT_TRUE(Published(RecordingFailed::kSubject).empty());
}

TEST_F(AsrTest, RecordingsWaitUntilAModelServesAndHealthSaysWhy) {
  training_.Set({});
  Start();
  const Event upload = Upload("ba 1");
  const auto unready = module_->Check(Context());
  EXPECT_FALSE(unready[0].ready);
  EXPECT_TRUE(Eventually([&] {
    return module_->Check(Context())[0].detail.find("no model was promoted") != std::string::npos;
  }));
  training_.Set(Model("one"));
  VANG_EXPECT_OK(Completed(upload));
  const auto ready = module_->Check(Context());
  EXPECT_EQ(ready.size(), 4u) << "the model, objects and two consumers";
  for (const Health& health : ready) EXPECT_TRUE(health.ready) << health.name << health.detail;
  module_->Stop(Duration(10'000));
  int red = 0;
  for (const Health& health : module_->Check(Context())) red += health.ready ? 0 : 1;
  EXPECT_GE(red, 2) << "its consumers stopped";
}

TEST_F(AsrTest, APromotedModelServesFromThenOn) {
  Start();
  const Event first = Upload("ba 1");
  EXPECT_EQ(Completed(first)->model_id, "one");
  Promote(Model("two"));
  ASSERT_TRUE(Eventually([&] { return transcriber_->current().id == "two"; }));
  EXPECT_EQ(Completed(Upload("ba 1"))->model_id, "two");
}

TEST_F(AsrTest, ABadModelIsNamedByHealthAndTheOneBeforeGoesOn) {
  Start();
  EXPECT_EQ(Completed(Upload("ba 1"))->model_id, "one");
  tiny::Write(folder_.path() / "bad" / "model.onnx", "this is no network");
  tiny::Write(folder_.path() / "bad" / "tokens.txt", tiny::kTokens);
  Promote({"bad", "zipformer_ctc", (folder_.path() / "bad").string()});
  ASSERT_TRUE(Eventually([&] {
    return module_->Check(Context())[0].detail.find("not an ONNX file") != std::string::npos;
  }));
  EXPECT_TRUE(module_->Check(Context())[0].ready);
  EXPECT_EQ(Completed(Upload("ba 1"))->model_id, "one");
}

TEST_F(AsrTest, OneVersionIsOneModelEvenIfItChangesUnderARecording) {
  std::atomic<int> calls{0};
  transcriber_->before = [&]() -> Status {
    return calls++ == 2 ? worker_->Load(Context(), Model("two")) : Status();
  };
  Start();
  const auto completed = Completed(Upload("ba 60"));
  VANG_ASSERT_OK(completed);
  EXPECT_EQ(completed->model_id, "two");
  EXPECT_EQ(completed->words, 60);
  EXPECT_EQ(Transcript(*completed)->model_id, "two");
  EXPECT_EQ(StoredTranscripts(), 1u);
}

TEST_F(AsrTest, TriesAModelAndSaysWhatTheRecogniserSaid) {
  Start();
  const SpeechModel good = Model("good");
  const auto body = [](const SpeechModel& model) {
    JsonWriter json;
    json.BeginObject().Field("id", model.id).Field("family", model.family);
    json.Field("folder", model.folder).EndObject();
    return json.Take();
  };
  EXPECT_EQ(Validate(body(good)).status, 204);
  tiny::WriteNemoCtc(folder_.path() / "nemo", false);
  const auto refused = Validate(body({"nemo", "nemo_ctc", (folder_.path() / "nemo").string()}));
  EXPECT_EQ(refused.status, 422);
  EXPECT_THAT(refused.body, testing::HasSubstr("vocab_size"));
  EXPECT_EQ(Validate("{").status, 400);
  EXPECT_EQ(Validate(R"({"id":"x","family":"","folder":"/","more":1})").status, 400);
}

}  // namespace
}  // namespace vang
