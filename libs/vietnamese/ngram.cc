#include "libs/vietnamese/ngram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "libs/base/file.h"
#include "libs/base/sha256.h"

namespace vang {
namespace {

static_assert(std::endian::native == std::endian::little, "the file form is little-endian");

// magic, SHA-256 in hex of all that follows it, four counts, vocabulary, code books, arrays.
constexpr std::string_view kMagic = "VANG-NGRAM-3.1\n";
constexpr std::size_t kDigestBytes = 64;

template <typename T>
void Append(std::span<const T> values, std::string* out) {
  out->append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
}

// Takes values off the front of the bytes; once something is missing, all that follows is too.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  std::string_view Take(std::size_t count) {
    if (count > bytes_.size()) {
      failed_ = true;
      bytes_ = {};
      return {};
    }
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }

  template <typename T>
  bool Read(std::span<T> out) {
    const std::string_view taken = Take(out.size_bytes());
    if (failed_) return false;
    if (!taken.empty()) std::memcpy(out.data(), taken.data(), taken.size());
    return true;
  }

  template <typename T>
  bool ReadVector(std::size_t count, std::vector<T>* out) {
    // Checked before the allocation: a hostile count must not ask for memory.
    if (count > bytes_.size() / sizeof(T)) return false;
    out->resize(count);
    return Read(std::span<T>(*out));
  }

  bool AtEnd() const { return !failed_ && bytes_.empty(); }

 private:
  std::string_view bytes_;
  bool failed_ = false;
};

// Entries rise from 0 to `total`.
bool IsPartition(const std::vector<std::uint32_t>& begin, std::size_t total) {
  return !begin.empty() && begin.front() == 0 && begin.back() == total &&
         std::is_sorted(begin.begin(), begin.end());
}

// Words rise strictly within each range and are in the vocabulary.
bool AreSortedWords(const std::vector<std::uint16_t>& words,
                    const std::vector<std::uint32_t>& begin, std::size_t vocabulary) {
  for (std::size_t range = 0; range + 1 < begin.size(); ++range) {
    for (std::uint32_t i = begin[range]; i < begin[range + 1]; ++i) {
      if (words[i] >= vocabulary) return false;
      if (i > begin[range] && words[i] <= words[i - 1]) return false;
    }
  }
  return true;
}

// 256 values such that about equally many inputs are nearest to each.
NgramModel::Codebook MakeCodebook(const std::vector<float>& values) {
  NgramModel::Codebook book{};
  if (values.empty()) return book;
  std::vector<float> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  // Where few values occur they are kept as they are; bins of equal population otherwise.
  std::vector<float> distinct = sorted;
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  for (std::size_t bin = 0; bin < book.size(); ++bin) {
    if (distinct.size() <= book.size()) {
      book[bin] = distinct[std::min(bin, distinct.size() - 1)];
      continue;
    }
    const std::size_t begin = bin * sorted.size() / book.size();
    const std::size_t end = std::max(begin + 1, (bin + 1) * sorted.size() / book.size());
    double sum = 0;
    for (std::size_t i = begin; i < end; ++i) sum += sorted[i];
    book[bin] = static_cast<float>(sum / static_cast<double>(end - begin));
  }
  std::sort(book.begin(), book.end());
  return book;
}

std::vector<std::uint8_t> Quantise(const std::vector<float>& values,
                                   const NgramModel::Codebook& book) {
  std::vector<std::uint8_t> codes;
  codes.reserve(values.size());
  for (const float value : values) {
    auto nearest = std::lower_bound(book.begin(), book.end(), value);
    if (nearest == book.end()) --nearest;
    if (nearest != book.begin() && value - *(nearest - 1) < *nearest - value) --nearest;
    codes.push_back(static_cast<std::uint8_t>(nearest - book.begin()));
  }
  return codes;
}

}  // namespace

