#include "libs/vietnamese/sentences.h"

#include <algorithm>
#include <array>

namespace vang {
namespace {

// Seconds. A pause this long ends a sentence, one before a word that likes to open a sentence may
// be shorter, and after a word that wants more to follow only a very long one does.
constexpr double kSentencePause = 0.7;
constexpr double kOpenerPause = 0.45;
constexpr double kUnfinishedPause = 2.5;
constexpr double kCommaPause = 0.3;
// Words since the last mark before a comma may stand.
constexpr std::size_t kCommaDistance = 3;
// A sentence shorter than this does not end at a short pause.
constexpr std::size_t kShortSentence = 2;

template <std::size_t N>
bool Holds(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Words that are followed by what they belong to: no sentence and no clause ends with one.
bool WantsMore(std::string_view word) {
  static constexpr std::array<std::string_view, 48> kWords = {
      "và",   "của",  "là",  "những", "các",  "để",    "với",  "trong", "từ",   "mà",
      "thì",  "nếu",  "vì",  "nhưng", "cho",  "một",   "rất",  "đã",    "đang", "sẽ",
      "bị",   "bởi",  "tại", "về",    "hoặc", "do",    "khi",  "như",   "rằng", "theo",
      "trên", "dưới", "mỗi", "mọi",   "sự",   "chiếc", "cuộc", "giữa",  "bằng", "tuy",
      "dù",   "nên",  "ở",   "vào",   "hay",  "cũng",  "càng", "bắt"};
  return Holds(kWords, word);
}

bool OpensSentence(std::string_view word, std::string_view next) {
  static constexpr std::array<std::string_view, 14> kWords = {
      "nhưng", "thưa", "vâng", "dạ", "chào", "ngoài", "song",
      "vậy",   "thế",  "ừ",    "ờ",  "thôi", "nào",   "vả"};
  static constexpr std::array<std::string_view, 10> kPairs = {
      "tuy nhiên", "vì vậy",  "vì thế",    "do đó",     "sau đó",
      "xin chào",  "bây giờ", "đồng thời", "cuối cùng", "tiếp theo"};
  if (Holds(kWords, word)) return true;
  return std::any_of(kPairs.begin(), kPairs.end(), [&](std::string_view pair) {
    return pair.size() == word.size() + 1 + next.size() && pair.starts_with(word) &&
           pair[word.size()] == ' ' && pair.ends_with(next);
  });
}

// Whether the last words are `phrase`.
bool EndsWith(std::span<const std::string_view> words, std::string_view phrase) {
  std::size_t at = words.size();
  while (true) {
    if (at == 0) return false;
    --at;
    const std::size_t space = phrase.rfind(' ');
    const std::string_view last =
        space == std::string_view::npos ? phrase : phrase.substr(space + 1);
    if (words[at] != last) return false;
    if (space == std::string_view::npos) return true;
    phrase = phrase.substr(0, space);
  }
}

template <std::size_t N>
bool EndsWithAny(std::span<const std::string_view> words,
                 const std::array<std::string_view, N>& phrases) {
  return std::any_of(phrases.begin(), phrases.end(),
                     [&](std::string_view phrase) { return EndsWith(words, phrase); });
}

bool Has(std::span<const std::string_view> words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Says no, or tells what is not known: question words after it do not ask.
bool Relates(std::span<const std::string_view> words) {
  static constexpr std::array<std::string_view, 13> kWords = {
      "chẳng", "chả", "chưa", "đừng", "biết", "hiểu", "hỏi",
      "xem",   "nhớ", "rõ",   "bất",  "dù",   "nói"};
  return std::any_of(words.begin(), words.end(),
                     [](std::string_view word) { return Holds(kWords, word); });
}

}  // namespace

bool IsQuestion(std::span<const std::string_view> words) {
  if (words.size() < 2) return false;
  static constexpr std::array<std::string_view, 10> kTags = {
      "phải không", "được không", "đúng không", "phải chăng", "có không",
      "hả",         "nhỉ",        "rồi à",      "thế à",      "sao hả"};
  static constexpr std::array<std::string_view, 17> kAsks = {
      "là gì",   "cái gì",  "làm gì",    "ở đâu",   "đi đâu",  "từ đâu",
      "là ai",   "của ai",  "tại sao",   "vì sao",  "thế nào", "bao giờ",
      "khi nào", "mấy giờ", "bao nhiêu", "bao lâu", "thì sao"};
  static constexpr std::array<std::string_view, 2> kWhy = {"tại", "vì"};
  const std::span<const std::string_view> before = words.first(words.size() - 1);
  const bool relates = Relates(before);
  if (EndsWithAny(words, kTags)) return !relates;
  if (words.back() == "không" || words.back() == "chưa") {
    // "có … không", "đã … chưa"; "… có không" alone would be denial.
    const bool asks = words.back() == "không" ? Has(before, "có") : Has(before, "đã");
    return asks && !relates && words.size() >= 4 && words[words.size() - 2] != "hay";
  }
  const bool denied = relates || Has(before, "không");
  if (EndsWithAny(words, kAsks)) return !denied;
  if (Holds(kWhy, words[0]) && words[1] == "sao") return !denied;
  return false;
}

std::vector<MarkAfter> FindSentences(std::span<const SpokenWord> words) {
  std::vector<MarkAfter> marks(words.size());
  std::vector<std::string_view> sentence;
  std::size_t since_mark = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    sentence.push_back(words[i].text);
    ++since_mark;
    const bool last = i + 1 == words.size();
    const double pause = words[i].pause;
    double wanted = kSentencePause;
    if (!last && OpensSentence(words[i + 1].text, i + 2 < words.size() ? words[i + 2].text : "")) {
      wanted = kOpenerPause;
    }
    if (sentence.size() < kShortSentence) wanted = 2 * kSentencePause;
    if (WantsMore(words[i].text)) wanted = kUnfinishedPause;
    if (last || pause >= wanted) {
      const bool asks = IsQuestion(sentence);
      // Twice the pause that was wanted leaves no doubt.
      const double certainty = last ? 0.9 : std::min(0.95, 0.5 * pause / wanted);
      marks[i] = {asks ? Mark::kQuestion : Mark::kPeriod, asks ? 0.8 * certainty : certainty};
      sentence.clear();
      since_mark = 0;
    } else if (pause >= kCommaPause && since_mark >= kCommaDistance && !WantsMore(words[i].text)) {
      marks[i] = {Mark::kComma, std::min(0.9, 0.5 * pause / kCommaPause)};
      since_mark = 0;
    }
  }
  return marks;
}

}  // namespace vang
