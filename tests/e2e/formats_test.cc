// What people really have goes through real servers: formats, channels, rates and lengths. The
// sound is the sample recording (a real voice), converted by FFmpeg.
#include <gmock/gmock.h>

#include <cmath>
#include <fstream>
#include <regex>

#include "libs/base/file.h"
#include "libs/base/status_matchers.h"
#include "libs/speech/word_errors.h"
#include "libs/vietnamese/plain_text.h"
#include "tests/e2e/either_shape.h"
#include "tests/support/sample_audio.h"

namespace vang {
namespace {

struct Format {
  const char* file;     // its name
  const char* options;  // for FFmpeg, between input and output
  int times = 1;        // the sample over and over
  // The same sound in a format that FFmpeg reads and does not write; options are "-c copy" then.
  const char* source = nullptr;
};

std::string NameOf(const testing::TestParamInfo<Format>& info) {
  return std::regex_replace(std::string(info.param.file), std::regex("[^A-Za-z0-9]"), "_");
}

const Format kFormats[] = {
    {"plain.wav", "-c:a pcm_s16le"},
    {"phone.wav", "-ar 8000 -c:a pcm_mulaw"},
    {"stereo 48k.wav", "-ar 48000 -ac 2 -c:a pcm_s24le"},
    {"float.wav", "-ar 44100 -c:a pcm_f32le"},
    {"music.mp3", "-ar 44100 -ac 2 -b:a 128k"},
    {"low.mp3", "-ar 22050 -b:a 48k"},
    {"voice memo.m4a", "-ar 44100 -c:a aac -b:a 96k"},
    {"stream.aac", "-ar 32000 -c:a aac"},
    {"chat.ogg", "-ar 16000 -c:a libopus -b:a 24k"},
    {"old.ogg", "-ar 44100 -c:a libvorbis"},
    {"browser.webm", "-ar 48000 -c:a libopus"},
    {"archive.flac", "-ar 16000 -c:a flac"},
    {"studio.flac", "-ar 48000 -ac 2 -c:a flac"},
    {"windows.wma", "-ar 44100 -c:a wmav2"},
    {"mac.aiff", "-ar 44100 -c:a pcm_s16be"},
    {"film.mp4", "-f lavfi -i color=size=64x64:rate=5 -shortest -c:v mpeg4 -c:a aac"},
    {"film.mkv", "-f lavfi -i color=size=64x64:rate=5 -shortest -c:v mpeg4 -c:a libopus"},
    {"film.mov", "-f lavfi -i color=size=64x64:rate=5 -shortest -c:v mpeg4 -c:a aac"},
    {"old windows.wma", "-ar 22050 -c:a wmav1 -b:a 32k"},
    {"phone call.amr", "-c copy", 1, "khong-khi.amr"},
    {"wideband call.amr", "-c copy", 1, "khong-khi-wideband.amr"},
    {"old phone.3gp", "-c copy", 1, "khong-khi.amr"},
    {"phone wideband.3gp", "-c copy", 1, "khong-khi-wideband.amr"},
    {"phone video.3gp",
     "-f lavfi -i color=size=176x144:rate=5 -shortest -c:v h263 -c:a aac -ar 16000"},
    {"a minute.opus", "-c:a libopus -b:a 32k", 12},
    {"ten minutes.mp3", "-ar 16000 -b:a 32k", 100},
    {"cuộc gọi hỏi giá.wav", "-ar 8000 -ac 2 -c:a pcm_alaw"},
};

std::string Convert(const Format& format) {
  const std::filesystem::path& folder = SharedVang::Get().scratch();
  std::string input = folder / "input.wav";
  if (format.source != nullptr) {
    input = std::string(VANG_SOURCE_DIR) + "/tests/data/" + format.source;
  } else {
    std::ofstream(input, std::ios::binary) << SampleWav(1e9, 0);
  }
  const std::string output =
      folder / ("output" + std::string(format.file).substr(std::string(format.file).rfind('.')));
  const std::string command = "ffmpeg -nostdin -v error -y -stream_loop " +
                              std::to_string(format.times - 1) + " -i '" + input + "' " +
                              format.options + " '" + output + "'";
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
  auto bytes = ReadFile(output);
  EXPECT_THAT(bytes, IsOk());
  return bytes.ok() ? *bytes : "";
}

double NumberAt(const JsonValue& object, const char* name) {
  return object.at(name).to_number<double>();
}

// "00:01:02,345" or "00:01:02.345".
double CueTime(const std::string& text) {
  int hours = 0, minutes = 0, seconds = 0, milliseconds = 0;
  std::sscanf(text.c_str(), "%d:%d:%d%*c%d", &hours, &minutes, &seconds, &milliseconds);
  return hours * 3600 + minutes * 60 + seconds + milliseconds / 1000.0;
}

std::vector<std::pair<double, double>> Cues(const std::string& subtitles) {
  static const std::regex line(
      "(\\d\\d:\\d\\d:\\d\\d[,.]\\d{3}) --> (\\d\\d:\\d\\d:\\d\\d[,.]\\d{3})");
  std::vector<std::pair<double, double>> cues;
  for (std::sregex_iterator at(subtitles.begin(), subtitles.end(), line), end; at != end; ++at) {
    cues.emplace_back(CueTime((*at)[1]), CueTime((*at)[2]));
  }
  return cues;
}

class Formats : public testing::TestWithParam<Format> {};

TEST_P(Formats, IsTranscribedWithTimesConfidenceAndSubtitlesInStep) {
  ApiClient& client = SharedVang::Get().client();
  const std::string bytes = Convert(GetParam());
  const auto id = client.Upload(bytes, GetParam().file);
  VANG_ASSERT_OK(id);
  const auto recording = client.WaitUntilDone(*id);
  VANG_ASSERT_OK(recording);
  ASSERT_EQ(TextAt(*recording, "/status"), "completed") << WriteJson(*recording);
  EXPECT_EQ(TextAt(*recording, "/file_name"), GetParam().file);
  const double seconds = static_cast<double>(SampleSpeech().size()) / 16'000 * GetParam().times;
  const double duration = NumberAt(*recording, "duration");
  EXPECT_NEAR(duration, seconds, 0.3 + 0.1 * GetParam().times);

  const auto transcript = client.Get("/v1/recordings/" + *id + "/transcript?format=json");
  VANG_ASSERT_OK(transcript);
  double last = 0;
  std::size_t words = 0;
  std::string text;
  for (const JsonValue& segment : transcript->at("segments").as_array()) {
    text += TextAt(segment, "/text") + " ";
    for (const JsonValue& word : segment.at("words").as_array()) {
      const double start = NumberAt(word, "start"), end = NumberAt(word, "end");
      EXPECT_GE(start, last - 1e-6);
      EXPECT_GE(end, start);
      EXPECT_LE(end, duration + 0.1);
      EXPECT_GE(NumberAt(word, "confidence"), 0);
      EXPECT_LE(NumberAt(word, "confidence"), 1);
      last = start;
      ++words;
    }
  }
  EXPECT_GT(words, 3U * static_cast<unsigned>(GetParam().times));

  // A codec may cost words; most of what the plain file gives must be there.
  static const std::string plain = [&] {
    const auto plain_id = client.Upload(SampleWav(1e9, 0), "reference.wav");
    EXPECT_THAT(client.WaitUntilDone(*plain_id), IsOk());
    return client.Send("GET", "/v1/recordings/" + *plain_id + "/transcript?format=text")->body;
  }();
  if (GetParam().times == 1) {
    const WordErrors errors = CountWordErrors(FoldedWords(plain), FoldedWords(text));
    EXPECT_LE(errors.rate(), 0.7) << text << " instead of " << plain;
  }

  for (const char* format : {"srt", "vtt"}) {
    const auto subtitles =
        client.Send("GET", "/v1/recordings/" + *id + "/transcript?format=" + format);
    VANG_ASSERT_OK(subtitles);
    const auto cues = Cues(subtitles->body);
    ASSERT_FALSE(cues.empty()) << subtitles->body;
    EXPECT_NEAR(cues.front().first,
                NumberAt(transcript->at_pointer("/segments/0/words/0"), "start"), 0.01);
    double end = 0;
    for (const auto& [from, to] : cues) {
      EXPECT_GE(from, end);
      EXPECT_GT(to, from);
      EXPECT_LE(to, duration + 0.1);
      end = to;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Real, Formats, testing::ValuesIn(kFormats), NameOf);

}  // namespace
}  // namespace vang
