#include "libs/speech/ctc_recognizer.h"

#include <cmath>
#include <random>
#include <thread>

#include "libs/base/file.h"
#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"
#include "libs/speech/onnx_session.h"
#include "libs/speech/onnx_writer.h"
#include "libs/vietnamese/ngram_builder.h"

namespace vang {
namespace {

constexpr std::string_view kTokens = "<blk> 0\n<unk> 1\n▁b 2\nà 3\n";

// A network that hears loudness: silence is blank, hiss the onset, noise the rime. Its rows are the
// mean of seven feature frames, one every four, so 40 ms apart.
std::string LoudnessNetwork(std::int64_t units = 4, std::int64_t bins = 80) {
  OnnxWriter writer;
  writer.AddInput("x", false, {-1, -1, bins});
  writer.AddInput("x_lens", true, {-1});
  writer.AddOutput("log_probs", false, {-1, -1, units});
  writer.AddOutput("log_probs_lens", true, {-1});
  // With m the mean log energy: blank -4(m + 13), <unk> never, onset 0, rime 4(m + 7).
  std::vector<float> weights;
  for (std::int64_t bin = 0; bin < bins; ++bin) {
    for (std::int64_t unit = 0; unit < units; ++unit) {
      weights.push_back((unit == 0 ? -4.0F : unit == 3 ? 4.0F : 0.0F) / static_cast<float>(bins));
    }
  }
  std::vector<float> bias(static_cast<std::size_t>(units), 0.0F);
  bias[0] = -52;
  bias[1] = -50;
  bias[3] = 28;
  writer.AddWeights("weights", {bins, units}, weights);
  writer.AddWeights("bias", {units}, bias);
  writer.AddIntegers("three", {}, std::vector<std::int64_t>{3});
  writer.AddIntegers("four", {}, std::vector<std::int64_t>{4});
  writer.AddNode("Transpose", {"x"}, "channels", {{"perm", {0, 2, 1}}});
  writer.AddNode("AveragePool", {"channels"}, "pooled", {{"kernel_shape", {7}}, {"strides", {4}}});
  writer.AddNode("Transpose", {"pooled"}, "rows", {{"perm", {0, 2, 1}}});
  writer.AddNode("MatMul", {"rows", "weights"}, "product");
  writer.AddNode("Add", {"product", "bias"}, "logits");
  writer.AddNode("LogSoftmax", {"logits"}, "log_probs", {{"axis", {-1}, false}});
  writer.AddNode("Sub", {"x_lens", "three"}, "less");
  writer.AddNode("Div", {"less", "four"}, "log_probs_lens");
  writer.AddMetadata("model_type", "zipformer2_ctc");
  return writer.Bytes();
}

class CtcRecognizerTest : public testing::Test {
 protected:
  CtcRecognizerTest() {
    Write("model.onnx", LoudnessNetwork());
    Write("tokens.txt", kTokens);
  }

  void Write(const std::string& name, std::string_view bytes) {
    VANG_EXPECT_OK(WriteFileDurably(folder_.path() / name, bytes));
  }
  Result<std::unique_ptr<CtcRecognizer>> Open() { return CtcRecognizer::Open(folder_.path()); }

  // Seconds of noise with the given amplitude.
  void Add(double seconds, float amplitude) {
    for (int i = 0; i < static_cast<int>(seconds * 16000); ++i) {
      samples_.push_back(amplitude * normal_(random_));
    }
  }

