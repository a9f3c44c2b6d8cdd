#include "libs/vietnamese/readable_text.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "libs/base/utf8.h"
#include "libs/vietnamese/capitals.h"
#include "libs/vietnamese/plain_text.h"
#include "libs/vietnamese/sentences.h"
#include "libs/vietnamese/written_numbers.h"

namespace vang {
namespace {

// A sentence joins the one before it while that is shorter than this and the pause is short.
constexpr std::size_t kShortLetters = 60;
constexpr double kJoinPause = 1.5;

struct Heard {
  const Word* word = nullptr;
  std::string canonical;
  double pause = 0;
};

// One written word or number and the words it was said with.
struct Piece {
  std::size_t first = 0;
  std::size_t count = 1;
  std::string text;
  std::string_view kind;  // of the edit, if the text is another than was heard
  double confidence = 1;
  MarkAfter mark;
};

// What the transcript brings along.
struct Given {
  bool marks = false;
  bool capitals = false;
};

char LastMark(std::string_view word) {
  constexpr std::string_view kMarks = ".,?!;:";
  return !word.empty() && kMarks.find(word.back()) != std::string_view::npos ? word.back() : '\0';
}

std::vector<Heard> Listen(std::span<const RawSegment> segments) {
  std::vector<Heard> heard;
  for (const RawSegment& segment : segments) {
    for (const Word& word : segment.words) {
      if (!heard.empty()) {
        heard.back().pause = std::max(0.0, word.start - heard.back().word->end);
      }
      const std::vector<std::string> folded = FoldedWords(word.text);
      heard.push_back({&word, folded.size() == 1 ? folded[0] : word.text, 0});
    }
  }
  return heard;
}

Given WhatIsGiven(const std::vector<Heard>& heard) {
  Given given;
  bool upper = false;
  bool lower = false;
  for (const Heard& h : heard) {
    given.marks |= LastMark(h.word->text) != '\0';
    upper |= HasUpper(h.word->text);
    lower |= HasLower(h.word->text);
  }
  given.capitals = upper && lower;
  return given;
}

std::vector<MarkAfter> Marks(const std::vector<Heard>& heard, const Given& given) {
  std::vector<SpokenWord> spoken;
  spoken.reserve(heard.size());
  for (const Heard& h : heard) spoken.push_back({h.canonical, h.pause});
  if (!given.marks) return FindSentences(spoken);
  std::vector<MarkAfter> marks(heard.size());
  for (std::size_t i = 0; i < heard.size(); ++i) {
    const char mark = LastMark(heard[i].word->text);
    if (mark == '.' || mark == '?' || mark == '!') marks[i] = {Mark::kPeriod, 1};
  }
  if (!marks.empty()) marks.back() = {Mark::kPeriod, 1};
  return marks;
}

// `word`, which may be capitalised, in the tone style.
std::string Styled(std::string word, ToneStyle style) {
  if (style == ToneStyle::kTraditional) return word;
  const auto syllable = ParseSyllable(word);
  if (!syllable) return word;
  std::string styled = WriteSyllable(*syllable, style);
  return HasUpper(word) ? Capitalized(styled) : styled;
}

// The pieces of one sentence, heard[begin] .. heard[end].
void WriteSentence(const std::vector<Heard>& heard, std::size_t begin, std::size_t end,
                   const Given& given, const TextModel& model, ToneStyle style,
                   std::vector<Piece>* pieces) {
  if (given.marks || given.capitals) {
    // Written already: only what was heard, word by word.
    for (std::size_t i = begin; i < end; ++i)
      pieces->push_back({i, 1, heard[i].word->text, {}, 1, {}});
    return;
  }
  std::vector<std::string_view> words;
  for (std::size_t i = begin; i < end; ++i) words.push_back(heard[i].canonical);
  const std::vector<WrittenNumber> numbers = FindNumbers(words);
  const std::vector<FoundName> names = FindNames(words, model);
  auto number = numbers.begin();
  auto name = names.begin();
  for (std::size_t i = 0; i < words.size();) {
    while (name != names.end() && name->first < i) ++name;
    if (number != numbers.end() && number->first == i) {
      pieces->push_back({begin + i, number->count, number->text, "number", number->confidence, {}});
      i += number->count;
      ++number;
      continue;
    }
    // A name that a number reaches into is none.
    const bool named = name != names.end() && name->first == i &&
                       (number == numbers.end() || number->first >= name->first + name->count);
    if (!named) {
      pieces->push_back({begin + i, 1, Styled(heard[begin + i].canonical, style), {}, 1, {}});
      ++i;
    } else if (name->written.size() == name->count) {
      for (const std::string& written : name->written) {
        pieces->push_back({begin + i, 1, Styled(written, style), "capital", name->confidence, {}});
        ++i;
      }
    } else {
      pieces->push_back(
          {begin + i, name->count, name->written[0], "abbreviation", name->confidence, {}});
      i += name->count;
    }
  }
}

std::vector<Piece> WritePieces(const std::vector<Heard>& heard, const TextModel& model,
                               const ReadableOptions& options) {
  const Given given = WhatIsGiven(heard);
  const std::vector<MarkAfter> marks = Marks(heard, given);
  std::vector<Piece> pieces;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < heard.size(); ++i) {
    if (marks[i].mark != Mark::kPeriod && marks[i].mark != Mark::kQuestion) continue;
    const std::size_t first = pieces.size();
    WriteSentence(heard, begin, i + 1, given, model, options.tone_style, &pieces);
    for (std::size_t p = first; p < pieces.size(); ++p) {
      // A comma inside a number or a name is dropped with the pause that made it.
      pieces[p].mark = marks[pieces[p].first + pieces[p].count - 1];
    }
    if (!given.capitals && !given.marks) {
      Piece& opening = pieces[first];
      std::string capital = Capitalized(opening.text);
      if (capital != opening.text) {
        opening.text = std::move(capital);
        if (opening.kind.empty()) {
          opening.kind = "capital";
          opening.confidence = begin == 0 ? 1 : marks[begin - 1].confidence;
        }
      }
    }
    begin = i + 1;
  }
  return pieces;
}

// The words of a piece as they were heard.
std::string Before(const std::vector<Heard>& heard, const Piece& piece) {
  std::string text;
  for (std::size_t i = piece.first; i < piece.first + piece.count; ++i) {
    if (i > piece.first) text += ' ';
    text += heard[i].word->text;
  }
  return text;
}

bool EndsSentence(const Piece& piece) {
  return piece.mark.mark == Mark::kPeriod || piece.mark.mark == Mark::kQuestion;
}

// Cuts the pieces into segments: [begin, end) of each.
class Cutter {
 public:
  Cutter(const std::vector<Heard>& heard, const std::vector<Piece>& pieces)
      : heard_(heard), pieces_(pieces) {}

