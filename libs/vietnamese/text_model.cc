#include "libs/vietnamese/text_model.h"

#include <algorithm>
#include <charconv>

#include "libs/base/file.h"
#include "libs/base/sha256.h"
#include "libs/base/utf8.h"
#include "libs/vietnamese/plain_text.h"

namespace vang {
namespace {

constexpr std::string_view kFormat = "vang-names-1";
constexpr std::size_t kMaxLine = 300;
constexpr std::size_t kMaxFile = std::size_t{32} << 20;

std::size_t CountWords(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), ' ')) + 1;
}

// Words of `text`, which has one space between them.
std::vector<std::string_view> Words(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t end = std::min(text.find(' '), text.size());
    words.push_back(text.substr(0, end));
    if (end == text.size()) return words;
    text.remove_prefix(end + 1);
  }
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

// Takes the next line off `rest`.
std::string_view NextLine(std::string_view* rest) {
  const std::size_t end = std::min(rest->find('\n'), rest->size());
  const std::string_view line = rest->substr(0, end);
  rest->remove_prefix(std::min(end + 1, rest->size()));
  return line;
}

bool ParseInt(std::string_view text, std::size_t* number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  return error == std::errc() && end == text.data() + text.size();
}

std::vector<std::string_view> Fields(std::string_view line, char separator) {
  std::vector<std::string_view> fields;
  while (true) {
    const std::size_t end = std::min(line.find(separator), line.size());
    fields.push_back(line.substr(0, end));
    if (end == line.size()) return fields;
    line.remove_prefix(end + 1);
  }
}

}  // namespace

std::string SerializeNames(std::vector<NameEntry> entries) {
  std::sort(entries.begin(), entries.end(),
            [](const NameEntry& a, const NameEntry& b) { return a.spoken < b.spoken; });
  std::string body;
  for (const NameEntry& entry : entries) {
    body += entry.written + '\t' + std::to_string(static_cast<int>(entry.share * 100)) + '\n';
  }
  return std::string(kFormat) + ' ' + std::to_string(entries.size()) + ' ' + Sha256Hex(body) +
         '\n' + body;
}

Status TextModel::Add(NameEntry entry) {
  if (!IsValidUtf8(entry.spoken) || !IsValidUtf8(entry.written)) {
    return DataLoss("a name is not UTF-8");
  }
  if (entry.spoken.empty() || entry.written.empty() || CountWords(entry.spoken) > kMaxNameWords ||
      CountWords(entry.written) > CountWords(entry.spoken)) {
    return DataLoss("a name is empty, or longer than it may be");
  }
  if (entries_.size() >= kMaxNameEntries) return DataLoss("there are too many names");
  std::uint32_t node = 0;
  for (const std::string_view word : Words(entry.spoken)) {
    const auto id =
        words_.try_emplace(std::string(word), static_cast<std::uint32_t>(words_.size())).first;
    const std::uint64_t edge = (std::uint64_t{node} << 32) | id->second;
    const auto [child, is_new] =
        children_.try_emplace(edge, static_cast<std::uint32_t>(entry_of_node_.size()));
    if (is_new) entry_of_node_.push_back(-1);
    node = child->second;
  }
  if (entry_of_node_[node] >= 0) return DataLoss("a name is there twice: " + entry.spoken);
  entry_of_node_[node] = static_cast<std::int32_t>(entries_.size());
  entries_.push_back(std::move(entry));
  return {};
}

