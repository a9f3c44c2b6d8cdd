#include "libs/vietnamese/lexicon_builder.h"

#include <algorithm>

#include "libs/vietnamese/capitals.h"
#include "libs/vietnamese/plain_text.h"

namespace vang {
namespace {

std::vector<std::string_view> Split(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t end = std::min(text.find(' '), text.size());
    words.push_back(text.substr(0, end));
    if (end == text.size()) return words;
    text.remove_prefix(end + 1);
  }
}

std::string Folded(std::string_view written) {
  std::string folded;
  for (const std::string& word : FoldedWords(written)) folded += (folded.empty() ? "" : " ") + word;
  return folded;
}

}  // namespace

void LexiconBuilder::Collect(std::string_view line) {
  const std::vector<CasedWord> words = reader_.Read(line);
  for (std::size_t i = 0; i < words.size();) {
    if (!words[i].capital || words[i].opens) {
      ++i;
      // The rest of a name that opens a sentence is not a name of its own.
      if (words[i - 1].capital) {
        while (i < words.size() && words[i].capital && !words[i].apart) ++i;
      }
      continue;
    }
    std::string phrase(words[i].written);
    std::size_t end = i + 1;
    for (; end < words.size() && words[end].capital && !words[end].apart; ++end) {
      phrase += ' ';
      phrase += words[end].written;
    }
    if (end - i <= options_.max_words) ++written_[phrase];
    if (end - i == 1 && end < words.size() && !words[end].apart && !HasUpper(words[end].written)) {
      ++written_[phrase + ' ' + std::string(words[end].written)];
    }
    i = end;
  }
}

void LexiconBuilder::Prune() {
  pruned_ = true;
  // Sorted, so that ties are broken alike everywhere.
  std::vector<std::pair<std::string, std::uint32_t>> sorted(written_.begin(), written_.end());
  written_.clear();
  std::sort(sorted.begin(), sorted.end());
  for (auto& [written, seen] : sorted) {
    const std::vector<std::string_view> words = Split(written);
    const bool pair = words.size() == 2 && !HasUpper(words[1]);
    const std::uint32_t wanted = words.size() == 1 ? options_.min_word
                                 : pair            ? options_.min_pair
                                                   : options_.min_phrase;
    if (seen < wanted) continue;
    std::string folded = Folded(written);
    if (Split(folded).size() != words.size()) continue;
    Candidate& candidate = candidates_[folded];
    if (seen <= candidate.seen) continue;
    candidate = {written, words.size(), seen, 0, 0};
    for (std::size_t at = folded.find(' '); at != std::string::npos;
         at = folded.find(' ', at + 1)) {
      prefixes_[folded.substr(0, at)] = true;
    }
  }
}

void LexiconBuilder::Count(std::string_view line) {
  if (!pruned_) Prune();
  const std::vector<CasedWord> words = reader_.Read(line);
  std::string folded;
  std::string written;
  for (std::size_t i = 0; i < words.size(); ++i) {
    folded.clear();
    written.clear();
    for (std::size_t k = i; k < words.size() && k < i + options_.max_words; ++k) {
      if (words[k].opens || (k > i && words[k].apart)) break;
      if (k > i) {
        folded += ' ';
        written += ' ';
      }
      folded += words[k].folded;
      written += words[k].written;
      if (const auto found = candidates_.find(folded); found != candidates_.end()) {
        ++found->second.total;
        if (found->second.written == written) ++found->second.cased;
      }
      if (!prefixes_.contains(folded)) break;
    }
  }
}

std::vector<NameEntry> LexiconBuilder::Build() const {
  std::vector<NameEntry> good;
  for (const auto& [folded, candidate] : candidates_) {
    if (candidate.total == 0) continue;
    const double share = static_cast<double>(candidate.cased) / candidate.total;
    const double wanted =
        candidate.words == 1 ? options_.min_word_share : options_.min_phrase_share;
    if (share >= wanted) good.push_back({folded, candidate.written, share});
  }
  // Short ones first: a longer one is kept only where they do not give the same.
  const auto length = [](const NameEntry& entry) { return Split(entry.spoken).size(); };
  std::sort(good.begin(), good.end(), [&](const NameEntry& a, const NameEntry& b) {
    const std::size_t lengths[] = {length(a), length(b)};
    return lengths[0] != lengths[1] ? lengths[0] < lengths[1] : a.spoken < b.spoken;
  });
  std::vector<NameEntry> kept;
  std::unordered_map<std::string, std::string> known;
  for (NameEntry& entry : good) {
    const std::vector<std::string_view> words = Split(entry.spoken);
    std::string given;
    for (std::size_t i = 0; i < words.size();) {
      std::size_t taken = 1;
      std::string piece(words[i]);
      std::string phrase;
      for (std::size_t k = i; k < words.size(); ++k) {
        phrase += (k > i ? " " : "") + std::string(words[k]);
        if (const auto found = known.find(phrase); found != known.end()) {
          taken = k - i + 1;
          piece = found->second;
        }
      }
      given += (given.empty() ? "" : " ") + piece;
      i += taken;
    }
    if (given == entry.written) continue;
    known[entry.spoken] = entry.written;
    kept.push_back(std::move(entry));
  }
  return kept;
}

}  // namespace vang
