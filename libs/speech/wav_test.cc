#include "libs/speech/wav.h"

#include <random>

#include "libs/base/status_matchers.h"

namespace vang {
namespace {

TEST(Wav, RoundTrips) {
  const std::vector<float> samples = {0, 0.5F, -0.5F, 2, -2};
  const auto sound = ParseWav(EncodeWav(samples, 16000));
  VANG_ASSERT_OK(sound);
  EXPECT_EQ(sound.value().sample_rate, 16000);
  ASSERT_EQ(sound.value().samples.size(), 5u);
  EXPECT_NEAR(sound.value().samples[1], 0.5, 1e-4);
  EXPECT_NEAR(sound.value().samples[3], 1, 1e-4);
  EXPECT_NEAR(sound.value().samples[4], -1, 1e-4);
}

TEST(Wav, AveragesChannelsAndSkipsChunksItDoesNotKnow) {
  std::string bytes = EncodeWav(std::vector<float>{0.5F, 0.25F, 0.5F, 0.25F}, 8000);
  bytes[22] = 2;  // two channels
  bytes.insert(12, std::string("LIST\x03\0\0\0abc\0", 12));
  const auto sound = ParseWav(bytes);
  VANG_ASSERT_OK(sound);
  ASSERT_EQ(sound.value().samples.size(), 2u);
  EXPECT_NEAR(sound.value().samples[0], 0.375, 1e-4);
}

TEST(Wav, TakesWhatIsThereOfACutFile) {
  const std::string bytes = EncodeWav(std::vector<float>(100, 0.1F), 16000);
  EXPECT_EQ(ParseWav(bytes.substr(0, 44 + 51)).value().samples.size(), 25u);
  EXPECT_THAT(ParseWav(bytes.substr(0, 40)), Fails(Code::kInvalidArgument, "no data"));
  EXPECT_THAT(ParseWav(""), Fails(Code::kInvalidArgument, "not a WAV"));
}

TEST(Wav, RefusesFormatsItDoesNotRead) {
  std::string bytes = EncodeWav(std::vector<float>(10, 0.1F), 16000);
  bytes[20] = 6;  // A-law
  EXPECT_THAT(ParseWav(bytes), Fails(Code::kInvalidArgument, "neither"));
  bytes[20] = 1;
  bytes[22] = 0;
  EXPECT_THAT(ParseWav(bytes), Fails(Code::kInvalidArgument, "channels"));
}

TEST(Wav, AnyBytesAreEitherASoundOrAnError) {
  const std::string good = EncodeWav(std::vector<float>(50, 0.1F), 16000);
  std::mt19937 random(6);
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = good.substr(0, random() % (good.size() + 1));
    for (int flips = 0; flips < 4 && !bytes.empty(); ++flips) {
      bytes[random() % std::min<std::size_t>(bytes.size(), 48)] = static_cast<char>(random());
    }
    const auto sound = ParseWav(bytes);
    EXPECT_TRUE(!sound.ok() || sound.value().samples.size() <= bytes.size());
  }
}

}  // namespace
}  // namespace vang
