// What people and attackers send that is not a whole audio file. Each must be a clear error, and
// must leave no child behind.
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sstream>
#include <thread>

#include "libs/adapters/audio_decoder/ffmpeg/decoder_test_util.h"

namespace vang {
namespace {

constexpr char kTenSeconds[] = "-f lavfi -i \"sine=440:d=10:sample_rate=44100\" ";
constexpr char kVideo[] = "-f lavfi -i testsrc=d=4:s=160x120:r=10 ";

// The program with other work to do: apps/vang-decoder/probe_main.cc.
constexpr char kProbe[] = VANG_BINARY_DIR "/tests/vang-decoder-probe";

class BadInput : public DecoderTest {
 protected:
  // A shell that plays the program.
  FfmpegAudioDecoderConfig Playing(const std::string& script) {
    Write("play.sh", "#!/bin/sh\n" + script + "\n");
    std::filesystem::permissions(Path("play.sh"), std::filesystem::perms::owner_all);
    FfmpegAudioDecoderConfig config;
    config.program = Path("play.sh").string();
    return config;
  }

  void WriteFront(const std::string& name, double share, const std::string& cut) {
    const std::string bytes = Bytes(name);
    Write(cut,
          bytes.substr(0, static_cast<std::size_t>(static_cast<double>(bytes.size()) * share)));
  }
};

TEST_F(BadInput, IsNamedForWhatItIs) {
  Make(std::string(kTenSeconds), "sound.wav");
  const std::pair<std::string, std::string> files[] = {
      {"", "is empty"},
      {"Chào buổi sáng.\nĐây là văn bản.\n", "text"},
      {" \n\t ", "text"},
      {"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "a playlist"},
      {"\xEF\xBB\xBF#EXTM3U\n", "a playlist"},
      {"ffconcat version 1.0\nfile '/etc/passwd'\n", "a playlist"},
      {"<?xml version=\"1.0\"?><MPD></MPD>", "a playlist"},
      {"<!doctype html><html></html>", "a web page"},
      {std::string("PK\x03\x04") + std::string(100, '\0'), "an archive"},
      {std::string("\x1F\x8B\x08") + std::string(100, '\0'), "an archive"},
      {std::string(257, 'x') + "ustar", "an archive"},
      {std::string("\x89PNG\r\n\x1A\n") + std::string(50, '\0'), "a picture"},
      {std::string("RIFF\x10\0\0\0AVI LIST", 16), "an AVI video"},
      {std::string("\x01\x02\x03\x04\x05", 5), "no known audio or video format"},
      {std::string("ID3\x04\0\0\0\0\0\x05hello#EXTM3U", 22), "a playlist"},
  };
  for (const auto& [bytes, what] : files) {
    Write("speech.mp3", bytes);
    EXPECT_THAT(Decode("speech.mp3"), Fails(Code::kInvalidArgument, what));
  }
}

TEST_F(BadInput, CutOffFilesAreErrorsAndNotShorterRecordings) {
  const std::pair<std::string, std::string> files[] = {
      {"a.wav", ""},
      {"rf64.wav", "-rf64 always"},
      {"a.w64", ""},
      {"a.aiff", ""},
      {"a.caf", ""},
      {"a.au", ""},
      {"a.mp3", ""},
      {"end.m4a", "-c:a aac"},
      {"front.m4a", "-c:a aac -movflags faststart"},
      {"fragments.mp4", "-c:a aac -movflags empty_moov+frag_keyframe -frag_duration 1000000"},
      {"a.flac", ""},
      {"a.ogg", "-c:a libvorbis"},
      {"a.opus", "-c:a libopus"},
      {"a.webm", "-c:a libopus"},
      {"live.webm", "-c:a libopus -live 1"},
      {"a.mkv", "-c:a pcm_s16le"},
      {"a.wma", "-c:a wmav2"},
  };
  for (const auto& [name, options] : files) {
    Make(kTenSeconds + options, name);
    WriteFront(name, 0.601, "cut");
    EXPECT_THAT(Decode("cut"), HasCode(Code::kInvalidArgument)) << name;
  }
}

TEST_F(BadInput, HeadersAloneAreErrors) {
  for (const char* name : {"a.wav", "a.flac", "a.ogg", "a.webm", "a.m4a", "a.mp3"}) {
    Make(kTenSeconds, name);
    Write("front", Bytes(name).substr(0, 40));
    EXPECT_THAT(Decode("front"), HasCode(Code::kInvalidArgument)) << name;
  }
}

TEST_F(BadInput, AWavWhoseHeaderLiesIsCutOffUnlessItsSizeWasLeftOpen) {
  Make(std::string("-f lavfi -i sine=d=1 -ar 16000 -bitexact"), "a.wav");
  std::string bytes = Bytes("a.wav");
  const std::size_t size_at = bytes.find("data") + 4;
  auto with_size = [&](std::uint32_t size) {
    for (int i = 0; i < 4; ++i) {
      bytes[size_at + static_cast<std::size_t>(i)] = static_cast<char>(size >> (8 * i) & 0xFF);
    }
    Write("b.wav", bytes);
    return Decode("b.wav");
  };
  EXPECT_THAT(with_size(32002), Fails(Code::kInvalidArgument, "cut off: 2 bytes are missing"));
  EXPECT_THAT(with_size(1'000'000'000), Fails(Code::kInvalidArgument, "cut off"));
  for (const std::uint32_t open : {0xFFFFFFFFU, 0x7FFFF000U}) {
    auto samples = with_size(open);
    VANG_ASSERT_OK(samples);
    EXPECT_EQ(samples->size(), 16000U);
  }
}

// A recorder that stops leaves whole pages or clusters behind, without an end mark or a duration.
TEST_F(BadInput, AbruptlyEndedButWholeStreamsDecode) {
  Make(std::string(kTenSeconds) + "-c:a libopus -page_duration 200000", "a.ogg");
  const std::string ogg = Bytes("a.ogg");
  Write("b.ogg", ogg.substr(0, ogg.find("OggS", ogg.size() / 2)));
  auto samples = Decode("b.ogg");
  VANG_ASSERT_OK(samples);
  EXPECT_GT(samples->size(), 48000U);
  Make(std::string(kTenSeconds) + "-c:a libopus -f webm - | cat >", "pipe.webm");
  samples = Decode("pipe.webm");
  VANG_ASSERT_OK(samples);
  EXPECT_NEAR(static_cast<double>(samples->size()), 160000, 1600);
}

TEST_F(BadInput, VideosDecodeToTheirSoundAndNeedOne) {
  for (const char* name : {"v.mp4", "v.mov", "v.mkv"}) {
    Make(kVideo + std::string(kTenSeconds) + "-shortest -c:v libx264 -c:a aac", name);
    auto samples = Decode(name);
    VANG_ASSERT_OK(samples);
    EXPECT_NEAR(static_cast<double>(samples->size()), 64000, 3200) << name;
    Make(std::string(kVideo) + "-c:v libx264", name);
    EXPECT_THAT(Decode(name), Fails(Code::kInvalidArgument, "holds no sound track")) << name;
  }
}

TEST_F(BadInput, SilenceIsSoundButNoSamplesAreNot) {
  Make("-f lavfi -i anullsrc=r=16000:cl=mono:d=2", "silence.wav");
  auto samples = Decode("silence.wav");
  VANG_ASSERT_OK(samples);
  EXPECT_EQ(samples->size(), 32000U);
  Make("-f lavfi -i anullsrc=r=16000:cl=mono:d=0", "nothing.flac");
  EXPECT_THAT(Decode("nothing.flac"), HasCode(Code::kInvalidArgument));
}

TEST_F(BadInput, FiveHoursInATinyFileAreTooLong) {
  Make("-f lavfi -i anullsrc=r=8000:cl=mono:d=18000 -c:a flac", "bomb.flac");
  ASSERT_LT(std::filesystem::file_size(Path("bomb.flac")), 4'000'000U);
  EXPECT_THAT(Decode("bomb.flac"), Fails(Code::kOutOfRange, "longer than 4 hours"));
  EXPECT_THAT(Decode("bomb.flac", {.max_seconds = 1.5}),
              Fails(Code::kOutOfRange, "longer than 1.5 seconds"));
}

// "dref" with a path to another file: FFmpeg must neither follow it nor be able to.
TEST_F(BadInput, AnMp4CannotPointAtAnotherFile) {
  Make(std::string(kTenSeconds) + "-c:a pcm_s16le", "other.mov");
  std::string bytes = Bytes("other.mov");
  const std::size_t at = bytes.find("url ");
  const std::size_t alias = bytes.find("alis");
  ASSERT_TRUE(at != std::string::npos || alias != std::string::npos);
  // The flag "the media is in this file" is the last byte of the four after the name.
  bytes[(at != std::string::npos ? at : alias) + 7] = 0;
  Write("outside.mov", bytes);
  // Refused, or read from this file: never from elsewhere.
  auto samples = Decode("outside.mov");
  EXPECT_TRUE(samples.ok() || samples.status().code() == Code::kInvalidArgument);
}

TEST_F(BadInput, RandomDamageNeverHangsOrCrashesUs) {
  Make(std::string(kTenSeconds) + "-c:a aac", "a.m4a");
  Make(std::string(kTenSeconds) + "-c:a libvorbis", "a.ogg");
  for (const char* name : {"a.m4a", "a.ogg"}) {
    for (unsigned seed = 1; seed <= 3; ++seed) {
      std::string bytes = Bytes(name);
      unsigned state = seed;
      for (int i = 0; i < 50; ++i) {
        state = state * 1664525 + 1013904223;
        bytes[state % bytes.size()] = static_cast<char>(state >> 24);
      }
      Write("damaged", bytes);
      auto samples = Decode("damaged");
      EXPECT_TRUE(samples.ok() || samples.status().code() == Code::kInvalidArgument)
          << name << " seed " << seed << ": " << samples.status().ToString();
    }
  }
}

int OpenDescriptors() {
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    (void)entry;
    ++count;
  }
  return count;
}

bool HasChildren() { return ::waitid(P_ALL, 0, nullptr, WEXITED | WNOHANG | WNOWAIT) == 0; }

TEST_F(BadInput, AStreamThatIsLeftEarlyLeavesNothingBehind) {
  Make("-f lavfi -i sine=d=600 -ar 16000", "long.wav");
  const int before = OpenDescriptors();
  {
    auto stream = Open("long.wav");
    VANG_ASSERT_OK(stream);
    float samples[100];
    VANG_ASSERT_OK((*stream)->Read(Context(), samples));
  }
  EXPECT_EQ(OpenDescriptors(), before);
  decoder_.reset();
  EXPECT_FALSE(HasChildren());
}

TEST_F(BadInput, ReadHonoursDeadlineAndStopAndGoesOnAfterwards) {
  Make("-f lavfi -i sine=d=2 -ar 16000", "a.wav");
  auto stream = Open("a.wav");
  VANG_ASSERT_OK(stream);
  float samples[4096];
  EXPECT_THAT((*stream)->Read(Context().WithTimeout(Duration(0)), samples),
              HasCode(Code::kDeadlineExceeded));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THAT((*stream)->Read(Context().WithStop(stop.get_token()), samples),
              HasCode(Code::kCancelled));
  std::size_t total = 0;
  while (true) {
    auto count = (*stream)->Read(Context(), samples);
    VANG_ASSERT_OK(count);
    if (*count == 0) break;
    total += *count;
  }
  EXPECT_EQ(total, 32000U);
}

TEST_F(BadInput, MemoryDoesNotGrowWithLength) {
  Make("-f lavfi -i sine=d=120 -ar 16000", "short.wav");
  Make("-f lavfi -i sine=d=2400 -ar 16000", "long.wav");
  auto peak_after = [&](const char* name) {
    auto stream = Open(name);
    EXPECT_THAT(stream, IsOk());
    std::vector<float> samples(16000);
    while (true) {
      auto count = (*stream)->Read(Context(), samples);
      EXPECT_THAT(count, IsOk());
      if (!count.ok() || *count == 0) break;
    }
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;  // kilobytes
  };
  const long small = peak_after("short.wav");
  // 2,280 s more are 146 MB of samples.
  EXPECT_LT(peak_after("long.wav") - small, 4096);
}

TEST_F(BadInput, ADecoderThatBringsNothingIsGivenUp) {
  decoder_.reset();
  FfmpegAudioDecoderConfig config = Playing("exec " + std::string(kProbe) + " wait");
  config.stall_timeout = Duration(50);
  auto decoder = OpenFfmpegAudioDecoder(config);
  VANG_ASSERT_OK(decoder);
  EXPECT_THAT((*decoder)->Ping(Context()), Fails(Code::kDeadlineExceeded, "brought no sound"));
  decoder->reset();
  EXPECT_FALSE(HasChildren());
}

TEST_F(BadInput, ADecoderThatWorksWithoutAnythingComingOfItBlamesTheFile) {
  decoder_.reset();
  FfmpegAudioDecoderConfig config = Playing("exec " + std::string(kProbe) + " spin");
  config.fruitless_processor_time = Duration(50);
  config.stall_timeout = Duration(300'000);
  auto decoder = OpenFfmpegAudioDecoder(config);
  VANG_ASSERT_OK(decoder);
  decoder_ = std::move(*decoder);
  Make("-f lavfi -i sine=d=1 -ar 16000", "a.wav");
  EXPECT_THAT(Decode("a.wav"), Fails(Code::kInvalidArgument, "leads nowhere"));
  decoder_.reset();
  EXPECT_FALSE(HasChildren());
}

TEST_F(BadInput, ADecoderThatCrashesOrSaysNothingSensibleBlamesTheFile) {
  Make("-f lavfi -i sine=d=1 -ar 16000", "a.wav");
  for (const auto& [what, message] :
       {std::pair("crash", "Segmentation fault"), std::pair("nonsense", "led astray"),
        std::pair("nothing", "holds no sound")}) {
    auto decoder = OpenFfmpegAudioDecoder(Playing("exec " + std::string(kProbe) + " " + what));
    VANG_ASSERT_OK(decoder);
    decoder_ = std::move(*decoder);
    EXPECT_THAT(Decode("a.wav"), Fails(Code::kInvalidArgument, message)) << what;
  }
}

TEST_F(BadInput, AProgramThatNeverAnswersIsStoppedWithTheCall) {
  decoder_.reset();
  Make("-f lavfi -i sine=d=1 -ar 16000", "a.wav");
  auto decoder = OpenFfmpegAudioDecoder(Playing("exec sleep 600"));
  VANG_ASSERT_OK(decoder);
  EXPECT_THAT((*decoder)->Ping(Context().WithTimeout(Duration(50))),
              HasCode(Code::kDeadlineExceeded));
  decoder->reset();
  EXPECT_FALSE(HasChildren());
}

TEST_F(BadInput, AProgramThatEndsAgainAndAgainIsUnavailable) {
  auto decoder = OpenFfmpegAudioDecoder(Playing("exit 1"));
  VANG_ASSERT_OK(decoder);
  EXPECT_THAT((*decoder)->Ping(Context()), Fails(Code::kUnavailable, "has ended"));
}

// The number of the child that runs vang-decoder and has forked no decoding itself.
pid_t WarmProgram() {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const auto stat = ReadFile(entry.path() / "stat");
    if (!stat.ok() || stat->find("(vang-decoder)") == std::string::npos) continue;
    std::istringstream fields(stat->substr(stat->rfind(')') + 1));
    std::string state;
    pid_t parent = 0;
    if (fields >> state >> parent && parent == ::getpid()) {
      return static_cast<pid_t>(std::stol(entry.path().filename()));
    }
  }
  return -1;
}

TEST_F(BadInput, AProgramThatIsKilledIsStartedAnewAndDecodingsGoOn) {
  Make("-f lavfi -i sine=d=60 -ar 16000", "a.wav");
  const pid_t first = WarmProgram();
  ASSERT_GT(first, 0);
  auto stream = Open("a.wav");
  VANG_ASSERT_OK(stream);
  ASSERT_EQ(::kill(first, SIGKILL), 0);
  auto samples = Decode("a.wav");
  VANG_ASSERT_OK(samples);
  EXPECT_EQ(samples->size(), 960'000U);
  float buffer[4096];
  std::size_t total = 0;
  while (true) {
    auto count = (*stream)->Read(Context(), buffer);
    VANG_ASSERT_OK(count);
    if (*count == 0) break;
    total += *count;
  }
  EXPECT_EQ(total, 960'000U);
  stream->reset();
  decoder_.reset();
  EXPECT_FALSE(HasChildren());
}

TEST_F(BadInput, AFileOfCountlessEmptyChunksIsRefusedUnread) {
  Make("-f lavfi -i sine=d=1 -ar 16000 -bitexact", "a.wav");
  const std::string sound = Bytes("a.wav");
  const auto with_chunks = [&](std::string_view chunk, int count) {
    std::string bytes = sound;
    for (int i = 0; i < count; ++i) bytes += chunk;
    Write("b.wav", bytes);
    return Decode("b.wav");
  };
  using std::string_view_literals::operator""sv;
  EXPECT_THAT(with_chunks("JUNK\0\0\0\0"sv, 1'100'000), Fails(Code::kInvalidArgument, "chunks"));
  for (const std::string_view harmless : {"JUNK\0\0\0\0"sv, "\0\0\0\0\0\0\0\0"sv}) {
    auto samples = with_chunks(harmless, 1'000);
    VANG_ASSERT_OK(samples);
    EXPECT_EQ(samples->size(), 16000U);
  }
}

TEST_F(BadInput, AMissingProgramIsSaidAtOnce) {
  FfmpegAudioDecoderConfig config = DecoderConfigForTest();
  config.program = "/nonexistent/decoder";
  EXPECT_THAT(OpenFfmpegAudioDecoder(config),
              Fails(Code::kFailedPrecondition, "/nonexistent/decoder"));
}

TEST_F(BadInput, ManyFilesDecodeAtOnce) {
  Make("-f lavfi -i sine=d=1 -ar 16000", "a.wav");
  std::vector<std::size_t> sizes(6);
  {
    std::vector<std::jthread> threads;
    threads.reserve(sizes.size());
    for (std::size_t& size : sizes) {
      threads.emplace_back([&] {
        auto samples = Decode("a.wav");
        size = samples.ok() ? samples->size() : 0;
      });
    }
  }
  EXPECT_THAT(sizes, testing::Each(16000U));
}

}  // namespace
}  // namespace vang
