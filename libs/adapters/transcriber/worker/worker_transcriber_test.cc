#include "libs/adapters/transcriber/worker/worker_transcriber.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <future>
#include <set>
#include <thread>

#include "libs/base/temp_folder.h"
#include "tests/support/tiny_models.h"

namespace vang {
namespace {

constexpr auto kPatience = std::chrono::seconds(60);

// Processes whose parent we are.
std::set<pid_t> Children() {
  std::set<pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "stat");
    std::string line;
    if (!std::getline(file, line)) continue;
    // pid (name) state parent
    const std::size_t after_name = line.rfind(')');
    if (after_name == std::string::npos) continue;
    char state = 0;
    pid_t parent = 0;
    if (std::sscanf(line.c_str() + after_name + 1, " %c %d", &state, &parent) == 2 &&
        parent == ::getpid() && state != 'Z') {
      children.insert(std::stoi(entry.path().filename().string()));
    }
  }
  return children;
}

template <typename Condition>
bool Eventually(Condition condition) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < until) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

class WorkerTranscriberTest : public testing::Test {
 protected:
  WorkerTranscriberTest() {
    config_.program = VANG_BINARY_DIR "/bin/vang-recognizer";
    config_.children = 1;
    config_.metrics = &metrics_;
  }

  void Open() {
    auto opened = OpenWorkerTranscriber(config_);
    VANG_ASSERT_OK(opened);
    transcriber_ = std::move(opened).value();
  }

  std::filesystem::path Folder(const std::string& name) { return folder_.path() / name; }
  SpeechModel Model(const std::string& family, const std::string& name) {
    return {name, family, Folder(name).string()};
  }
  SpeechModel Vang(const std::string& name = "good") {
    tiny::WriteVangCtc(Folder(name));
    return Model("vang_ctc", name);
  }

  Result<Recognition> Recognize(const std::vector<float>& samples = tiny::SayBa(1)) {
    return transcriber_->Recognize(Context(), samples, &model_id_);
  }

  TempFolder folder_;
  Metrics metrics_;
  WorkerTranscriberConfig config_;
  std::unique_ptr<Transcriber> transcriber_;
  std::string model_id_;
};

