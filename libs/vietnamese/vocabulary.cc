#include "libs/vietnamese/vocabulary.h"

#include "libs/base/utf8.h"

namespace vang {
namespace {

bool IsWord(std::string_view word) {
  return !word.empty() && word.find_first_of(" \t\r\n\v\f") == std::string_view::npos &&
         IsValidUtf8(word);
}

}  // namespace

Result<Vocabulary> Vocabulary::Create(std::vector<std::string> words) {
  if (words.size() + kFirstWord > kMaxSize) {
    return InvalidArgument("a vocabulary holds at most " + std::to_string(kMaxSize) +
                           " words, got " + std::to_string(words.size() + kFirstWord));
  }
  Vocabulary vocabulary;
  vocabulary.words_ = {"<unk>", "<s>", "</s>"};
  vocabulary.words_.reserve(words.size() + kFirstWord);
  for (std::string& word : words) {
    if (!IsWord(word)) {
      return InvalidArgument("vocabulary entry " + std::to_string(vocabulary.words_.size()) +
                             " is not one UTF-8 word without white space");
    }
    vocabulary.words_.push_back(std::move(word));
  }
  // The vector does not grow any more, so views of its strings, short ones too, stay valid; a move
  // of the vector moves its buffer and keeps them.
  vocabulary.ids_.reserve(vocabulary.words_.size());
  for (WordId id = kFirstWord; id < vocabulary.words_.size(); ++id) {
    if (!vocabulary.ids_.emplace(vocabulary.words_[id], id).second) {
      return InvalidArgument("the vocabulary has \"" + vocabulary.words_[id] + "\" twice");
    }
  }
  return vocabulary;
}

Result<Vocabulary> Vocabulary::Parse(std::string_view lines) {
  std::vector<std::string> words;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    if (end == std::string_view::npos) {
      return InvalidArgument("the last vocabulary line has no line end");
    }
    words.emplace_back(lines.substr(0, end));
    lines.remove_prefix(end + 1);
  }
  return Create(std::move(words));
}

WordId Vocabulary::Find(std::string_view word) const {
  const auto found = ids_.find(word);
  return found == ids_.end() ? kUnknown : found->second;
}

std::string Vocabulary::Serialize() const {
  std::string lines;
  for (std::size_t id = kFirstWord; id < words_.size(); ++id) {
    lines += words_[id];
    lines += '\n';
  }
  return lines;
}

}  // namespace vang
