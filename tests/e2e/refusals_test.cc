// Bad input, each kind once, against real servers: a clear answer, and nothing left behind.
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "libs/base/file.h"
#include "libs/base/status_matchers.h"
#include "tests/e2e/either_shape.h"
#include "tests/support/raw_connection.h"
#include "tests/support/sample_audio.h"

namespace vang {
namespace {

using testing::HasSubstr;

ApiClient& Client() { return SharedVang::Get().client(); }

// What FFmpeg makes of `arguments`, as bytes.
std::string Made(const std::string& arguments, const std::string& name) {
  const std::string path = SharedVang::Get().scratch() / name;
  const std::string command = "ffmpeg -nostdin -v error -y " + arguments + " '" + path + "'";
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
  const auto bytes = ReadFile(path);
  return bytes.ok() ? *bytes : "";
}

std::set<std::string> Objects() { return SharedVang::Get().Objects(); }

// A refusal may take a moment to clear away what it had begun.
void ExpectObjects(const std::set<std::string>& objects) {
  for (int i = 0; i < 3'000 && Objects() != objects; ++i) ::usleep(20'000);
  EXPECT_EQ(Objects(), objects);
}

std::size_t Recordings() { return Client().List("/v1/recordings")->size(); }

// A request that must be refused at the door.
void ExpectRefused(int status, const std::string& target, const std::string& body,
                   std::vector<std::pair<std::string, std::string>> headers,
                   const std::string& detail) {
  const auto objects = Objects();
  const std::size_t recordings = Recordings();
  const auto response = Client().Send("POST", target, body, std::move(headers));
  VANG_ASSERT_OK(response);
  EXPECT_EQ(response->status, status) << response->body;
  EXPECT_THAT(std::string(response->headers.Get("Content-Type")), HasSubstr("problem+json"));
  EXPECT_THAT(response->body, HasSubstr(detail));
  ExpectObjects(objects);
  EXPECT_EQ(Recordings(), recordings);
}

// An upload that is taken and then cannot be decoded: the recording says why, a dead letter is
// there, and no transcript.
void ExpectFails(const std::string& bytes, const std::string& name, const std::string& reason) {
  const auto objects = Objects();
  const auto id = Client().Upload(bytes, name);
  VANG_ASSERT_OK(id);
  const auto recording = Client().WaitUntilDone(*id);
  VANG_ASSERT_OK(recording);
  EXPECT_EQ(TextAt(*recording, "/status"), "failed") << WriteJson(*recording);
  EXPECT_EQ(TextAt(*recording, "/failure/stage"), "asr");
  EXPECT_THAT(TextAt(*recording, "/failure/reason"), HasSubstr(reason));
  EXPECT_EQ(Client().Send("GET", "/v1/recordings/" + *id + "/transcript")->status, 404);
  const auto letters = Client().List("/v1/dead-letters");
  VANG_ASSERT_OK(letters);
  EXPECT_TRUE(std::any_of(letters->begin(), letters->end(), [&](const JsonValue& letter) {
    return TextAt(letter, "/recording_id") == *id;
  }));
  // Deleting it takes everything along.
  EXPECT_EQ(Client().Send("DELETE", "/v1/recordings/" + *id)->status, 200);
  for (int i = 0; i < 600 && !Client().List("/v1/dead-letters")->empty(); ++i) ::usleep(20'000);
  EXPECT_TRUE(Client().List("/v1/dead-letters")->empty());
  ExpectObjects(objects);
}

// A request made by hand; what the server says until it closes.
std::string Raw(const std::string& first_line, const std::string& rest) {
  SharedVang& vang = SharedVang::Get();
  return Exchange(vang.url(),
                  first_line + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + vang.authorization() + rest);
}

TEST(Refusals, AnEmptyBody) { ExpectRefused(400, "/v1/recordings", "", {}, "no body"); }

TEST(Refusals, TextNamedMp3) {
  ExpectRefused(415, "/v1/recordings?file_name=song.mp3",
                "Đây là một bài hát, không phải âm thanh.\nDòng hai.\n", {}, "text");
}

// Nothing is unpacked that could grow: not what is sent, and not what was compressed on the way.
TEST(Refusals, AnArchiveBomb) {
  const std::string path = SharedVang::Get().scratch() / "bomb.gz";
  ASSERT_EQ(std::system(("head -c 100000000 /dev/zero | gzip -1 > '" + path + "'").c_str()), 0);
  const auto bomb = ReadFile(path);
  VANG_ASSERT_OK(bomb);
  ExpectRefused(415, "/v1/recordings?file_name=song.mp3", *bomb, {}, "gzip");
  ExpectRefused(415, "/v1/recordings?file_name=song.mp3", *bomb, {{"Content-Encoding", "gzip"}},
                "Content-Encoding");
  ExpectRefused(415, "/v1/recordings?file_name=all.zip",
                std::string("PK\x03\x04", 4) + std::string(2'000, '\0'), {}, "ZIP");
}

TEST(Refusals, ATruncatedFile) {
  std::string flac =
      Made("-i '" + std::string(VANG_SOURCE_DIR) + "/samples/khong-khi.opus'", "cut.m4a");
  flac.resize(flac.size() / 2);
  ExpectFails(flac, "cut.m4a", "");
}

TEST(Refusals, NoiseThatIsNoAudio) {
  std::string bytes;
  for (unsigned i = 0; i < 100'000; ++i) bytes += static_cast<char>(i * 2'654'435'761U >> 13);
  ExpectFails(bytes, "noise.bin", "");
}

TEST(Refusals, AVideoWithoutSound) {
  ExpectFails(Made("-f lavfi -i color=size=64x64:rate=5:duration=2 -c:v mpeg4", "mute.mp4"),
              "mute.mp4", "sound");
}

TEST(Refusals, FiveHoursWhereFourAreAllowed) {
  ExpectFails(Made("-f lavfi -i anullsrc=r=8000:cl=mono -t 18001 -c:a flac", "five-hours.flac"),
              "five-hours.flac", "4 hours");
}

TEST(Refusals, SilenceCompletesAndSaysSo) {
  const auto id = Client().Upload(Made("-f lavfi -i anullsrc=r=16000:cl=mono -t 5", "silence.wav"),
                                  "silence.wav");
  VANG_ASSERT_OK(id);
  const auto recording = Client().WaitUntilDone(*id);
  VANG_ASSERT_OK(recording);
  EXPECT_EQ(TextAt(*recording, "/status"), "completed");
  EXPECT_THAT(TextAt(*recording, "/status_detail"), HasSubstr("no speech"));
  const auto transcript = Client().Get("/v1/recordings/" + *id + "/transcript");
  VANG_ASSERT_OK(transcript);
  EXPECT_TRUE(transcript->at("segments").as_array().empty());
}

TEST(Refusals, MalformedJson) {
  ExpectRefused(400, "/v1/datasets", "{\"name\":", {{"Content-Type", "application/json"}}, "JSON");
}

TEST(Refusals, AnUnknownField) {
  ExpectRefused(400, "/v1/keys", R"({"name":"a","scopes":["read"],"colour":"red"})",
                {{"Content-Type", "application/json"}}, "colour");
}

TEST(Refusals, InvalidUtf8) {
  ExpectRefused(400, "/v1/datasets", "{\"name\":\"\xC3\x28\"}",
                {{"Content-Type", "application/json"}}, "");
  EXPECT_THAT(Raw("GET /v1/recordings?title=%C3%28", "\r\n"), HasSubstr(" 400 "));
}

TEST(Refusals, APathInAFileNameIsOnlyAName) {
  const auto id = Client().Upload(SampleWav(1, 78), "../../etc/passwd.wav");
  VANG_ASSERT_OK(id);
  const auto recording = Client().WaitUntilDone(*id);
  VANG_ASSERT_OK(recording);
  EXPECT_EQ(TextAt(*recording, "/file_name"), "passwd.wav");
}

TEST(Refusals, AnUnknownRecording) {
  const std::string id = "00000000-0000-5000-8000-000000000000";
  for (const char* below : {"", "/audio", "/transcript", "/progress"}) {
    EXPECT_EQ(Client().Send("GET", "/v1/recordings/" + id + below)->status, 404) << below;
  }
  EXPECT_EQ(Client().Send("GET", "/v1/recordings/no-uuid")->status, 404);
}

TEST(Refusals, ABodyShorterThanItsLengthLeavesNothing) {
  const auto objects = Objects();
  const std::size_t recordings = Recordings();
  const std::string answer = Raw(
      "POST /v1/recordings", "Content-Length: 50000\r\n\r\n" + SampleWav(1, 79).substr(0, 10'000));
  EXPECT_THAT(answer, testing::AnyOf(HasSubstr(" 400 "), testing::IsEmpty()));
  ExpectObjects(objects);
  EXPECT_EQ(Recordings(), recordings);
}

TEST(Refusals, ABodyLongerThanItsLengthIsNotTakenForAnotherRequest) {
  const std::string wav = SampleWav(1, 80);
  const std::string answer =
      Raw("POST /v1/recordings", "Content-Length: " + std::to_string(wav.size()) + "\r\n\r\n" +
                                     wav + "surplus bytes\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr(" 202 "));
  EXPECT_THAT(answer, HasSubstr(" 400 "));
  const auto recordings = Client().List("/v1/recordings");
  VANG_ASSERT_OK(recordings);
  for (const JsonValue& recording : *recordings) {
    VANG_EXPECT_OK(Client().WaitUntilDone(TextAt(recording, "/id")));
  }
}

TEST(Refusals, ContradictoryLengthsAreSmuggling) {
  EXPECT_THAT(Raw("POST /v1/recordings",
                  "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
              HasSubstr(" 400 "));
}

}  // namespace
}  // namespace vang
