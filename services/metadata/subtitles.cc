#include "services/metadata/subtitles.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "libs/base/utf8.h"

namespace vang::metadata {
namespace {

constexpr double kPause = 1.5;           // seconds of silence that end a cue
constexpr double kShortest = 0.8;        // a cue stays this long when there is room after it
constexpr std::size_t kWorthAlone = 21;  // characters of a sentence that may end its cue

std::string Join(const std::vector<TimedWord>& words, std::size_t first, std::size_t last) {
  std::string text;
  for (std::size_t i = first; i < last; ++i) text += (i == first ? "" : " ") + words[i].text;
  return text;
}

// One line, or the two most even ones; empty when it takes more.
std::vector<std::string> Wrap(const std::vector<TimedWord>& words) {
  std::string whole = Join(words, 0, words.size());
  if (Utf8Length(whole) <= kLineLength || words.size() == 1) return {std::move(whole)};
  std::vector<std::string> best;
  std::size_t best_length = kLineLength + 1;
  for (std::size_t i = 1; i < words.size(); ++i) {
    std::string first = Join(words, 0, i);
    std::string second = Join(words, i, words.size());
    const std::size_t length = std::max(Utf8Length(first), Utf8Length(second));
    if (length >= best_length) continue;
    best_length = length;
    best = {std::move(first), std::move(second)};
  }
  return best;
}

bool EndsSentence(const std::string& word) {
  return word.ends_with('.') || word.ends_with('?') || word.ends_with('!') || word.ends_with("…");
}

bool MayGrow(const std::vector<TimedWord>& cue, const TimedWord& next) {
  if (next.start - cue.back().end > kPause) return false;
  if (next.end - cue.front().start > kCueSeconds) return false;
  if (EndsSentence(cue.back().text) && Utf8Length(Join(cue, 0, cue.size())) >= kWorthAlone) {
    return false;
  }
  std::vector<TimedWord> grown = cue;
  grown.push_back(next);
  return !Wrap(grown).empty();
}

void Close(std::vector<TimedWord>* words, const std::string& speaker, std::vector<Cue>* cues) {
  if (words->empty()) return;
  Cue cue{words->front().start, std::min(words->back().end, words->front().start + kCueSeconds),
          speaker, Wrap(*words)};
  cues->push_back(std::move(cue));
  words->clear();
}

// Short cues last longer where there is room, and none reaches into the next.
void SetEnds(std::vector<Cue>* cues) {
  double last_end = 0;
  for (std::size_t i = 0; i < cues->size(); ++i) {
    Cue& cue = (*cues)[i];
    cue.start = std::max(cue.start, last_end);
    const double room = i + 1 < cues->size() ? (*cues)[i + 1].start : cue.start + kShortest;
    cue.end = std::max(cue.end, std::min(cue.start + kShortest, room));
    if (i + 1 < cues->size())
      cue.end = std::min(cue.end, std::max((*cues)[i + 1].start, cue.start));
    // Players drop a cue without length.
    cue.end = std::max(cue.end, cue.start + 0.05);
    last_end = cue.end;
  }
}

std::string Stamp(double seconds, char point) {
  const std::int64_t ms = std::llround(std::max(seconds, 0.0) * 1000);
  return fmt::format("{:02}:{:02}:{:02}{}{:03}", ms / 3'600'000, ms / 60'000 % 60, ms / 1'000 % 60,
                     point, ms % 1'000);
}

std::string EscapeVtt(const std::string& text) {
  std::string escaped;
  for (char c : text) {
    if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else {
      escaped += c == '\n' || c == '\r' ? ' ' : c;
    }
  }
  return escaped;
}

// SubRip knows no escapes: an arrow in the text would read as a new cue.
std::string PlainSrt(std::string text) {
  for (std::size_t at = 0; (at = text.find("-->", at)) != std::string::npos;) {
    text.replace(at, 3, "->");
  }
  return text;
}

}  // namespace

std::vector<Cue> MakeCues(const std::vector<SpokenSegment>& segments) {
  std::vector<Cue> cues;
  for (const SpokenSegment& segment : segments) {
    std::vector<TimedWord> cue;
    for (const TimedWord& word : segment.words) {
      if (!cue.empty() && !MayGrow(cue, word)) Close(&cue, segment.speaker, &cues);
      cue.push_back(word);
    }
    Close(&cue, segment.speaker, &cues);
  }
  SetEnds(&cues);
  return cues;
}

std::string WriteSrt(const std::vector<Cue>& cues) {
  std::string text;
  int number = 0;
  for (const Cue& cue : cues) {
    text += fmt::format("{}\n{} --> {}\n", ++number, Stamp(cue.start, ','), Stamp(cue.end, ','));
    for (const std::string& line : cue.lines) text += PlainSrt(line) + "\n";
    text += "\n";
  }
  return text;
}

std::string WriteVtt(const std::vector<Cue>& cues) {
  std::string text = "WEBVTT\n\n";
  for (const Cue& cue : cues) {
    text += fmt::format("{} --> {}\n", Stamp(cue.start, '.'), Stamp(cue.end, '.'));
    if (!cue.speaker.empty()) text += "<v " + EscapeVtt(cue.speaker) + ">";
    for (const std::string& line : cue.lines) text += EscapeVtt(line) + "\n";
    text += "\n";
  }
  return text;
}

}  // namespace vang::metadata