  TempFolder folder_;
  std::vector<float> samples_;
  std::mt19937 random_{9};
  std::normal_distribution<float> normal_{0, 1};
};

TEST_F(CtcRecognizerTest, HearsWhereThingsAre) {
  const auto recognizer = Open();
  VANG_ASSERT_OK(recognizer);
  const std::vector<std::pair<double, float>> parts = {{0.5, 0.0F}, {0.2, 0.0007F}, {0.3, 0.2F},
                                                       {0.6, 0.0F}, {0.2, 0.0007F}, {0.3, 0.2F},
                                                       {0.4, 0.0F}};
  for (const auto& [seconds, amplitude] : parts) Add(seconds, amplitude);
  const auto text = recognizer.value()->Recognize(samples_);
  VANG_ASSERT_OK(text);
  ASSERT_EQ(text.value().words.size(), 2u);
  EXPECT_EQ(text.value().words[0].text, "bà");
  EXPECT_NEAR(text.value().words[0].start, 0.5, 0.06);
  EXPECT_NEAR(text.value().words[0].end, 1.0 + CtcText::kTail, 0.06);
  EXPECT_NEAR(text.value().words[1].start, 1.6, 0.06);
  EXPECT_GT(text.value().words[0].confidence, 0.9);
}

TEST_F(CtcRecognizerTest, ScoresAreLogProbabilitiesEvery40Milliseconds) {
  const auto recognizer = Open();
  VANG_ASSERT_OK(recognizer);
  Add(2, 0.01F);
  const auto scores = recognizer.value()->Score(samples_);
  VANG_ASSERT_OK(scores);
  ASSERT_EQ(scores.value().view().frames(), (200u - 3) / 4);
  for (std::size_t t = 0; t < scores.value().view().frames(); ++t) {
    double sum = 0;
    for (const float v : scores.value().view().frame(t)) sum += std::exp(static_cast<double>(v));
    EXPECT_NEAR(sum, 1, 1e-4);
  }
}

TEST_F(CtcRecognizerTest, TooShortASoundSaysNothing) {
  const auto recognizer = Open();
  VANG_ASSERT_OK(recognizer);
  for (const std::size_t count : {0u, 1u, 160u, 1039u}) {
    const auto text = recognizer.value()->Recognize(std::vector<float>(count, 0.1F));
    VANG_ASSERT_OK(text);
    EXPECT_TRUE(text.value().words.empty()) << count;
  }
  VANG_EXPECT_OK(recognizer.value()->Recognize(std::vector<float>(1040, 0.1F)));
}

TEST_F(CtcRecognizerTest, ServesSeveralThreadsAtOnce) {
  const auto recognizer = Open();
  VANG_ASSERT_OK(recognizer);
  for (int i = 0; i < 3; ++i) {
    Add(0.2, 0.0007F);
    Add(0.3, 0.2F);
    Add(0.3, 0);
  }
  std::vector<std::size_t> words(4, 0);
  {
    std::vector<std::jthread> threads;
    for (std::size_t& count : words) {
      threads.emplace_back([&] {
        for (int round = 0; round < 5; ++round) {
          const auto text = recognizer.value()->Recognize(samples_);
          if (text.ok()) count += text.value().words.size();
        }
      });
    }
  }
  EXPECT_THAT(words, testing::Each(15u));
}

TEST_F(CtcRecognizerTest, BearsSoundsThatAreNoNumbers) {
  const auto recognizer = Open();
  VANG_ASSERT_OK(recognizer);
  VANG_EXPECT_OK(recognizer.value()->Recognize(std::vector<float>(16000, NAN)));
  const std::vector<float> huge(16000, 1e38F);
  EXPECT_TRUE(recognizer.value()->Recognize(huge).ok() ||
              recognizer.value()->Recognize(huge).status().code() == Code::kInvalidArgument);
}

TEST_F(CtcRecognizerTest, TakesTheLanguageModelAndTheDecoderOptionsOfTheFolder) {
  NgramBuilder builder;
  for (int i = 0; i < 3; ++i) builder.AddSentence(std::vector<std::string_view>{"bà", "bà"});
  Write("lm.bin", builder.Build({}).value().bytes);
  Write("model.json", R"({"id": "x", "decoder": {"beam": 5, "lm_weight": 0.75}})");
  const auto recognizer = Open();
  VANG_ASSERT_OK(recognizer);
  EXPECT_NE(recognizer.value()->language_model(), nullptr);
  EXPECT_EQ(recognizer.value()->decoder_options().beam, 5);
  EXPECT_EQ(recognizer.value()->decoder_options().lm_weight, 0.75F);
}

TEST_F(CtcRecognizerTest, SaysWhichFileIsWrong) {
  const auto refused = [&](const std::string& name, std::string_view bytes, const char* why) {
    Write(name, bytes);
    const auto opened = Open();
    EXPECT_FALSE(opened.ok()) << name;
    EXPECT_THAT(opened.status().message(), testing::HasSubstr(why)) << name;
    std::filesystem::remove(folder_.path() / name);
    Write("model.onnx", LoudnessNetwork());
    Write("tokens.txt", kTokens);
  };
  refused("model.onnx", "not a network", "model.onnx is not a network");
  refused("model.onnx", "", "model.onnx is not a network");
  refused("model.onnx", LoudnessNetwork().substr(0, 400), "model.onnx is not a network");
  refused("model.onnx", LoudnessNetwork(5), "tokens.txt");
  refused("model.onnx", LoudnessNetwork(4, 40), "x must be");
  refused("tokens.txt", "<blk> 0\n▁b 1\nà 2\n", "tokens.txt");
  refused("tokens.txt", "<blk> 0\n", "tokens.txt");
  refused("lm.bin", "junk", "lm.bin");
  refused("model.json", "{", "model.json");
  refused("model.json", R"({"decoder": {"beam": 0}})", "beam");
  refused("model.json", R"({"decoder": {"bean": 7}})", "bean");
  VANG_EXPECT_OK(Open());
  std::filesystem::remove(folder_.path() / "model.onnx");
  EXPECT_THAT(Open(), Fails(Code::kNotFound, "model.onnx"));
}

TEST_F(CtcRecognizerTest, ReadsMetadataAndNamesOfANetwork) {
  const auto session = OnnxSession::Open(folder_.path() / "model.onnx");
  VANG_ASSERT_OK(session);
  EXPECT_EQ(session.value()->Metadata("model_type"), "zipformer2_ctc");
  EXPECT_EQ(session.value()->Metadata("none"), "");
  EXPECT_EQ(ToString(session.value()->inputs()[0]), "x float[-1,-1,80]");
  EXPECT_THAT(session.value()->Run({}), Fails(Code::kInvalidArgument, "2 inputs"));
  const std::vector<OnnxTensor> bad = {FloatTensor({1, 2, 3}, {1, 2, 3, 4, 5, 6}),
                                       IntegerTensor({1}, {2})};
  EXPECT_THAT(session.value()->Run(bad), HasCode(Code::kInvalidArgument));
  const std::vector<OnnxTensor> lying = {FloatTensor({1, 200, 80}, {1, 2}),
                                         IntegerTensor({1}, {200})};
  EXPECT_THAT(session.value()->Run(lying), HasCode(Code::kInvalidArgument));
}

}  // namespace
}  // namespace vang
