#include "libs/adapters/audio_decoder/ffmpeg/ffmpeg_audio_decoder.h"

#include "libs/adapters/audio_decoder/ffmpeg/decoder_test_util.h"

namespace vang {
namespace {

struct Case {
  const char* name;     // the file that is written
  const char* options;  // of the encoder
  double slack = 0;     // seconds that the codec may add or lose
  double share = 0.99;  // of the energy that must be the sine's
};

void PrintTo(const Case& test_case, std::ostream* out) { *out << test_case.name; }

class Formats : public DecoderTest, public testing::WithParamInterface<Case> {};

// A sine of amplitude 0.25 and 440 Hz, 3 s long.
constexpr char kSine[] = "-f lavfi -i \"aevalsrc=0.25*sin(440*2*PI*t):s=48000:d=3\" ";

TEST_P(Formats, KeepLengthLoudnessAndPitch) {
  ASSERT_NO_FATAL_FAILURE(Make(kSine + std::string(GetParam().options), GetParam().name));
  auto samples = Decode(GetParam().name);
  VANG_ASSERT_OK(samples);
  EXPECT_NEAR(static_cast<double>(samples->size()), 48000, 1 + GetParam().slack * 16000);
  EXPECT_NEAR(Loudness(*samples), 0.25 / std::sqrt(2), 0.01);
  EXPECT_GT(ShareAt(*samples, 440), GetParam().share);
}

INSTANTIATE_TEST_SUITE_P(
    All, Formats,
    testing::Values(
        Case{"wav8.wav", "-ar 8000"}, Case{"wav16.wav", "-ar 16000"},
        Case{"wav44.wav", "-ar 44100"}, Case{"wav48.wav", "-ar 48000"},
        Case{"stereo8.wav", "-ar 8000 -af 'pan=stereo|c0=c0|c1=c0'"},
        Case{"stereo44.wav", "-ar 44100 -af 'pan=stereo|c0=c0|c1=c0'"},
        Case{"stereo48.wav", "-ar 48000 -af 'pan=stereo|c0=c0|c1=c0'"},
        Case{"u8.wav", "-c:a pcm_u8", 0, 0.98}, Case{"float.wav", "-c:a pcm_f32le"},
        Case{"s24.wav", "-c:a pcm_s24le"}, Case{"alaw.wav", "-c:a pcm_alaw"},
        Case{"adpcm.wav", "-c:a adpcm_ima_wav", 0.1}, Case{"rf64.wav", "-rf64 always"},
        Case{"wave64.w64", ""}, Case{"sun.au", ""}, Case{"apple.aiff", ""}, Case{"apple.caf", ""},
        Case{"lame.mp3", "-b:a 64k", 0.1}, Case{"stereo.mp3", "-af 'pan=stereo|c0=c0|c1=c0'", 0.1},
        Case{"untagged.mp3", "-write_xing 0 -id3v2_version 0", 0.1},
        Case{"apple.m4a", "-c:a aac", 0.1}, Case{"fast.m4a", "-c:a aac -movflags faststart", 0.1},
        Case{"alac.m4a", "-c:a alac", 0.01}, Case{"stream.aac", "-c:a aac", 0.15},
        Case{"vorbis.ogg", "-c:a libvorbis", 0.05}, Case{"opus.ogg", "-c:a libopus", 0.05},
        Case{"whatsapp.opus", "-c:a libopus -b:a 16k", 0.05},
        Case{"browser.webm", "-c:a libopus", 0.05}, Case{"live.webm", "-c:a libopus -live 1", 0.05},
        Case{"free.flac", "-c:a flac"}, Case{"flac.ogg", "-c:a flac", 0.01},
        Case{"windows.wma", "-c:a wmav2", 0.15}, Case{"sound.mkv", "-c:a aac", 0.1},
        Case{"sound.mov", "-c:a pcm_s16le"}),
    [](const testing::TestParamInfo<Case>& made) {
      std::string name = made.param.name;
      for (char& c : name) c = c == '.' ? '_' : c;
      return name;
    });

TEST_F(DecoderTest, AveragesTheChannels) {
  // 0.4 on the left, silence on the right; and six channels of which one speaks.
  Make("-f lavfi -i \"aevalsrc='0.4*sin(440*2*PI*t)|0':s=48000:d=2\"", "left.wav");
  auto left = Decode("left.wav");
  VANG_ASSERT_OK(left);
  EXPECT_NEAR(Loudness(*left), 0.2 / std::sqrt(2), 0.002);
  // Two equal channels at full scale must not clip.
  Make("-f lavfi -i \"aevalsrc='0.9*sin(440*2*PI*t)|0.9*sin(440*2*PI*t)':s=48000:d=2\"",
       "both.wav");
  auto both = Decode("both.wav");
  VANG_ASSERT_OK(both);
  EXPECT_NEAR(Loudness(*both), 0.9 / std::sqrt(2), 0.01);
  for (const int channels : {3, 4, 6, 8}) {
    Make("-f lavfi -i sine=d=1 -ac " + std::to_string(channels), "many.wav");
    auto many = Decode("many.wav");
    VANG_ASSERT_OK(many);
    EXPECT_EQ(many->size(), 16000U);
  }
}

TEST_F(DecoderTest, PingDecodesASound) { VANG_EXPECT_OK(decoder_->Ping(Context())); }

}  // namespace
}  // namespace vang
