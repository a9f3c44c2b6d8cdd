// A text is cut into the model's units by longest match. A text without any accent is read as one
// typed without accents: each unit is then the mean of the units spelled alike, by frequency. In a
// text with accents only a word that the model does not know is read that way.
#include "libs/adapters/embedder/static_vectors/static_embedder.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <span>
#include <unordered_map>

#include "libs/adapters/embedder/static_vectors/unit_trie.h"
#include "libs/adapters/embedder/static_vectors/vector_model.h"
#include "libs/base/file.h"
#include "libs/vietnamese/plain_text.h"
#include "libs/vietnamese/search_terms.h"

namespace vang {
namespace {

constexpr std::uint32_t kUnknown = 0xFFFFFFFF;

// Units by their words, for one way of spelling.
class Lexicon {
 public:
  // False when `unit` has no words or too many.
  bool Insert(std::string_view unit, std::uint32_t value) {
    const std::vector<std::uint32_t> words = Ids(unit);
    if (words.empty() || words.size() > UnitTrie::kLongest) return false;
    trie_.Insert(words, value);
    return true;
  }
  std::optional<std::uint32_t> Find(std::string_view unit) { return trie_.Find(Ids(unit)); }
  std::uint32_t Id(const std::string& word) const {
    const auto found = ids_.find(word);
    return found == ids_.end() ? kUnknown : found->second;
  }
  const UnitTrie& trie() const { return trie_; }

 private:
  // Ids of the words parted by spaces, given out where they are new.
  std::vector<std::uint32_t> Ids(std::string_view unit) {
    std::vector<std::uint32_t> ids;
    while (!unit.empty()) {
      const std::size_t end = std::min(unit.find(' '), unit.size());
      const auto next = static_cast<std::uint32_t>(ids_.size());
      ids.push_back(ids_.try_emplace(std::string(unit.substr(0, end)), next).first->second);
      unit.remove_prefix(std::min(end + 1, unit.size()));
    }
    return ids;
  }

  std::unordered_map<std::string, std::uint32_t> ids_;
  UnitTrie trie_;
};

class StaticEmbedder : public Embedder {
 public:
  explicit StaticEmbedder(VectorModel model) : model_(std::move(model)) {}

  Status Prepare() {
    for (std::uint32_t unit = 0; unit < model_.units.size(); ++unit) {
      if (!exact_.Insert(model_.units[unit], unit)) {
        return DataLoss("the word vectors are damaged: unit " + std::to_string(unit) +
                        " has no words or too many");
      }
      const std::string folded = Unaccented(model_.units[unit]);
      auto group = folded_.Find(folded);
      if (!group) {
        group = static_cast<std::uint32_t>(groups_.size());
        groups_.emplace_back();
        folded_.Insert(folded, *group);
      }
      groups_[*group].push_back(unit);
      norms_.push_back(Norm(unit));
    }
    return {};
  }

  Result<std::vector<float>> Embed(const Context& context, std::string_view text) override {
    VANG_RETURN_IF_ERROR(context.Check());
    const std::vector<SearchTerm> terms = SearchTerms(text);
    const bool bare =
        std::none_of(terms.begin(), terms.end(), [](const auto& term) { return term.accented(); });
    std::vector<std::uint32_t> exact;
    std::vector<std::uint32_t> folded;
    for (const SearchTerm& term : terms) {
      exact.push_back(exact_.Id(term.exact));
      folded.push_back(folded_.Id(term.folded));
    }
    std::vector<float> sum(model_.dimension);
    for (std::size_t at = 0; at < terms.size();) {
      std::size_t run = 1;
      while (at + run < terms.size() && run < UnitTrie::kLongest &&
             Touch(terms[at + run - 1].end, terms[at + run].begin)) {
        ++run;
      }
      const auto match =
          bare ? std::nullopt : exact_.trie().Longest(std::span(exact).subspan(at, run));
      const auto alike =
          match ? std::nullopt : folded_.trie().Longest(std::span(folded).subspan(at, run));
      if (match) Add(std::span(&match->unit, 1), &sum);
      if (alike) Add(groups_[alike->unit], &sum);
      at += match ? match->length : alike ? alike->length : 1;
    }
    return Finish(std::move(sum));
  }

  int dimension() const override { return static_cast<int>(model_.dimension); }
  const std::string& model_id() const override { return model_.id; }

 private:
  const std::int8_t* Row(std::uint32_t unit) const {
    return model_.rows.data() + std::size_t{unit} * model_.dimension;
  }

  float Norm(std::uint32_t unit) const {
    float sum = 0;
    for (std::uint32_t i = 0; i < model_.dimension; ++i) {
      sum += static_cast<float>(Row(unit)[i]) * static_cast<float>(Row(unit)[i]);
    }
    return std::sqrt(sum);
  }

  // The mean of `units` by frequency, as one occurrence.
  void Add(std::span<const std::uint32_t> units, std::vector<float>* sum) const {
    float count = 0;
    for (const std::uint32_t unit : units) count += static_cast<float>(model_.counts[unit]);
    if (count == 0) return;
    const float weight = model_.rarity / (model_.rarity + count / static_cast<float>(model_.total));
    for (const std::uint32_t unit : units) {
      if (norms_[unit] == 0) continue;
      const float share = weight * static_cast<float>(model_.counts[unit]) / count / norms_[unit];
      const std::int8_t* row = Row(unit);
      for (std::uint32_t i = 0; i < model_.dimension; ++i) {
        (*sum)[i] += share * static_cast<float>(row[i]);
      }
    }
  }

  std::vector<float> Finish(std::vector<float> sum) const {
    float along = 0;
    for (std::size_t i = 0; i < sum.size(); ++i) along += sum[i] * model_.common[i];
    float squares = 0;
    for (std::size_t i = 0; i < sum.size(); ++i) {
      sum[i] -= along * model_.common[i];
      squares += sum[i] * sum[i];
    }
    const float norm = std::sqrt(squares);
    if (norm < 1e-6F) return {};
    for (float& component : sum) component /= norm;
    return sum;
  }

  const VectorModel model_;
  Lexicon exact_;   // → unit
  Lexicon folded_;  // → group
  std::vector<std::vector<std::uint32_t>> groups_;
  std::vector<float> norms_;
};

}  // namespace

Result<std::unique_ptr<Embedder>> OpenStaticEmbedder(const StaticEmbedderConfig& config) {
  const std::filesystem::path path =
      std::filesystem::path(config.folder) / std::string(kVectorModelFile);
  VANG_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  auto model = DecodeVectorModel(bytes);
  if (!model.ok()) return model.status().Wrap(path.string());
  auto embedder = std::make_unique<StaticEmbedder>(std::move(*model));
  VANG_RETURN_IF_ERROR(embedder->Prepare().Wrap(path.string()));
  return std::unique_ptr<Embedder>(std::move(embedder));
}

}  // namespace vang
