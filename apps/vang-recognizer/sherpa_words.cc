#include "apps/vang-recognizer/sherpa_words.h"

#include <algorithm>
#include <cmath>

#include "libs/base/utf8.h"
#include "libs/vietnamese/plain_text.h"

namespace vang {
namespace {

// How long a token lasts when nothing says it and nothing follows.
constexpr double kTokenSeconds = 0.2;

// Tokens may be parts of a character (byte fallback, Whisper's byte pairs).
std::string Readable(const std::string& text) {
  return IsValidUtf8(text) ? text : FromCodePoints(ToCodePoints(text));
}

double Bounded(float seconds, double least, double most) {
  // The comparison is false for not-a-number.
  return seconds > least ? std::min(static_cast<double>(seconds), most) : least;
}

std::vector<Token> TimedTokens(const SherpaResult& result) {
  std::vector<Token> tokens;
  double earliest = 0;
  for (std::size_t i = 0; i < result.tokens.size(); ++i) {
    Token token;
    token.text = Readable(result.tokens[i]);
    token.start = Bounded(result.starts[i], earliest, result.seconds);
    earliest = token.start;
    double length = kTokenSeconds;
    if (i < result.durations.size() && result.durations[i] > 0) length = result.durations[i];
    token.end = std::min(token.start + length, result.seconds);
    if (!tokens.empty()) tokens.back().end = std::min(tokens.back().end, token.start);
    token.confidence = kUnknownConfidence;
    if (i < result.log_probs.size()) {
      token.confidence = Bounded(std::exp(result.log_probs[i]), 0, 1);
    }
    tokens.push_back(std::move(token));
  }
  return tokens;
}

// Adds what tokens [first, last) spell. Mostly one word; a token run such as "8-9" holds two, which
// share the time.
void AddWords(const SherpaResult& result, std::size_t first, std::size_t last,
              Recognition* recognition) {
  std::string spelled;
  double log_confidence = 0;
  for (std::size_t i = first; i < last; ++i) {
    spelled += result.tokens[i];
    log_confidence += std::log(std::max(recognition->tokens[i].confidence, 1e-6));
  }
  const std::vector<std::string> words = FoldedWords(Readable(spelled));
  if (words.empty()) return;
  const auto tokens = static_cast<double>(last - first);
  const double start = recognition->tokens[first].start;
  const double share =
      (recognition->tokens[last - 1].end - start) / static_cast<double>(words.size());
  for (std::size_t i = 0; i < words.size(); ++i) {
    Word word;
    word.text = words[i];
    word.start = start + share * static_cast<double>(i);
    word.end = start + share * static_cast<double>(i + 1);
    word.confidence = std::min(1.0, std::exp(log_confidence / tokens));
    word.first_token = static_cast<std::uint32_t>(first);
    word.token_count = static_cast<std::uint32_t>(last - first);
    recognition->words.push_back(std::move(word));
  }
}

// A word is its own token, placed by the length of the text before it.
Recognition SpreadOverTheSound(const SherpaResult& result) {
  Recognition recognition;
  const std::vector<std::string> words = FoldedWords(Readable(result.text));
  std::size_t letters = 0;
  for (const std::string& word : words) letters += Utf8Length(word);
  std::size_t before = 0;
  for (const std::string& text : words) {
    const std::size_t after = before + Utf8Length(text);
    Word word;
    word.text = text;
    word.start = result.seconds * static_cast<double>(before) / static_cast<double>(letters);
    word.end = result.seconds * static_cast<double>(after) / static_cast<double>(letters);
    word.confidence = kUnknownConfidence;
    word.first_token = static_cast<std::uint32_t>(recognition.tokens.size());
    word.token_count = 1;
    recognition.tokens.push_back({text, word.start, word.end, word.confidence});
    recognition.words.push_back(std::move(word));
    before = after;
  }
  return recognition;
}

}  // namespace

Recognition ToRecognition(const SherpaResult& result) {
  if (result.starts.size() != result.tokens.size()) return SpreadOverTheSound(result);
  Recognition recognition;
  recognition.tokens = TimedTokens(result);
  std::size_t first = 0;
  for (std::size_t i = 1; i <= result.tokens.size(); ++i) {
    if (i < result.tokens.size() && !result.tokens[i].starts_with(' ')) continue;
    AddWords(result, first, i, &recognition);
    first = i;
  }
  return recognition;
}

}  // namespace vang