  std::vector<std::pair<std::size_t, std::size_t>> Cut() const {
    std::vector<std::pair<std::size_t, std::size_t>> cuts;
    for (std::size_t begin = 0; begin < pieces_.size();) {
      const std::size_t end = End(begin);
      cuts.emplace_back(begin, end);
      begin = end;
    }
    return cuts;
  }

 private:
  double PauseAfter(std::size_t p) const {
    return heard_[pieces_[p].first + pieces_[p].count - 1].pause;
  }

  // Where a segment that begins at `begin` ends: after the last sentence that is still to join, or,
  // when its first sentence is too long, at the best pause of what fits.
  std::size_t End(std::size_t begin) const {
    std::size_t letters = 0;
    std::size_t whole = begin;  // end of the last whole sentence
    const double start = heard_[pieces_[begin].first].word->start;
    for (std::size_t p = begin; p < pieces_.size(); ++p) {
      letters += Utf8Length(pieces_[p].text) + (p > begin ? 1 : 0) +
                 (pieces_[p].mark.mark == Mark::kNone ? 0 : 1);
      const double seconds = heard_[pieces_[p].first + pieces_[p].count - 1].word->end - start;
      if (p > begin && (letters > kMaxReadableLetters || seconds > kMaxReadableSeconds)) {
        return whole > begin ? whole : BestBreak(begin, p);
      }
      if (!EndsSentence(pieces_[p])) continue;
      if (letters >= kShortLetters || PauseAfter(p) > kJoinPause) return p + 1;
      whole = p + 1;
    }
    return pieces_.size();
  }

