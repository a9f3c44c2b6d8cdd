// Written text as plain words: what a language model learns from and what a recogniser is scored
// on. Case, punctuation and the ways of writing one syllable are folded away.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vang {

// The sentences of `text` (parted at . ! ? ; : … and line ends), each a list of canonical
// syllables. Numbers are read out (number_words.h) unless they are part of a date, a range or the
// like. What is not a Vietnamese syllable is an empty string, a gap; gaps that touch are one.
// Sentences of gaps and punctuation alone are kept if they hold a gap.
std::vector<std::vector<std::string>> PlainSentences(std::string_view text);

// All words of `text` for scoring: syllables in canonical form, other words in lower case, numbers
// as they stand; punctuation parts words and is dropped.
std::vector<std::string> FoldedWords(std::string_view text);

// A word of FoldedWords and the bytes [begin, end) of the text that spell it.
struct LocatedWord {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string text;
};
std::vector<LocatedWord> LocatedWords(std::string_view text);

// Lower case, without tones and marks, đ as d; composed and decomposed spellings come out the same.
// What is no letter of Vietnamese or ASCII stays as it is.
std::string Unaccented(std::string_view text);

}  // namespace vang
