// The commands of `vang` as scripts use them: what goes to standard output, what to standard error,
// and the exit codes.
#include <fcntl.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <thread>

#include "libs/base/file.h"
#include "libs/base/status_matchers.h"
#include "tests/e2e/shared_server.h"
#include "tests/support/sample_audio.h"

namespace vang {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr char kNoId[] = "00000000-0000-5000-8000-000000000000";

CommandResult Vang(std::vector<std::string> args, int code = 0, std::vector<std::string> env = {},
                   FileDescriptor input = {}) {
  const auto result = RunVang(args, std::move(env), std::move(input));
  EXPECT_THAT(result, IsOk());
  if (!result.ok()) return {};
  std::string line;
  for (const std::string& arg : args) line += " " + arg;
  EXPECT_EQ(result->exit, (ExitStatus{code, 0})) << "vang" << line << "\n"
                                                 << result->output << result->error;
  return *result;
}

// One JSON value a line.
std::vector<JsonValue> Rows(const CommandResult& result) {
  std::vector<JsonValue> rows;
  std::istringstream lines(result.output);
  for (std::string line; std::getline(lines, line);) {
    auto value = ParseJson(line);
    EXPECT_THAT(value, IsOk()) << line;
    if (value.ok()) rows.push_back(*std::move(value));
  }
  return rows;
}

JsonValue Row(const CommandResult& result) {
  const auto rows = Rows(result);
  EXPECT_EQ(rows.size(), 1U) << result.output;
  return rows.empty() ? JsonValue(JsonObject()) : rows.front();
}

FileDescriptor OpenFile(const std::filesystem::path& path) {
  return FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

std::string Noise(unsigned seed) {
  std::string bytes;
  for (unsigned i = 0; i < 50'000; ++i) {
    bytes += static_cast<char>((i * 2'654'435'761U + seed) >> 13);
  }
  return bytes;
}

class Transcribe : public testing::Test {
 protected:
  std::string File(const std::string& name, const std::string& bytes) {
    const std::string path = folder_.path() / name;
    VANG_EXPECT_OK(WriteFileDurably(path, bytes));
    return path;
  }
  bool Exists(const std::string& name) { return std::filesystem::exists(folder_.path() / name); }

  TempFolder folder_;
};

TEST_F(Transcribe, OneBadFileAmongOthersCostsOnlyItself) {
  const std::string out = folder_.path() / "out";
  const auto result = Vang({"transcribe", "--format", "srt", "--output-dir", out,
                            File("một.wav", SampleWav(3, 1)), File("hỏng.mp3", Noise(1)),
                            folder_.path() / "không có.wav", File("hai.wav", SampleWav(4, 2))},
                           3);
  EXPECT_EQ(result.output, "");
  EXPECT_THAT(result.error, HasSubstr("hỏng.mp3"));
  EXPECT_THAT(result.error, HasSubstr("không có.wav"));
  for (const char* name : {"out/một.srt", "out/hai.srt"}) {
    const auto text = ReadFile(folder_.path() / name);
    VANG_ASSERT_OK(text);
    EXPECT_THAT(*text, HasSubstr(" --> "));
  }
  EXPECT_FALSE(Exists("out/hỏng.srt"));
}

TEST_F(Transcribe, WhenNothingCanBeDoneItsCodeSaysWhy) {
  Vang({"transcribe", folder_.path() / "none.wav"}, 5);
  Vang({"transcribe", File("noise.wav", Noise(2)), File("more.wav", Noise(3))}, 1);
  const auto shared = Vang(
      {"transcribe", "-f", "srt", File("a.wav", SampleWav(1, 1)), File("b.wav", SampleWav(1, 2))},
      2);
  EXPECT_THAT(shared.error, HasSubstr("--output-dir"));
  Vang({"transcribe"}, 2);
  Vang({"transcribe", "-f", "docx", "a.wav"}, 2);
}

TEST_F(Transcribe, ReadsStandardInputAndWritesOnlyDataToStandardOutput) {
  const std::string path = File("a.wav", SampleWav(3, 3));
  const auto piped = Vang({"--json", "transcribe", "-"}, 0, {}, OpenFile(path));
  const auto named = Vang({"transcribe", "--quiet", "-f", "json", path});
  EXPECT_EQ(named.error, "");
  const JsonValue from_pipe = Row(piped), from_file = Row(named);
  EXPECT_EQ(TextAt(from_pipe, "/recording_id"), TextAt(from_file, "/recording_id"));
  EXPECT_FALSE(from_pipe.at("segments").as_array().empty());
  EXPECT_EQ(WriteJson(from_pipe.at("segments")), WriteJson(from_file.at("segments")));
}

TEST(CommandLine, SendsFindsReadsAndDeletesRecordings) {
  SharedServer& server = SharedServer::Get();
  const std::string data = server.data();
  const std::string wav = server.scratch() / "bản tin.wav";
  VANG_ASSERT_OK(WriteFileDurably(wav, SampleWav(1e9, 1)));
  const auto sent = Vang({"--json", "upload", "--wait", "--data", data, wav, "/none.wav"}, 3);
  EXPECT_THAT(sent.error, HasSubstr("/none.wav"));
  const std::string empty = server.scratch() / "rỗng.wav";
  VANG_ASSERT_OK(WriteFileDurably(empty, ""));
  EXPECT_THAT(Vang({"upload", "--data", data, empty}, 1).error, HasSubstr("the file is empty"));
  const JsonValue recording = Row(sent);
  const std::string id = TextAt(recording, "/id");
  EXPECT_EQ(TextAt(recording, "/status"), "completed");
  EXPECT_EQ(TextAt(recording, "/title"), "bản tin");

  const auto text = Vang({"recordings", "transcript", "--data", data, id}).output;
  ASSERT_THAT(text, Not(IsEmpty()));
  const JsonValue found =
      Row(Vang({"--json", "search", "--url", server.url(), text.substr(0, text.find(' ', 20))}));
  EXPECT_EQ(TextAt(found, "/data/0/recording_id"), id);
  EXPECT_THAT(Vang({"search", "--data", data, text.substr(0, text.find(' ', 20))}).output,
              HasSubstr("\n  " + server.url() + "/#r/" + id + "@"));
  EXPECT_THAT(Vang({"recordings", "list", "--data", data}).output, HasSubstr(id));
  EXPECT_THAT(Vang({"recordings", "get", "--data", data, id}).output, HasSubstr("completed"));
  Vang({"recordings", "delete", "--data", data, id});
  Vang({"recordings", "get", "--data", data, id}, 5);
}

// What fails on purpose is there as a dead letter, again after each redrive, until it is dropped.
TEST(CommandLine, DeliveryRule5_DeadLettersAreListedShownRedrivenAndDropped) {
  SharedServer& server = SharedServer::Get();
  const std::string data = server.data();
  std::vector<std::string> recordings;
  for (const unsigned seed : {10U, 11U, 12U}) {
    const auto id = server.client().Upload(Noise(seed), "noise.bin");
    VANG_ASSERT_OK(id);
    recordings.push_back(*id);
    EXPECT_EQ(TextAt(*server.client().WaitUntilDone(*id), "/status"), "failed");
  }
  const auto list = [&] { return Rows(Vang({"--json", "dead-letters", "list", "--data", data})); };
  const auto wait_for = [&](std::size_t count) {
    auto letters = list();
    for (int i = 0; i < 200 && letters.size() != count; ++i) letters = list();
    EXPECT_EQ(letters.size(), count);
    return letters;
  };
  const auto letters = wait_for(3);
  ASSERT_EQ(letters.size(), 3U);
  EXPECT_EQ(Rows(Vang({"--json", "dead-letters", "list", "--limit", "2", "--data", data})).size(),
            2U);
  EXPECT_EQ(TextAt(letters[0], "/recording_id"), recordings[2]) << "newest first";
  EXPECT_EQ(TextAt(letters[0], "/consumer"), "asr");
  const std::string id = TextAt(letters[0], "/id");
  const std::string first_at = TextAt(letters[0], "/at");
  EXPECT_THAT(Vang({"dead-letters", "list", "--data", data}).output,
              HasSubstr(id + "  " + first_at + "  asr"));
  const JsonValue shown = Row(Vang({"dead-letters", "show", "--data", data, id}));
  EXPECT_EQ(TextAt(shown, "/event/data/recording_id"), recordings[2]);
  EXPECT_THAT(TextAt(shown, "/reason"), Not(IsEmpty()));

  EXPECT_EQ(Vang({"dead-letters", "redrive", "--data", data, id}).output, "1 delivered again\n");
  // It fails as before, later.
  std::string at = first_at;
  for (int i = 0; i < 200 && at == first_at; ++i) {
    for (const JsonValue& letter : list()) {
      if (TextAt(letter, "/id") == id) at = TextAt(letter, "/at");
    }
  }
  EXPECT_NE(at, first_at);
  EXPECT_EQ(Vang({"dead-letters", "redrive", "--all", "--data", data}).output,
            "3 delivered again\n");
  wait_for(3);
  Vang({"dead-letters", "drop", "--data", data, id});
  wait_for(2);
  Vang({"dead-letters", "show", "--data", data, id}, 5);
  Vang({"dead-letters", "drop", "--data", data, id}, 5);
  Vang({"dead-letters", "redrive", "--data", data, id}, 5);
  Vang({"dead-letters", "redrive", "--data", data}, 2);
  for (const JsonValue& letter : list()) {
    Vang({"dead-letters", "drop", "--data", data, TextAt(letter, "/id")});
  }
}

TEST(CommandLine, DeliveryRule6_ReplaysASubjectIntoOneConsumerFromASequenceOrATime) {
  const TempFolder folder;
  VangServer::Options options;
  options.data = folder.path() / "data";
  const std::string data = options.data;
  auto server = VangServer::Start(options);
  VANG_ASSERT_OK(server);
  ApiClient client(server->url());
  std::vector<std::string> created;
  for (std::uint64_t seed : {20, 21, 22}) {
    const auto id = client.Upload(SampleWav(1, seed), "a.wav");
    VANG_ASSERT_OK(id);
    created.push_back(TextAt(*client.WaitUntilDone(*id), "/created_at"));
  }
  // What the replay before is still to deliver would not be counted again.
  const auto settle = [&] {
    const std::regex busy("[1-9][0-9]* (pending|in work)");
    while (std::regex_search(client.Send("GET", "/readyz?verbose")->body, busy))
      std::this_thread::yield();
  };
  const auto count = [&](std::vector<std::string> args) {
    settle();
    args.insert(args.begin(),
                {"--json", "replay", "--data", data, "asr", "--subject", "recording.ingested"});
    return Row(Vang(args)).at("deliveries").as_int64();
  };
  EXPECT_EQ(count({}), 3);
  EXPECT_EQ(count({"--from-sequence", "1"}), 3);
  EXPECT_EQ(count({"--from-sequence", "1000000"}), 0);
  // The event is in the log a little later than the row was made.
  EXPECT_EQ(count({"--from-time", created[2]}), 1);
  settle();
  EXPECT_EQ(Vang({"replay", "--data", data, "embeddings", "--subject", "nlp.postprocessed"}).output,
            "3 events will be delivered to embeddings again\n");
  Vang({"replay", "--data", data, "nobody"}, 5);
  Vang({"replay", "--data", data, "asr", "--subject", "recording.deleted"}, 1);
  Vang({"replay", "--data", data, "asr", "--from-time", "yesterday"}, 1);
  Vang({"replay", "--data", data, "asr", "--from-time", created[0], "--from-sequence", "1"}, 2);
  // Done again, to the same effect.
  EXPECT_EQ(client.List("/v1/recordings?status=completed")->size(), 3U);
}

TEST(CommandLine, RebuildingWaitsForTheServerToEnd) {
  const std::string data = SharedServer::Get().data();
  for (const char* command : {"rebuild-index", "rebuild-metadata"}) {
    EXPECT_THAT(Vang({command, "--data", data}, 1).error, HasSubstr("another process works on"));
  }
}

TEST(CommandLine, KeysAreMadeListedAndRevokedWithAndWithoutAServer) {
  const TempFolder folder;
  VangServer::Options options;
  options.data = folder.path() / "data";
  options.listen = "0.0.0.0:0";
  const std::string data = options.data;
  const JsonValue admin = Row(Vang({"--json", "keys", "create", "--data", data, "chủ", "--scope",
                                    "admin", "--scope", "read", "--scope", "write"}));
  const std::string admin_key = TextAt(admin, "/key");
  auto server = VangServer::Start(options);
  VANG_ASSERT_OK(server);
  const std::string port = server->url().substr(server->url().rfind(':'));
  const std::vector<std::string> as_admin = {"VANG_URL=http://127.0.0.1" + port,
                                             "VANG_API_KEY=" + admin_key};
  const auto as = [&](const std::string& key) {
    return std::vector<std::string>{as_admin[0], "VANG_API_KEY=" + key};
  };

  // Shown once, alone on standard output.
  const auto made = Vang({"keys", "create", "người đọc", "--scope", "read"}, 0, as_admin);
  const std::string reader = made.output.substr(0, made.output.find('\n'));
  EXPECT_EQ(made.output, reader + "\n");
  EXPECT_THAT(made.error, HasSubstr("once"));
  Vang({"recordings", "list"}, 0, as(reader));
  EXPECT_THAT(Vang({"dead-letters", "list"}, 4, as(reader)).error, HasSubstr("admin"));
  Vang({"recordings", "list"}, 4, as("vang_" + std::string(64, '0')));
  EXPECT_THAT(Vang({"recordings", "list"}, 4, {as_admin[0]}).error, HasSubstr("VANG_API_KEY"));
  const std::string key_file = folder.path() / "key";
  VANG_ASSERT_OK(WriteFileDurably(key_file, reader + "\n"));
  Vang({"recordings", "list", "--key-file", key_file}, 0, {as_admin[0]});

  const auto keys = Rows(Vang({"--json", "keys", "list"}, 0, as_admin));
  ASSERT_EQ(keys.size(), 2U);
  for (const JsonValue& key : keys) {
    EXPECT_THAT(WriteJson(key), Not(HasSubstr(reader)));
    if (TextAt(key, "/name") == "người đọc") {
      Vang({"keys", "revoke", TextAt(key, "/id")}, 0, as_admin);
    }
  }
  Vang({"recordings", "list"}, 4, as(reader));
  EXPECT_THAT(Vang({"keys", "list"}, 0, as_admin).output, HasSubstr("(revoked "));
  Vang({"keys", "revoke", kNoId}, 5, as_admin);

  VANG_ASSERT_OK(server->Terminate());
  EXPECT_THAT(Vang({"recordings", "list"}, 69, as_admin).error, HasSubstr("vang serve"));
  EXPECT_EQ(Rows(Vang({"--json", "keys", "list", "--data", data})).size(), 2U);
}

TEST(CommandLine, TheDoctorFindsWhatIsAmiss) {
  const TempFolder folder;
  const std::string data = folder.path() / "data";
  const auto well = Rows(Vang({"--json", "doctor", "--data", data, "--listen", "127.0.0.1:0"}));
  ASSERT_EQ(well.size(), 6U);
  for (const JsonValue& check : well) EXPECT_TRUE(check.at("ok").as_bool()) << WriteJson(check);
  EXPECT_TRUE(std::filesystem::is_empty(data));

  const std::string models = folder.path() / "models";
  for (const char* kind : {"speech", "text", "embedding"}) {
    std::filesystem::create_directories(std::filesystem::path(models) / kind / "hỏng");
  }
  const auto ill = Vang({"doctor", "--data", "/proc/nobody", "--models", models}, 1);
  for (const char* check : {"speech model", "text models", "data folder"}) {
    EXPECT_THAT(ill.output, testing::ContainsRegex(std::string("FAIL +") + check));
  }
  EXPECT_THAT(ill.output, testing::ContainsRegex("ok +decoder"));
}

TEST(CommandLine, WrongWordsAreUsage) {
  EXPECT_THAT(Vang({}, 2).error, HasSubstr("transcribe"));
  EXPECT_THAT(Vang({"sing"}, 2).error, HasSubstr("no command 'vang sing'"));
  EXPECT_THAT(Vang({"keys"}, 2).error, HasSubstr("revoke"));
  EXPECT_THAT(Vang({"keys", "sing"}, 2).error, HasSubstr("no command 'vang keys sing'"));
  EXPECT_THAT(Vang({"upload"}, 2).error, HasSubstr("vang upload --help"));
  EXPECT_THAT(Vang({"search", " "}, 2).error, HasSubstr("say what to look for"));
  Vang({"keys", "create", "a", "--scope", "everything"}, 2);
  EXPECT_THAT(Vang({"--version"}).output, HasSubstr("vang "));
  EXPECT_THAT(Vang({"--help"}).output, HasSubstr("Exit codes"));
}

}  // namespace
}  // namespace vang