std::string SerializeNgramModel(const Vocabulary& vocabulary, const NgramTrie<float>& trie) {
  const std::string words = vocabulary.Serialize();
  const std::array<const std::vector<float>*, kNgramValueKinds> values = {
      &trie.unigram_probability, &trie.unigram_backoff, &trie.bigram_probability,
      &trie.bigram_backoff, &trie.trigram_probability};
  std::string body;
  const std::array<std::uint32_t, 4> counts = {
      static_cast<std::uint32_t>(words.size()), static_cast<std::uint32_t>(vocabulary.size()),
      static_cast<std::uint32_t>(trie.bigram_word.size()),
      static_cast<std::uint32_t>(trie.trigram_word.size())};
  Append(std::span<const std::uint32_t>(counts), &body);
  body += words;
  std::vector<std::vector<std::uint8_t>> codes;
  for (const std::vector<float>* kind : values) {
    const NgramModel::Codebook book = MakeCodebook(*kind);
    Append(std::span<const float>(book), &body);
    codes.push_back(Quantise(*kind, book));
  }
  for (const auto& kind : codes) Append(std::span<const std::uint8_t>(kind), &body);
  Append(std::span<const std::uint32_t>(trie.unigram_begin), &body);
  Append(std::span<const std::uint32_t>(trie.bigram_begin), &body);
  Append(std::span<const std::uint16_t>(trie.bigram_word), &body);
  Append(std::span<const std::uint16_t>(trie.trigram_word), &body);
  return std::string(kMagic) + Sha256Hex(body) + body;
}

Result<std::shared_ptr<const NgramModel>> NgramModel::Load(const std::filesystem::path& path) {
  VANG_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, std::size_t{1} << 29));
  auto model = Parse(bytes);
  if (!model.ok()) return model.status().Wrap("cannot load the language model " + path.string());
  return model;
}

Result<std::shared_ptr<const NgramModel>> NgramModel::Parse(std::string_view bytes) {
  Reader reader(bytes);
  if (reader.Take(kMagic.size()) != kMagic) {
    return DataLoss("this is not an n-gram model of this version; build it again with vang-lm");
  }
  const std::string_view digest = reader.Take(kDigestBytes);
  if (digest.size() != kDigestBytes ||
      Sha256Hex(bytes.substr(kMagic.size() + kDigestBytes)) != digest) {
    return DataLoss("the n-gram model is damaged: its checksum does not fit; fetch it again");
  }
  const Status malformed = DataLoss("the n-gram model is malformed; build it again with vang-lm");
  std::array<std::uint32_t, 4> counts{};
  if (!reader.Read(std::span<std::uint32_t>(counts))) return malformed;
  const auto [word_bytes, words, bigrams, trigrams] = counts;
  VANG_ASSIGN_OR_RETURN(Vocabulary vocabulary, Vocabulary::Parse(reader.Take(word_bytes)));
  if (vocabulary.size() != words) return malformed;

  std::shared_ptr<NgramModel> model(new NgramModel(std::move(vocabulary)));
  NgramTrie<std::uint8_t>& trie = model->trie_;
  for (Codebook& book : model->codebooks_) {
    if (!reader.Read(std::span<float>(book))) return malformed;
    // A NaN or an infinity would poison every sum it meets.
    if (!std::all_of(book.begin(), book.end(), [](float v) { return std::isfinite(v); })) {
      return malformed;
    }
  }
  if (!reader.ReadVector(words, &trie.unigram_probability) ||
      !reader.ReadVector(words, &trie.unigram_backoff) ||
      !reader.ReadVector(bigrams, &trie.bigram_probability) ||
      !reader.ReadVector(bigrams, &trie.bigram_backoff) ||
      !reader.ReadVector(trigrams, &trie.trigram_probability) ||
      !reader.ReadVector(std::size_t{words} + 1, &trie.unigram_begin) ||
      !reader.ReadVector(std::size_t{bigrams} + 1, &trie.bigram_begin) ||
      !reader.ReadVector(bigrams, &trie.bigram_word) ||
      !reader.ReadVector(trigrams, &trie.trigram_word) || !reader.AtEnd() ||
      !IsPartition(trie.unigram_begin, bigrams) || !IsPartition(trie.bigram_begin, trigrams) ||
      !AreSortedWords(trie.bigram_word, trie.unigram_begin, words) ||
      !AreSortedWords(trie.trigram_word, trie.bigram_begin, words)) {
    return malformed;
  }
  return std::shared_ptr<const NgramModel>(std::move(model));
}

float NgramModel::LogProb(std::span<const WordId> context, WordId word) const {
  const auto value = [this](NgramValue kind, std::uint8_t code) {
    return codebooks_[static_cast<std::size_t>(kind)][code];
  };
  return NgramLogProb(trie_, value, context, word);
}

}  // namespace vang
