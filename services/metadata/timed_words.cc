#include "services/metadata/timed_words.h"

#include <algorithm>

#include "libs/base/utf8.h"

namespace vang::metadata {
namespace {

constexpr double kUnknown = -1;

struct Piece {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

std::vector<Piece> SplitAtSpaces(std::string_view text) {
  std::vector<Piece> pieces;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const bool space = i == text.size() || text[i] == ' ' || text[i] == '\t' || text[i] == '\n';
    if (!space) continue;
    if (i > begin) {
      pieces.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(i)});
    }
    begin = i + 1;
  }
  return pieces;
}

// The time inside `span` that belongs to the byte `at`: even speed from its first to its last word.
double TimeAt(const TextSpan& span, const std::vector<Word>& words, std::uint32_t at) {
  const double start = words[span.first_word].start;
  const double end = words[span.first_word + span.word_count - 1].end;
  const double share = static_cast<double>(std::clamp(at, span.begin, span.end) - span.begin) /
                       static_cast<double>(span.end - span.begin);
  return start + (end - start) * share;
}

// Gives words [first, last) the time from `start` to `end`, each as much as it is long.
void Share(std::vector<TimedWord>* words, std::size_t first, std::size_t last, double start,
           double end) {
  double total = 0;
  for (std::size_t i = first; i < last; ++i) {
    total += static_cast<double>(Utf8Length((*words)[i].text));
  }
  const double length = std::max(0.0, end - start);
  double before = 0;
  for (std::size_t i = first; i < last; ++i) {
    const double after = before + static_cast<double>(Utf8Length((*words)[i].text));
    (*words)[i].start = start + length * before / total;
    (*words)[i].end = start + length * after / total;
    before = after;
  }
}

// Times for runs of words that no span covers, out of what their neighbours leave.
void FillUnknown(std::vector<TimedWord>* words, const ReadableSegment& segment) {
  for (std::size_t i = 0; i < words->size();) {
    if ((*words)[i].start != kUnknown) {
      ++i;
      continue;
    }
    std::size_t last = i;
    while (last < words->size() && (*words)[last].start == kUnknown) ++last;
    const double start = i == 0 ? segment.start : (*words)[i - 1].end;
    const double end = last == words->size() ? segment.end : (*words)[last].start;
    Share(words, i, last, start, end);
    i = last;
  }
}

std::vector<TimedWord> WordsOfText(const ReadableSegment& segment, const std::vector<Word>& words) {
  std::vector<TimedWord> result;
  for (const Piece& piece : SplitAtSpaces(segment.text)) {
    TimedWord word;
    word.text = segment.text.substr(piece.begin, piece.end - piece.begin);
    word.start = word.end = kUnknown;
    double confidence = 0;
    int heard = 0;
    for (const TextSpan& span : segment.spans) {
      const bool usable = span.word_count > 0 && span.end > span.begin &&
                          span.first_word < words.size() &&
                          span.word_count <= words.size() - span.first_word;
      if (!usable || span.end <= piece.begin || span.begin >= piece.end) continue;
      if (word.start == kUnknown) word.start = TimeAt(span, words, piece.begin);
      word.end = TimeAt(span, words, piece.end);
      for (std::uint32_t i = 0; i < span.word_count; ++i, ++heard) {
        confidence += words[span.first_word + i].confidence;
      }
    }
    word.confidence = heard > 0 ? confidence / heard : segment.confidence;
    result.push_back(std::move(word));
  }
  FillUnknown(&result, segment);
  return result;
}

void KeepForward(std::vector<TimedWord>* words) {
  double last = 0;
  for (TimedWord& word : *words) {
    word.start = std::max(word.start, last);
    word.end = std::max(word.end, word.start);
    last = word.end;
  }
}

}  // namespace

std::vector<Word> FlattenWords(const RawTranscript& raw) {
  std::vector<Word> words;
  for (const RawSegment& segment : raw.segments) {
    words.insert(words.end(), segment.words.begin(), segment.words.end());
  }
  return words;
}

std::vector<TimedWord> TimedWords(const ReadableSegment& segment, const std::vector<Word>& words,
                                  const std::optional<std::string>& edited_text) {
  std::vector<TimedWord> heard = WordsOfText(segment, words);
  if (!edited_text || *edited_text == segment.text) {
    KeepForward(&heard);
    return heard;
  }
  std::vector<TimedWord> result;
  for (const Piece& piece : SplitAtSpaces(*edited_text)) {
    TimedWord word;
    word.text = edited_text->substr(piece.begin, piece.end - piece.begin);
    word.confidence = 1;
    word.edited = true;
    result.push_back(std::move(word));
  }
  std::size_t front = 0;
  while (front < heard.size() && front < result.size() && heard[front].text == result[front].text) {
    result[front] = heard[front];
    ++front;
  }
  std::size_t back = 0;
  while (back < heard.size() - front && back < result.size() - front &&
         heard[heard.size() - 1 - back].text == result[result.size() - 1 - back].text) {
    result[result.size() - 1 - back] = heard[heard.size() - 1 - back];
    ++back;
  }
  const double start =
      front > 0 ? heard[front - 1].end : (heard.empty() ? segment.start : heard.front().start);
  const double end = back > 0 ? heard[heard.size() - back].start
                              : (heard.empty() ? segment.end : heard.back().end);
  const std::size_t between = result.size() - front - back;
  if (between == heard.size() - front - back) {
    // Word for word: each correction keeps the time of what it corrects.
    for (std::size_t i = front; i < front + between; ++i) {
      result[i].start = heard[i].start;
      result[i].end = heard[i].end;
    }
  } else {
    Share(&result, front, front + between, start, end);
  }
  KeepForward(&result);
  return result;
}

}  // namespace vang::metadata
