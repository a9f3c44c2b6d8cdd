#include "libs/vietnamese/ngram_builder.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "libs/vietnamese/ngram_mix.h"

namespace vang {

void NgramBuilder::BeginCorpus() { corpora_.emplace_back(); }

std::uint32_t NgramBuilder::Intern(std::string_view word) {
  if (word.empty()) return Vocabulary::kUnknown;
  const auto [at, is_new] =
      ids_.emplace(std::string(word), static_cast<std::uint32_t>(words_.size()));
  if (is_new) words_.emplace_back(word);
  return at->second;
}

void NgramBuilder::AddTo(Sentence words, Stream* stream) {
  for (const std::string_view word : words) stream->push_back(Intern(word));
  stream->push_back(Vocabulary::kEnd);
}

void NgramBuilder::AddSentence(Sentence words) {
  if (words.empty()) return;
  if (corpora_.empty()) BeginCorpus();
  AddTo(words, &corpora_.back());
}

void NgramBuilder::AddTuningSentence(Sentence words) {
  if (!words.empty()) AddTo(words, &tuning_);
}

Result<NgramBuild> NgramBuilder::Build(const NgramBuildOptions& options) const {
  std::vector<std::uint64_t> counts(words_.size(), 0);
  for (const Stream& corpus : corpora_) {
    for (const std::uint32_t word : corpus) ++counts[word];
  }
  if (counts[Vocabulary::kEnd] == 0) {
    return FailedPrecondition("there is no text to build a language model from");
  }
  std::vector<std::uint32_t> order(words_.size() - Vocabulary::kFirstWord);
  std::iota(order.begin(), order.end(), Vocabulary::kFirstWord);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return counts[a] != counts[b] ? counts[a] > counts[b] : words_[a] < words_[b];
  });
  std::vector<WordId> ids(words_.size(), Vocabulary::kUnknown);
  ids[Vocabulary::kEnd] = Vocabulary::kEnd;
  std::vector<std::string> kept;
  for (const std::uint32_t word : order) {
    if (counts[word] == 0 || counts[word] < options.min_word_count) break;
    ids[word] = static_cast<WordId>(kept.size()) + Vocabulary::kFirstWord;
    kept.push_back(words_[word]);
  }
  VANG_ASSIGN_OR_RETURN(const Vocabulary vocabulary, Vocabulary::Create(std::move(kept)));

  const auto renumbered = [&](const Stream& stream) {
    std::vector<WordId> out;
    out.reserve(stream.size());
    for (const std::uint32_t word : stream) out.push_back(ids[word]);
    return out;
  };
  if (!options.weights.empty() && options.weights.size() != corpora_.size()) {
    return InvalidArgument("there are " + std::to_string(corpora_.size()) + " corpora and " +
                           std::to_string(options.weights.size()) + " weights");
  }
  std::vector<NgramEstimate> parts;
  std::vector<double> given;
  for (std::size_t i = 0; i < corpora_.size(); ++i) {
    if (corpora_[i].empty()) continue;
    parts.push_back(EstimateKneserNey(renumbered(corpora_[i]), vocabulary.size()));
    if (!options.weights.empty()) given.push_back(options.weights[i]);
  }
  const double sum = std::accumulate(given.begin(), given.end(), 0.0);
  for (double& weight : given) weight /= sum;
  if (!given.empty() && !(sum > 0 && *std::min_element(given.begin(), given.end()) >= 0)) {
    return InvalidArgument("the weights of the corpora must not be negative or all zero");
  }
  NgramBuild build;
  const std::vector<double> weights =
      given.empty() ? TuneMixture(parts, renumbered(tuning_)) : given;
  auto weight = weights.begin();
  for (const Stream& corpus : corpora_) build.weights.push_back(corpus.empty() ? 0 : *weight++);
  const NgramEstimate mix = MixEstimates(parts, weights);
  build.bytes = SerializeNgramModel(vocabulary,
                                    PruneEstimate(mix, options.max_bigrams, options.max_trigrams));
  return build;
}

Perplexity MeasurePerplexity(const NgramModel& model,
                             const std::vector<std::vector<std::string>>& sentences) {
  Perplexity result;
  double sum = 0;
  for (const auto& sentence : sentences) {
    std::vector<WordId> context = {Vocabulary::kBegin};
    const auto predict = [&](WordId word) {
      sum += static_cast<double>(model.LogProb(context, word));
      ++result.words;
    };
    for (const std::string& text : sentence) {
      const WordId word = model.vocabulary().Find(text);
      if (word != Vocabulary::kUnknown) {
        predict(word);
      } else if (!text.empty()) {
        ++result.unknown;
      }
      context.push_back(word);
    }
    predict(Vocabulary::kEnd);
  }
  if (result.words > 0) result.value = std::exp(-sum / static_cast<double>(result.words));
  return result;
}

}  // namespace vang