Result<std::shared_ptr<const TextModel>> TextModel::Parse(std::string_view names,
                                                          std::string_view abbreviations,
                                                          std::string_view given_names) {
  std::shared_ptr<TextModel> model(new TextModel());
  // Abbreviations come first: a name that is spelled alike must not hide one.
  for (std::string_view rest = abbreviations; !rest.empty();) {
    const std::string_view line = NextLine(&rest);
    if (line.empty() || line.front() == '#') continue;
    const std::vector<std::string_view> fields = Fields(line, '\t');
    if (line.size() > kMaxLine || fields.size() != 2) {
      return DataLoss("a line of the abbreviations is not \"written<TAB>spoken\"");
    }
    const std::string spoken = Joined(FoldedWords(fields[1]));
    VANG_RETURN_IF_ERROR(model->Add({spoken, std::string(fields[0]), 1}));
  }
  for (std::string_view rest = given_names; !rest.empty();) {
    const std::string_view line = NextLine(&rest);
    if (line.empty() || line.front() == '#') continue;
    const std::vector<std::string> words = FoldedWords(line);
    if (line.size() > kMaxLine || words.size() != 1) {
      return DataLoss("a line of the given names is not one word");
    }
    model->given_names_.insert(words.front());
    if (model->given_names_.size() > kMaxNameEntries) return DataLoss("too many given names");
  }

  const std::vector<std::string_view> header = Fields(NextLine(&names), ' ');
  std::size_t count = 0;
  if (header.size() != 3 || header[0] != kFormat || !ParseInt(header[1], &count) ||
      count > kMaxNameEntries) {
    return DataLoss("the names do not begin with \"" + std::string(kFormat) + "\"");
  }
  if (Sha256Hex(names) != header[2]) return DataLoss("the names do not fit their checksum");
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view line = NextLine(&names);
    const std::vector<std::string_view> fields = Fields(line, '\t');
    std::size_t share = 0;
    if (line.size() > kMaxLine || fields.size() != 2 || !ParseInt(fields[1], &share) ||
        share > 100) {
      return DataLoss("line " + std::to_string(i + 2) + " of the names is malformed");
    }
    const std::vector<std::string> spoken = FoldedWords(fields[0]);
    if (spoken.size() != CountWords(fields[0])) {
      return DataLoss("line " + std::to_string(i + 2) + " of the names is not words");
    }
    std::string key = Joined(spoken);
    VANG_RETURN_IF_ERROR(
        model->Add({std::move(key), std::string(fields[0]), static_cast<double>(share) / 100}));
  }
  if (!names.empty()) return DataLoss("something follows the names");
  return std::shared_ptr<const TextModel>(std::move(model));
}

Result<std::shared_ptr<const TextModel>> TextModel::Load(const std::filesystem::path& folder) {
  const auto optional = [&](const char* name) -> Result<std::string> {
    auto text = ReadFile(folder / name, kMaxFile);
    if (!text.ok() && text.status().code() == Code::kNotFound) return std::string();
    return text;
  };
  VANG_ASSIGN_OR_RETURN(const std::string names, ReadFile(folder / "names.txt", kMaxFile));
  VANG_ASSIGN_OR_RETURN(const std::string abbreviations, optional("abbreviations.txt"));
  VANG_ASSIGN_OR_RETURN(const std::string given_names, optional("given-names.txt"));
  auto model = Parse(names, abbreviations, given_names);
  if (!model.ok()) return model.status().Wrap("reading the text model " + folder.string());
  return model;
}

std::optional<TextModel::Match> TextModel::Find(std::span<const std::string_view> words,
                                                std::size_t at) const {
  std::optional<Match> best;
  std::uint32_t node = 0;
  std::string key;
  for (std::size_t i = at; i < words.size() && i - at < kMaxNameWords; ++i) {
    key.assign(words[i]);
    const auto id = words_.find(key);
    if (id == words_.end()) break;
    const auto child = children_.find((std::uint64_t{node} << 32) | id->second);
    if (child == children_.end()) break;
    node = child->second;
    if (entry_of_node_[node] < 0) continue;
    const NameEntry& entry = entries_[static_cast<std::size_t>(entry_of_node_[node])];
    best = Match{i - at + 1, entry.written, entry.share, CountWords(entry.written) == i - at + 1};
  }
  return best;
}

bool TextModel::IsGivenName(std::string_view syllable) const {
  return given_names_.contains(std::string(syllable));
}

}  // namespace vang