  // The longest pause in the second half of [begin, end), a comma counting for more.
  std::size_t BestBreak(std::size_t begin, std::size_t end) const {
    std::size_t best = end;
    double longest = -1;
    for (std::size_t p = begin + (end - begin) / 2; p < end; ++p) {
      const double pause = PauseAfter(p) + (pieces_[p].mark.mark == Mark::kComma ? 0.2 : 0);
      if (pause >= longest) {
        longest = pause;
        best = p + 1;
      }
    }
    return best;
  }

  const std::vector<Heard>& heard_;
  const std::vector<Piece>& pieces_;
};

// Puts pieces [begin, end) down as one segment.
void Emit(const std::vector<Heard>& heard, const std::vector<Piece>& pieces, std::size_t begin,
          std::size_t end, bool add_marks, ReadableText* out) {
  const auto offset = [](std::size_t n) { return static_cast<std::uint32_t>(n); };
  ReadableSegment segment;
  const auto segment_index = offset(out->segments.size());
  double confidence = 0;
  std::size_t words = 0;
  for (std::size_t p = begin; p < end; ++p) {
    const Piece& piece = pieces[p];
    if (!segment.text.empty() && !piece.text.empty()) segment.text += ' ';
    const std::uint32_t from = offset(segment.text.size());
    segment.text += piece.text;
    const std::uint32_t to = offset(segment.text.size());
    segment.spans.push_back({from, to, offset(piece.first), offset(piece.count)});
    for (std::size_t i = piece.first; i < piece.first + piece.count; ++i, ++words) {
      const Word& word = *heard[i].word;
      confidence += word.confidence;
      segment.start = words == 0 ? word.start : std::min(segment.start, word.start);
      segment.end = words == 0 ? word.end : std::max(segment.end, word.end);
    }
    if (std::string before = Before(heard, piece); before != piece.text) {
      std::string kind(piece.kind.empty() ? "spelling" : piece.kind);
      out->edits.push_back({segment_index, from, to, offset(piece.first), offset(piece.count),
                            std::move(kind), std::move(before), piece.text, piece.confidence});
    }
    if (piece.mark.mark == Mark::kNone || !add_marks) continue;
    const std::string mark = piece.mark.mark == Mark::kComma      ? ","
                             : piece.mark.mark == Mark::kQuestion ? "?"
                                                                  : ".";
    segment.text += mark;
    out->edits.push_back({segment_index, to, to + 1, offset(piece.first + piece.count), 0,
                          "punctuation", "", mark, piece.mark.confidence});
  }
  segment.confidence = confidence / static_cast<double>(words);
  out->segments.push_back(std::move(segment));
}

}  // namespace

ReadableText MakeReadable(std::span<const RawSegment> segments, const TextModel& model,
                          const ReadableOptions& options) {
  ReadableText out;
  const std::vector<Heard> heard = Listen(segments);
  if (heard.empty()) return out;
  const std::vector<Piece> pieces = WritePieces(heard, model, options);
  const bool add_marks = !WhatIsGiven(heard).marks;
  for (const auto& [begin, end] : Cutter(heard, pieces).Cut()) {
    Emit(heard, pieces, begin, end, add_marks, &out);
  }
  return out;
}

}  // namespace vang
