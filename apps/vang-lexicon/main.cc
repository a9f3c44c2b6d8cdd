// Makes and judges text models: names mined from running text, capitals compared with text kept
// apart, and plain lines written out as a transcript would be.
#include <fmt/core.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/file.h"
#include "libs/base/sha256.h"
#include "libs/vietnamese/capitals.h"
#include "libs/vietnamese/lexicon_builder.h"
#include "libs/vietnamese/plain_text.h"
#include "libs/vietnamese/readable_text.h"
#include "libs/vietnamese/sentences.h"

namespace vang {
namespace {

constexpr std::string_view kUsage =
    R"(vang-lexicon mine OUT TEXT...         names.txt from texts; a paragraph a line, <doc title="…"> begins an
                                      article; one article in a hundred (by its title) is left out
vang-lexicon capitals MODEL TEXT      capitals given to the text, lower-cased, against its own
vang-lexicon held-out MODEL TEXT      the same, over the articles that mine leaves out
vang-lexicon questions TEXT           question marks given to sentences against their own
vang-lexicon write MODEL TEXT         each line, lower-case words, as a transcript has it
)";

using Line = std::function<void(std::string_view line, bool held_out)>;

Status ForEachLine(const std::string& path, const Line& f) {
  VANG_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  constexpr std::string_view kArticle = "<doc title=";
  bool held_out = false;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.starts_with(kArticle)) {
      held_out = std::stoul(Sha256Hex(line).substr(0, 6), nullptr, 16) % 100 == 0;
    }
    f(line, held_out);
  }
  return {};
}

Status Mine(const std::vector<std::string>& words) {
  if (words.size() < 2) return InvalidArgument("want a file to write and at least one text");
  LexiconBuilder builder({});
  for (const bool collect : {true, false}) {
    for (std::size_t i = 1; i < words.size(); ++i) {
      VANG_RETURN_IF_ERROR(ForEachLine(words[i], [&](std::string_view line, bool held_out) {
        if (held_out) return;
        collect ? builder.Collect(line) : builder.Count(line);
      }));
    }
  }
  const std::vector<NameEntry> entries = builder.Build();
  fmt::print("{} names\n", entries.size());
  return WriteFileDurably(std::filesystem::absolute(words[0]), SerializeNames(entries));
}

// Words within sentences: those that open one are capital for everybody.
Status Capitals(const std::vector<std::string>& words, bool only_held_out) {
  if (words.size() != 2) return InvalidArgument("want a model folder and a text");
  VANG_ASSIGN_OR_RETURN(const auto model, TextModel::Load(words[0]));
  CasedTextReader reader;
  std::size_t total = 0;
  std::size_t wanted = 0;
  std::size_t given = 0;
  std::size_t right = 0;
  VANG_RETURN_IF_ERROR(ForEachLine(words[1], [&](std::string_view line, bool held_out) {
    if (only_held_out && !held_out) return;
    const std::vector<CasedWord> cased = reader.Read(line);
    std::vector<std::string_view> plain;
    plain.reserve(cased.size());
    for (const CasedWord& word : cased) plain.push_back(word.folded);
    std::vector<bool> capital(cased.size());
    for (const FoundName& name : FindNames(plain, *model)) {
      for (std::size_t k = 0; k < name.count; ++k) {
        capital[name.first + k] = name.written.size() != name.count || HasUpper(name.written[k]);
      }
    }
    for (std::size_t i = 0; i < cased.size(); ++i) {
      if (cased[i].opens) continue;
      const bool is_capital = HasUpper(cased[i].written);
      ++total;
      wanted += is_capital ? 1 : 0;
      given += capital[i] ? 1 : 0;
      right += is_capital && capital[i] ? 1 : 0;
    }
  }));
  const double precision = given == 0 ? 0 : static_cast<double>(right) / static_cast<double>(given);
  const double recall = wanted == 0 ? 0 : static_cast<double>(right) / static_cast<double>(wanted);
  const std::size_t wrong = given + wanted - 2 * right;
  fmt::print("{} words, {} capital; precision {:.3f}, recall {:.3f}, F1 {:.3f}, accuracy {:.4f}\n",
             total, wanted, precision, recall,
             precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0,
             total == 0 ? 1 : 1 - static_cast<double>(wrong) / static_cast<double>(total));
  return {};
}

Status Questions(const std::vector<std::string>& words) {
  if (words.size() != 1) return InvalidArgument("want a text");
  std::size_t wanted = 0;
  std::size_t given = 0;
  std::size_t right = 0;
  VANG_RETURN_IF_ERROR(ForEachLine(words[0], [&](std::string_view line, bool) {
    for (std::size_t begin = 0; begin < line.size();) {
      const std::size_t end = std::min(line.find_first_of(".?!", begin), line.size());
      const bool asks = end < line.size() && line[end] == '?';
      const std::vector<std::string> folded = FoldedWords(line.substr(begin, end - begin));
      const std::vector<std::string_view> plain(folded.begin(), folded.end());
      const bool found = IsQuestion(plain);
      wanted += asks ? 1 : 0;
      given += found ? 1 : 0;
      right += asks && found ? 1 : 0;
      begin = end + 1;
    }
  }));
  fmt::print("{} questions, {} found, {} rightly\n", wanted, given, right);
  return {};
}

Status Write(const std::vector<std::string>& words) {
  if (words.size() != 2) return InvalidArgument("want a model folder and a text");
  VANG_ASSIGN_OR_RETURN(const auto model, TextModel::Load(words[0]));
  std::size_t syllables = 0;
  std::chrono::duration<double> took{0};
  VANG_RETURN_IF_ERROR(ForEachLine(words[1], [&](std::string_view line, bool) {
    RawSegment segment;
    double now = 0;
    for (std::string& word : FoldedWords(line)) {
      segment.words.push_back({std::move(word), now, now + 0.2, 1, 0, 0});
      now += 0.2;
    }
    syllables += segment.words.size();
    const auto began = std::chrono::steady_clock::now();
    const ReadableText text = MakeReadable({&segment, 1}, *model);
    took += std::chrono::steady_clock::now() - began;
    std::string written;
    for (const ReadableSegment& part : text.segments) {
      written += (written.empty() ? "" : " ") + part.text;
    }
    fmt::print("{}\n", written);
  }));
  fmt::print(stderr, "{:.0f} syllables a second\n", static_cast<double>(syllables) / took.count());
  return {};
}

int Main(const std::vector<std::string>& words) {
  Status status = InvalidArgument("want a command");
  if (!words.empty()) {
    const std::vector<std::string> rest(words.begin() + 1, words.end());
    if (words[0] == "mine") status = Mine(rest);
    if (words[0] == "capitals") status = Capitals(rest, false);
    if (words[0] == "held-out") status = Capitals(rest, true);
    if (words[0] == "questions") status = Questions(rest);
    if (words[0] == "write") status = Write(rest);
  }
  if (status.ok()) return 0;
  fmt::print(stderr, "vang-lexicon: {}\n", status.message());
  if (status.code() != Code::kInvalidArgument) return 1;
  fmt::print(stderr, "\n{}", kUsage);
  return 2;
}

}  // namespace
}  // namespace vang

int main(int argc, char** argv) {
  return vang::Main(std::vector<std::string>(argv + 1, argv + argc));
}