TEST_F(WorkerTranscriberTest, RecognisesWithOurOwnModel) {
  Open();
  EXPECT_THAT(Recognize(), Fails(Code::kUnavailable, "no speech model"));
  EXPECT_THAT(transcriber_->Ping(Context()), HasCode(Code::kUnavailable));
  VANG_ASSERT_OK(transcriber_->Load(Context(), Vang()));
  VANG_EXPECT_OK(transcriber_->Ping(Context()));
  EXPECT_EQ(transcriber_->current().id, "good");
  const auto got = Recognize(tiny::SayBa(2));
  VANG_ASSERT_OK(got);
  EXPECT_EQ(model_id_, "good");
  ASSERT_EQ(got->words.size(), 2u);
  EXPECT_EQ(got->words[0].text, "bà");
  EXPECT_NEAR(got->words[0].start, 0.5, 0.06);
  EXPECT_NEAR(got->words[1].start, 1.6, 0.06);
  EXPECT_GT(got->words[0].confidence, 0.9);
  EXPECT_EQ(got->tokens.size(), 4u);
  VANG_EXPECT_OK(Recognize({}));
  EXPECT_THAT(Recognize(std::vector<float>(std::size_t{21} * 16'000)),
              HasCode(Code::kInvalidArgument));
}

TEST_F(WorkerTranscriberTest, RecognisesWithEachPublicFamily) {
  Open();
  tiny::WriteZipformerCtc(Folder("zipformer_ctc"));
  tiny::WriteNemoCtc(Folder("nemo_ctc"));
  tiny::WriteTransducer(Folder("transducer"));
  for (const char* family : {"zipformer_ctc", "nemo_ctc", "transducer"}) {
    VANG_EXPECT_OK(transcriber_->Validate(Context(), Model(family, family)));
    VANG_ASSERT_OK(transcriber_->Load(Context(), Model(family, family)));
    const auto got = Recognize();
    VANG_ASSERT_OK(got);
    EXPECT_EQ(model_id_, family);
    ASSERT_FALSE(got->words.empty()) << family;
    // Upper case came out lower; whatever the features are, the loud part is the end of a word.
    EXPECT_TRUE(got->words.back().text.ends_with("à")) << got->words.back().text;
    EXPECT_GT(got->words.back().end, 0.6) << family;
    EXPECT_LE(got->words.back().end, 1.5) << family;
  }
}

std::vector<std::string> Texts(const std::vector<Word>& words) {
  std::vector<std::string> texts;
  for (const Word& word : words) texts.push_back(word.text);
  return texts;
}

TEST_F(WorkerTranscriberTest, RecognisesWithWhisperAndSpreadsItsWordsOverTheSound) {
  Open();
  tiny::WriteWhisper(Folder("whisper"));
  VANG_EXPECT_OK(transcriber_->Validate(Context(), Model("whisper", "whisper")));
  VANG_ASSERT_OK(transcriber_->Load(Context(), Model("whisper", "whisper")));
  const auto got = Recognize();
  VANG_ASSERT_OK(got);
  // The "ạ" came in two tokens.
  EXPECT_THAT(Texts(got->words), testing::ElementsAre("xin", "chào", "bạn"));
  // 1.5 s over ten letters.
  EXPECT_NEAR(got->words[1].start, 0.45, 1e-3);
  EXPECT_NEAR(got->words[2].end, 1.5, 1e-3);
  EXPECT_EQ(got->words[0].confidence, 0.5);
  const auto silence = Recognize(std::vector<float>(16000));
  VANG_ASSERT_OK(silence);
  EXPECT_TRUE(silence->words.empty());
}

TEST_F(WorkerTranscriberTest, TakesTheTimesOfAWhisperThatTellsThem) {
  Open();
  tiny::WriteWhisper(Folder("whisper"), tiny::TinyWhisper::kWithAttention);
  VANG_ASSERT_OK(transcriber_->Load(Context(), Model("whisper", "whisper")));
  const auto got = Recognize();
  VANG_ASSERT_OK(got);
  EXPECT_THAT(Texts(got->words), testing::ElementsAre("xin", "chào", "bạn"));
  EXPECT_EQ(got->tokens.size(), 6u);
  EXPECT_NEAR(got->words[1].start, 0.5, 0.11);
  EXPECT_NEAR(got->words[2].start, 0.7, 0.11);
}

TEST_F(WorkerTranscriberTest, LetsWhisperSayAllThatFastSpeechHolds) {
  Open();
  tiny::WriteWhisper(Folder("whisper"), tiny::TinyWhisper::kEndless);
  VANG_ASSERT_OK(transcriber_->Load(Context(), Model("whisper", "whisper")));
  // Two tokens to a word; 12 tokens per second in short pieces, 176 in the longest.
  for (const auto& [seconds, words] : {std::pair{4, 24}, std::pair{20, 88}}) {
    const auto got = Recognize(std::vector<float>(static_cast<std::size_t>(seconds) * 16000));
    VANG_ASSERT_OK(got);
    EXPECT_NEAR(static_cast<double>(got->words.size()), words, 2);
    EXPECT_NEAR(got->words.back().end, seconds, 1e-3);
  }
}

TEST_F(WorkerTranscriberTest, ABadModelFolderIsRefusedAndTheOldModelGoesOn) {
  Open();
  VANG_ASSERT_OK(transcriber_->Load(Context(), Vang()));
  const auto refused = [&](const std::string& family, const std::string& name, const char* why) {
    for (const Status& status : {transcriber_->Validate(Context(), Model(family, name)),
                                 transcriber_->Load(Context(), Model(family, name))}) {
      EXPECT_THAT(status, Fails(Code::kInvalidArgument, why)) << name;
      std::cout << name << ": " << status.message() << "\n";
    }
    EXPECT_EQ(transcriber_->current().id, "good");
    VANG_EXPECT_OK(Recognize());
  };
  refused("vang_ctc", "no_such_folder", "no model folder");

  tiny::Write(Folder("cut_off") / "model.onnx", tiny::CtcNetwork().substr(0, 500));
  tiny::Write(Folder("cut_off") / "tokens.txt", tiny::kTokens);
  refused("zipformer_ctc", "cut_off", "cut off");

  std::string damaged = tiny::CtcNetwork();
  for (std::size_t i = 100; i < 300; ++i) damaged[i] = static_cast<char>(damaged[i] ^ 0x5A);
  tiny::Write(Folder("damaged") / "model.onnx", damaged);
  tiny::Write(Folder("damaged") / "tokens.txt", tiny::kTokens);
  refused("zipformer_ctc", "damaged", "");

  tiny::Write(Folder("no_tokens") / "model.onnx", tiny::CtcNetwork());
  refused("zipformer_ctc", "no_tokens", "tokens.txt");

  tiny::Write(Folder("bad_tokens") / "model.onnx", tiny::CtcNetwork());
  tiny::Write(Folder("bad_tokens") / "tokens.txt", "no numbers here\n");
  refused("zipformer_ctc", "bad_tokens", "");

  // sherpa-onnx ends the process here.
  tiny::WriteNemoCtc(Folder("no_metadata"), false);
  refused("nemo_ctc", "no_metadata", "vocab_size");

  // It says nothing of an error and gives no words.
  tiny::WriteWhisper(Folder("bad_decoder"), tiny::TinyWhisper::kBadDecoder);
  refused("whisper", "bad_decoder", "cannot decode");
  tiny::WriteWhisper(Folder("english"), tiny::TinyWhisper::kWithoutVietnamese);
  refused("whisper", "english", "Invalid language: vi");

  tiny::WriteZipformerCtc(Folder("other_family"));
  refused("transducer", "other_family", "zipformer_ctc");
}

// No model crashes the engines for certain: what lies behind the end of a buffer differs by build.
TEST_F(WorkerTranscriberTest, AModelThatCrashesTheRecogniserIsRefused) {
  const auto crash = folder_.path() / "crash";
  tiny::Write(crash, "#!/bin/sh\nkill -SEGV $$\n");
  std::filesystem::permissions(crash, std::filesystem::perms::owner_all);
  config_.program = crash.string();
  Open();
  const SpeechModel model = Vang();
  EXPECT_THAT(transcriber_->Validate(Context(), model),
              Fails(Code::kInvalidArgument, "killed by signal 11"));
  EXPECT_THAT(transcriber_->Load(Context(), model),
              Fails(Code::kInvalidArgument, "killed by signal 11"));
}

TEST_F(WorkerTranscriberTest, AModelTooLargeForTheMemoryLimitIsRefused) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizers reserve more address space than any limit";
#endif
  config_.memory_limit = 20 << 20;
  Open();
  EXPECT_THAT(transcriber_->Load(Context(), Vang()), HasCode(Code::kInvalidArgument));
}

TEST_F(WorkerTranscriberTest, AHangingRecogniserIsStoppedAndReplaced) {
  config_.recognize_timeout = Duration(3'000);
  Open();
  VANG_ASSERT_OK(transcriber_->Load(Context(), Vang()));
  const std::set<pid_t> before = Children();
  ASSERT_EQ(before.size(), 1u);
  ASSERT_EQ(::kill(*before.begin(), SIGSTOP), 0);
  EXPECT_THAT(Recognize(), Fails(Code::kUnavailable, "did not answer"));
  EXPECT_FALSE(Children().contains(*before.begin()));
  VANG_EXPECT_OK(Recognize());
}

TEST_F(WorkerTranscriberTest, ARecogniserKilledUnderACallIsUnavailableAndReplaced) {
  Open();
  VANG_ASSERT_OK(transcriber_->Load(Context(), Vang()));
  const pid_t child = *Children().begin();
  ASSERT_EQ(::kill(child, SIGSTOP), 0);  // so that the call is under way
  auto call = std::async(std::launch::async, [this] { return Recognize(); });
  EXPECT_EQ(call.wait_for(std::chrono::milliseconds(300)), std::future_status::timeout);
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  EXPECT_THAT(call.get(), Fails(Code::kUnavailable, "signal 9"));
  VANG_EXPECT_OK(Recognize());
}

TEST_F(WorkerTranscriberTest, ARecogniserThatDiesIdleIsReplaced) {
  Open();
  VANG_ASSERT_OK(transcriber_->Load(Context(), Vang()));
  const pid_t child = *Children().begin();
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  EXPECT_TRUE(Eventually([&] {
    const auto now = Children();
    return now.size() == 1 && !now.contains(child) && transcriber_->Ping(Context()).ok();
  }));
  VANG_EXPECT_OK(Recognize());
}

TEST_F(WorkerTranscriberTest, AModelThatStopsLoadingDoesNotSpin) {
  Open();
  const SpeechModel model = Vang();
  VANG_ASSERT_OK(transcriber_->Load(Context(), model));
  std::filesystem::remove(Folder("good") / "model.onnx");
  ASSERT_EQ(::kill(*Children().begin(), SIGKILL), 0);
  // It gives callers an answer once it is hopeless, and that says why.
  ASSERT_TRUE(Eventually([&] {
    const auto got = Recognize();
    return got.status().message().find("keeps dying") != std::string::npos;
  }));
  EXPECT_THAT(Recognize(), Fails(Code::kUnavailable, ".onnx"));
  EXPECT_THAT(transcriber_->Ping(Context()), Fails(Code::kUnavailable, ".onnx"));
  // A model that works heals it.
  VANG_ASSERT_OK(transcriber_->Load(Context(), Vang("healed")));
  VANG_EXPECT_OK(Recognize());
}

TEST_F(WorkerTranscriberTest, SwappingModelsUnderLoadDropsNoCall) {
  config_.children = 2;
  Open();
  const std::vector<SpeechModel> models = {Vang("one"), Vang("two")};
  VANG_ASSERT_OK(transcriber_->Load(Context(), models[0]));
  std::atomic<bool> done{false};
  std::atomic<int> answers{0};
  std::vector<std::future<Status>> callers;
  for (int i = 0; i < 3; ++i) {
    callers.push_back(std::async(std::launch::async, [&]() -> Status {
      std::string id;
      while (!done) {
        const auto got = transcriber_->Recognize(Context(), tiny::SayBa(1), &id);
        if (!got.ok()) return got.status();
        if (got->words.size() != 1) return Internal("lost a word");
        if (id != "one" && id != "two") return Internal("answered by nobody");
        ++answers;
      }
      return {};
    }));
  }
  for (int round = 1; round <= 4; ++round) {
    VANG_EXPECT_OK(transcriber_->Load(Context(), models[static_cast<std::size_t>(round) % 2]));
    const int before = answers;
    EXPECT_TRUE(Eventually([&] { return answers >= before + 3; }));
  }
  done = true;
  for (auto& caller : callers) VANG_EXPECT_OK(caller.get());
  EXPECT_TRUE(Eventually([] { return Children().size() == 2; }));
}

TEST_F(WorkerTranscriberTest, HonoursTheContext) {
  Open();
  VANG_ASSERT_OK(transcriber_->Load(Context(), Vang()));
  std::stop_source stop;
  ASSERT_EQ(::kill(*Children().begin(), SIGSTOP), 0);
  auto call = std::async(std::launch::async, [&] {
    std::string id;
    return transcriber_->Recognize(Context().WithStop(stop.get_token()), tiny::SayBa(1), &id);
  });
  stop.request_stop();
  EXPECT_THAT(call.get(), HasCode(Code::kCancelled));
  EXPECT_THAT(transcriber_->Load(Context().WithStop(stop.get_token()), Vang("late")),
              HasCode(Code::kCancelled));
}

TEST_F(WorkerTranscriberTest, LeavesNoProcessBehind) {
  config_.children = 2;
  Open();
  VANG_ASSERT_OK(transcriber_->Load(Context(), Vang()));
  EXPECT_EQ(Children().size(), 2u);
  transcriber_.reset();
  EXPECT_TRUE(Children().empty());
}

TEST_F(WorkerTranscriberTest, SaysWhenTheProgramIsMissing) {
  config_.program = "/no/such/program";
  EXPECT_THAT(OpenWorkerTranscriber(config_), Fails(Code::kNotFound, "/no/such/program"));
}

}  // namespace
}  // namespace vang
