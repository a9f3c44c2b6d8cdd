#include "libs/adapters/transcriber/worker/wire.h"

#include <cmath>

#include "libs/base/status_matchers.h"

namespace vang::recognizer_wire {
namespace {

Recognition Sample() {
  Recognition recognition;
  recognition.tokens = {{"▁b", 0.1, 0.2, 0.5}, {"à", 0.2, 0.3, 1}};
  recognition.words = {{"bà", 0.1, 0.3, 0.75, 0, 2}};
  return recognition;
}

TEST(RecognizerWire, BringsBackWhatWasSent) {
  const auto back = DecodeRecognition(EncodeRecognition(Sample()));
  VANG_ASSERT_OK(back);
  ASSERT_EQ(back->tokens.size(), 2u);
  EXPECT_EQ(back->tokens[1].text, "à");
  ASSERT_EQ(back->words.size(), 1u);
  EXPECT_EQ(back->words[0].text, "bà");
  EXPECT_EQ(back->words[0].confidence, 0.75);
  EXPECT_EQ(back->words[0].token_count, 2u);

  const std::vector<float> samples = {0, 0.5F, -1};
  EXPECT_EQ(DecodeSamples(EncodeSamples(samples)).value(), samples);
  EXPECT_EQ(DecodeFailure(EncodeFailure(NotFound("no \xff file"))), NotFound("no \uFFFD file"));
}

TEST(RecognizerWire, RefusesEveryCutOffResult) {
  const std::string whole = EncodeRecognition(Sample());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THAT(DecodeRecognition(whole.substr(0, size)), HasCode(Code::kDataLoss)) << size;
  }
  EXPECT_THAT(DecodeRecognition(whole + "x"), HasCode(Code::kDataLoss));
}

TEST(RecognizerWire, RefusesResultsThatLie) {
  const auto refused = [](auto change) {
    Recognition recognition = Sample();
    change(&recognition);
    EXPECT_THAT(DecodeRecognition(EncodeRecognition(recognition)), HasCode(Code::kDataLoss));
  };
  refused([](Recognition* r) { r->words[0].token_count = 3; });
  refused([](Recognition* r) { r->words[0].first_token = 0xFFFFFFFF; });
  refused([](Recognition* r) { r->words[0].start = -1; });
  refused([](Recognition* r) { r->words[0].end = 0; });
  refused([](Recognition* r) { r->tokens[0].end = NAN; });
  refused([](Recognition* r) { r->tokens[0].confidence = 1.5; });
  refused([](Recognition* r) { r->tokens[0].text = "\xc6"; });
}

TEST(RecognizerWire, RefusesHeadersAndSamplesOutOfBounds) {
  const std::string message = EncodeMessage(MessageType::kReady, "");
  VANG_EXPECT_OK(DecodeHeader(message));
  EXPECT_THAT(DecodeHeader(message.substr(0, 4)), HasCode(Code::kDataLoss));
  EXPECT_THAT(DecodeHeader(std::string("\xff\xff\xff\xff\x01", 5)), HasCode(Code::kDataLoss));
  EXPECT_THAT(DecodeHeader(std::string("\0\0\0\0\x09", 5)), HasCode(Code::kDataLoss));
  EXPECT_THAT(DecodeSamples("abc"), HasCode(Code::kDataLoss));
  EXPECT_THAT(DecodeSamples(std::string(4 * (kMaxSamples + 1), '\0')), HasCode(Code::kDataLoss));
  EXPECT_THAT(DecodeFailure(""), HasCode(Code::kDataLoss));
}

}  // namespace
}  // namespace vang::recognizer_wire
