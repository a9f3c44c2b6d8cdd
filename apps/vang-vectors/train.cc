#include <fmt/core.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <set>

#include "apps/vang-vectors/commands.h"
#include "apps/vang-vectors/cooccurrence.h"
#include "apps/vang-vectors/corpus.h"
#include "apps/vang-vectors/eigen.h"
#include "apps/vang-vectors/units.h"
#include "libs/adapters/embedder/static_vectors/vector_model.h"
#include "libs/base/file.h"
#include "libs/vietnamese/plain_text.h"

namespace vang {
namespace {

std::string Joined(const std::vector<std::string>& words, std::size_t count) {
  std::string joined;
  for (std::size_t i = 0; i < count; ++i) (joined += words[i]) += ' ';
  return joined;
}

// Whether a paragraph without a title begins with one that is held out: the same article, copied
// elsewhere.
bool BeginsWithAny(const std::set<std::string>& titles, std::string_view text) {
  constexpr std::size_t kLongestTitle = 12;
  const std::vector<std::string> words = FoldedWords(text.substr(0, 400));
  for (std::size_t count = 1; count <= std::min(words.size(), kLongestTitle); ++count) {
    if (titles.contains(Joined(words, count))) return true;
  }
  return false;
}

Status Read(const TrainArguments& arguments, UnitMiner* miner) {
  std::set<std::string> held_out;
  for (const std::string& path : arguments.corpora) {
    VANG_RETURN_IF_ERROR(ForEachParagraph(path, [&](const Paragraph& paragraph) {
      if (!IsHeldOut(paragraph.title)) return;
      const std::vector<std::string> words = FoldedWords(paragraph.title);
      held_out.insert(Joined(words, words.size()));
    }));
  }
  std::size_t left_out = 0;
  for (const std::string& path : arguments.corpora) {
    VANG_RETURN_IF_ERROR(ForEachParagraph(path, [&](const Paragraph& paragraph) {
      if (IsHeldOut(paragraph.title) ||
          (paragraph.title.empty() && BeginsWithAny(held_out, paragraph.text))) {
        ++left_out;
        return;
      }
      miner->AddParagraph(paragraph.text);
    }));
  }
  if (!arguments.headwords.empty()) {
    VANG_RETURN_IF_ERROR(ForEachParagraph(
        arguments.headwords, [&](const Paragraph& line) { miner->AddHeadword(line.text); }));
  }
  fmt::print("{} words; {} articles and {} paragraphs held out\n", miner->words(), held_out.size(),
             left_out);
  return {};
}

// Unit length, then a byte a component.
std::vector<std::int8_t> Quantise(std::vector<float>* rows, std::size_t dimension) {
  std::vector<std::int8_t> bytes(rows->size());
  for (std::size_t begin = 0; begin < rows->size(); begin += dimension) {
    float largest = 0;
    float squares = 0;
    for (std::size_t i = begin; i < begin + dimension; ++i) {
      largest = std::max(largest, std::abs((*rows)[i]));
      squares += (*rows)[i] * (*rows)[i];
    }
    if (largest == 0) continue;
    for (std::size_t i = begin; i < begin + dimension; ++i) {
      bytes[i] = static_cast<std::int8_t>(std::lround((*rows)[i] / largest * 127));
      (*rows)[i] /= std::sqrt(squares);
    }
  }
  return bytes;
}

// The strongest direction of what the paragraphs of the training text add up to.
std::vector<float> CommonDirection(const UnitCorpus& corpus, const VectorModel& model,
                                   const std::vector<float>& rows) {
  constexpr std::size_t kParagraphs = 20'000;
  const std::size_t dimension = model.dimension;
  std::vector<std::vector<float>> sums;
  std::vector<float> sum(dimension);
  bool any = false;
  for (const std::uint32_t unit : corpus.text) {
    if (unit != UnitCorpus::kBreak) {
      const float share = static_cast<float>(corpus.counts[unit]) / static_cast<float>(model.total);
      const float weight = model.rarity / (model.rarity + share);
      for (std::size_t i = 0; i < dimension; ++i) sum[i] += weight * rows[unit * dimension + i];
      any = true;
      continue;
    }
    float squares = 0;
    for (const float component : sum) squares += component * component;
    if (any && squares > 0) {
      for (float& component : sum) component /= std::sqrt(squares);
      sums.push_back(sum);
    }
    std::fill(sum.begin(), sum.end(), 0.0F);
    any = false;
  }
  std::vector<float> direction(dimension, 1.0F);
  const std::size_t step = std::max<std::size_t>(1, sums.size() / kParagraphs);
  for (int round = 0; round < 30; ++round) {
    std::vector<float> next(dimension);
    for (std::size_t at = 0; at < sums.size(); at += step) {
      float along = 0;
      for (std::size_t i = 0; i < dimension; ++i) along += sums[at][i] * direction[i];
      for (std::size_t i = 0; i < dimension; ++i) next[i] += along * sums[at][i];
    }
    float squares = 0;
    for (const float component : next) squares += component * component;
    if (squares == 0) return std::vector<float>(dimension);
    for (float& component : next) component /= std::sqrt(squares);
    direction = std::move(next);
  }
  return direction;
}

}  // namespace

Status Train(const TrainArguments& arguments) {
  const auto began = std::chrono::steady_clock::now();
  const auto seconds = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  };
  UnitCorpus corpus;
  {
    UnitMiner miner;
    VANG_RETURN_IF_ERROR(Read(arguments, &miner));
    UnitOptions options;
    options.max_units = arguments.units;
    corpus = miner.Mine(options);
  }
  if (corpus.units.empty()) return InvalidArgument("no word of the corpora is frequent enough");
  fmt::print("{:.0f} s: {} units\n", seconds(), corpus.units.size());
  const SparseMatrix matrix = PositiveMutualInformation(corpus, {});
  fmt::print("{:.0f} s: {} pairs\n", seconds(), matrix.columns.size());
  EigenOptions options;
  options.dimension = arguments.dimension;
  std::vector<float> rows = SpectralRows(matrix, arguments.power, options);

  VectorModel model;
  model.id = arguments.id;
  model.dimension = static_cast<std::uint32_t>(arguments.dimension);
  model.rarity = static_cast<float>(arguments.rarity);
  for (const std::uint32_t count : corpus.counts) model.total += count;
  model.rows = Quantise(&rows, arguments.dimension);
  model.common = CommonDirection(corpus, model, rows);
  model.units = std::move(corpus.units);
  model.counts = std::move(corpus.counts);
  const std::filesystem::path path =
      std::filesystem::absolute(arguments.out) / std::string(kVectorModelFile);
  const std::string bytes = EncodeVectorModel(model);
  VANG_RETURN_IF_ERROR(WriteFileDurably(path, bytes));
  fmt::print("{:.0f} s: {} bytes in {}\n", seconds(), bytes.size(), arguments.out);
  return {};
}

}  // namespace vang
