#include "libs/vietnamese/ngram.h"

#include <cmath>
#include <random>

#include "libs/base/file.h"
#include "libs/base/sha256.h"
#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"
#include "libs/vietnamese/ngram_builder.h"

namespace vang {
namespace {

using Words = std::vector<std::string_view>;

// "cảm ơn bạn" is frequent, "cảm ơn em" is rarer, and there is a gap to learn across.
void AddSmallText(NgramBuilder* builder) {
  builder->BeginCorpus();
  for (int i = 0; i < 6; ++i) builder->AddSentence(Words{"cảm", "ơn", "bạn"});
  for (int i = 0; i < 2; ++i) builder->AddSentence(Words{"cảm", "ơn", "em"});
  builder->AddSentence(Words{"ơn", "trời", "", "em", "về"});
  builder->AddSentence(Words{"em", "về", "bạn", "về"});
}

std::string SmallModel() {
  NgramBuilder builder;
  AddSmallText(&builder);
  NgramBuildOptions options;
  options.min_word_count = 1;
  return builder.Build(options).value().bytes;
}

double SumOverWords(const NgramModel& model, std::span<const WordId> context) {
  double sum = 0;
  for (WordId word = 0; word < model.vocabulary().size(); ++word) {
    sum += std::exp(static_cast<double>(model.LogProb(context, word)));
  }
  return sum;
}

TEST(NgramModel, PrefersWhatItSawMoreOften) {
  const auto model = NgramModel::Parse(SmallModel());
  VANG_ASSERT_OK(model);
  const Vocabulary& words = model.value()->vocabulary();
  const std::vector<WordId> context = {words.Find("cảm"), words.Find("ơn")};
  EXPECT_GT(model.value()->LogProb(context, words.Find("bạn")),
            model.value()->LogProb(context, words.Find("em")));
  EXPECT_GT(model.value()->LogProb(context, words.Find("em")),
            model.value()->LogProb(context, words.Find("cảm")));
  EXPECT_EQ(words.Find("chưa-thấy"), Vocabulary::kUnknown);
}

TEST(NgramModel, EveryContextSumsToOne) {
  const auto model = NgramModel::Parse(SmallModel());
  VANG_ASSERT_OK(model);
  const auto size = static_cast<WordId>(model.value()->vocabulary().size());
  EXPECT_NEAR(SumOverWords(*model.value(), {}), 1.0, 1e-3);
  for (WordId first = 0; first < size; ++first) {
    EXPECT_NEAR(SumOverWords(*model.value(), std::vector<WordId>{first}), 1.0, 1e-3);
    for (WordId second = 0; second < size; ++second) {
      EXPECT_NEAR(SumOverWords(*model.value(), std::vector<WordId>{first, second}), 1.0, 1e-3)
          << first << " " << second;
    }
  }
}

TEST(NgramModel, OnlyTheLastTwoWordsOfContextMatter) {
  const auto model = NgramModel::Parse(SmallModel());
  VANG_ASSERT_OK(model);
  EXPECT_EQ(model.value()->LogProb(std::vector<WordId>{7, 4, 5}, 6),
            model.value()->LogProb(std::vector<WordId>{3, 4, 5}, 6));
}

// 2,000 random sentences over 40 words whose next word depends on the last two.
void AddRandomText(unsigned seed, NgramBuilder* builder, std::vector<std::vector<std::string>>* out,
                   std::size_t sentences) {
  std::mt19937 random(seed);
  for (std::size_t i = 0; i < sentences; ++i) {
    std::vector<std::string> sentence = {"w0", "w1"};
    std::uint64_t a = 0;
    std::uint64_t b = 1;
    for (int length = 0; length < 10; ++length) {
      const auto next = (a * 7 + b * 3 + (random() % 4 == 0 ? random() % 20 : 1)) % 40;
      sentence.push_back("w" + std::to_string(next));
      a = b;
      b = next;
    }
    if (builder != nullptr) builder->AddSentence(Words(sentence.begin(), sentence.end()));
    if (out != nullptr) out->push_back(sentence);
  }
}

TEST(NgramModel, LearnsWhatThePairBeforePredicts) {
  NgramBuilder builder;
  AddRandomText(1, &builder, nullptr, 2000);
  const auto model = NgramModel::Parse(builder.Build({}).value().bytes);
  VANG_ASSERT_OK(model);
  std::vector<std::vector<std::string>> fresh;
  AddRandomText(2, nullptr, &fresh, 200);
  const Perplexity perplexity = MeasurePerplexity(*model.value(), fresh);
  EXPECT_EQ(perplexity.unknown, 0u);
  EXPECT_LT(perplexity.value, 6.0);  // The source itself is near 4; without context it is near 40.
}

TEST(NgramModel, PruningKeepsTheSizesAndMostOfTheQuality) {
  NgramBuilder builder;
  AddRandomText(1, &builder, nullptr, 2000);
  NgramBuildOptions options;
  options.max_bigrams = 600;
  options.max_trigrams = 300;
  const auto full = NgramModel::Parse(builder.Build({}).value().bytes);
  const auto small = NgramModel::Parse(builder.Build(options).value().bytes);
  VANG_ASSERT_OK(full);
  VANG_ASSERT_OK(small);
  EXPECT_GT(full.value()->trigrams(), 2000u);
  EXPECT_LE(small.value()->trigrams(), 300u);
  EXPECT_LE(small.value()->bigrams(), 600u);
  std::vector<std::vector<std::string>> fresh;
  AddRandomText(2, nullptr, &fresh, 200);
  EXPECT_LT(MeasurePerplexity(*small.value(), fresh).value,
            3 * MeasurePerplexity(*full.value(), fresh).value);
  EXPECT_NEAR(SumOverWords(*small.value(), std::vector<WordId>{5, 9}), 1.0, 1e-2);
}

TEST(NgramBuilder, GivesTheMatchingCorpusTheWeight) {
  NgramBuilder builder;
  builder.BeginCorpus();
  for (int i = 0; i < 50; ++i) builder.AddSentence(Words{"luật", "này", "quy", "định"});
  builder.BeginCorpus();
  for (int i = 0; i < 5; ++i) builder.AddSentence(Words{"em", "về", "nhé"});
  for (int i = 0; i < 3; ++i) builder.AddTuningSentence(Words{"em", "về", "nhé"});
  const auto build = builder.Build({});
  VANG_ASSERT_OK(build);
  ASSERT_EQ(build.value().weights.size(), 2u);
  EXPECT_GT(build.value().weights[1], 0.9);
  EXPECT_NEAR(build.value().weights[0] + build.value().weights[1], 1.0, 1e-9);
}

TEST(NgramBuilder, TakesWeightsThatAreGiven) {
  NgramBuilder builder;
  builder.BeginCorpus();
  builder.AddSentence(Words{"luật", "này"});
  builder.BeginCorpus();
  builder.AddSentence(Words{"em", "về"});
  NgramBuildOptions options;
  options.min_word_count = 1;
  options.weights = {1, 3};
  const auto build = builder.Build(options);
  VANG_ASSERT_OK(build);
  EXPECT_NEAR(build.value().weights[1], 0.75, 1e-9);
  const auto model = NgramModel::Parse(build.value().bytes).value();
  EXPECT_GT(model->LogProb({}, model->vocabulary().Find("em")),
            model->LogProb({}, model->vocabulary().Find("luật")) + 0.5F);
  options.weights = {1};
  EXPECT_THAT(builder.Build(options), Fails(Code::kInvalidArgument, "weights"));
  options.weights = {0, 0};
  EXPECT_THAT(builder.Build(options), HasCode(Code::kInvalidArgument));
}

TEST(NgramBuilder, GivesTheSameBytesForTheSameText) { EXPECT_EQ(SmallModel(), SmallModel()); }

TEST(NgramBuilder, RefusesToBuildFromNothing) {
  EXPECT_THAT(NgramBuilder().Build({}), Fails(Code::kFailedPrecondition, "no text"));
}

TEST(NgramModel, LoadsWhatWasWrittenAndNamesAMissingFile) {
  TempFolder folder;
  VANG_ASSERT_OK(WriteFileDurably(folder.path() / "lm.bin", SmallModel()));
  VANG_EXPECT_OK(NgramModel::Load(folder.path() / "lm.bin"));
  EXPECT_THAT(NgramModel::Load(folder.path() / "none.bin"), Fails(Code::kNotFound, "none.bin"));
}

TEST(NgramModel, RefusesEveryCutAndEveryFlippedByte) {
  const std::string good = SmallModel();
  for (std::size_t length = 0; length < good.size(); length += 7) {
    EXPECT_THAT(NgramModel::Parse(good.substr(0, length)), HasCode(Code::kDataLoss));
  }
  for (std::size_t at = 0; at < good.size(); at += 13) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x41);
    EXPECT_THAT(NgramModel::Parse(bad), HasCode(Code::kDataLoss)) << at;
  }
}

// With a fitting checksum the contents are hostile on purpose: either refused, or safe to query.
TEST(NgramModel, SurvivesHostileContentsUnderAValidChecksum) {
  const std::string good = SmallModel();
  const std::size_t header = good.find('\n') + 1;
  const std::size_t body = header + 64;
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    std::string bad = good;
    for (auto flips = 1 + random() % 3; flips > 0; --flips) {
      // The four counts, the vocabulary and the arrays; the code books in between are long.
      const std::size_t offset = random() % 2 == 0 ? random() % 64 : random() % (bad.size() - body);
      bad[body + offset] = static_cast<char>(random());
    }
    bad.replace(header, 64, Sha256Hex(bad.substr(body)));
    const auto model = NgramModel::Parse(bad);
    if (!model.ok()) continue;
    const auto size = static_cast<WordId>(model.value()->vocabulary().size());
    for (WordId a = 0; a < size; ++a) {
      for (WordId b = 0; b < size; ++b) {
        EXPECT_TRUE(std::isfinite(model.value()->LogProb(std::vector<WordId>{a, b}, a)));
      }
    }
  }
}

TEST(Vocabulary, RefusesWhatIsNotAWord) {
  EXPECT_THAT(Vocabulary::Create({"a", "a"}), Fails(Code::kInvalidArgument, "twice"));
  EXPECT_THAT(Vocabulary::Create({"a b"}), HasCode(Code::kInvalidArgument));
  EXPECT_THAT(Vocabulary::Create({""}), HasCode(Code::kInvalidArgument));
  EXPECT_THAT(Vocabulary::Create({"\xFF"}), HasCode(Code::kInvalidArgument));
  EXPECT_THAT(Vocabulary::Parse("a\nb"), HasCode(Code::kInvalidArgument));
}

TEST(Vocabulary, KeepsItsWordsWhenMoved) {
  auto made = Vocabulary::Create({"ạ", "nghiêng"});
  VANG_ASSERT_OK(made);
  const Vocabulary moved = std::move(made).value();
  EXPECT_EQ(moved.Find("nghiêng"), Vocabulary::kFirstWord + 1);
  EXPECT_EQ(moved.Word(Vocabulary::kFirstWord), "ạ");
  EXPECT_EQ(Vocabulary::Parse(moved.Serialize()).value().size(), moved.size());
}

}  // namespace
}  // namespace vang
