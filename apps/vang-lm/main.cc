// Builds and judges language models: plain text in, lm.bin out. Texts are folded to sentences of
// syllables first (libs/vietnamese/plain_text.h); sentences that are to be kept unseen are left
// out.
#include <fmt/core.h>

#include <charconv>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/file.h"
#include "libs/vietnamese/ngram_builder.h"
#include "libs/vietnamese/plain_text.h"

namespace vang {
namespace {

constexpr std::string_view kUsage =
    R"(vang-lm build --out FILE [--corpus FILE[,FILE...]]... [--tune FILE | --weights W,W...]
              [--exclude FILE] [--min-count N] [--max-bigrams N] [--max-trigrams N]
vang-lm perplexity MODEL FILE...

build: each --corpus is smoothed by itself and weighted so that the --tune text is most likely.
With --weights they weigh what is given. A line of the --exclude file is left out of every corpus wherever a whole line equals it once both
are folded to syllables. Texts are UTF-8, a paragraph or a sentence a line.
)";

struct Arguments {
  std::string out;
  std::vector<std::vector<std::string>> corpora;
  std::vector<std::string> tuning;
  std::vector<std::string> excluded;
  NgramBuildOptions options;
};

std::vector<std::string> Split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

template <typename T>
Status ParseNumber(const std::string& text, T* number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  if (error == std::errc() && end == text.data() + text.size()) return {};
  return InvalidArgument("\"" + text + "\" is not a number");
}

Result<Arguments> ParseArguments(const std::vector<std::string>& words) {
  Arguments arguments;
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    const std::string& name = words[i];
    const std::string& value = words[i + 1];
    if (name == "--out") {
      arguments.out = value;
    } else if (name == "--corpus") {
      arguments.corpora.push_back(Split(value, ','));
    } else if (name == "--tune") {
      arguments.tuning.push_back(value);
    } else if (name == "--exclude") {
      arguments.excluded.push_back(value);
    } else if (name == "--weights") {
      for (const std::string& weight : Split(value, ',')) {
        arguments.options.weights.emplace_back();
        VANG_RETURN_IF_ERROR(ParseNumber(weight, &arguments.options.weights.back()));
      }
    } else if (name == "--min-count") {
      VANG_RETURN_IF_ERROR(ParseNumber(value, &arguments.options.min_word_count));
    } else if (name == "--max-bigrams") {
      VANG_RETURN_IF_ERROR(ParseNumber(value, &arguments.options.max_bigrams));
    } else if (name == "--max-trigrams") {
      VANG_RETURN_IF_ERROR(ParseNumber(value, &arguments.options.max_trigrams));
    } else {
      return InvalidArgument("unknown option " + name);
    }
  }
  if (words.size() % 2 != 0) return InvalidArgument("an option has no value");
  if (arguments.out.empty() || arguments.corpora.empty()) {
    return InvalidArgument("--out and at least one --corpus are needed");
  }
  return arguments;
}

// Calls f(line) for each line of `path`.
template <typename F>
Status ForEachLine(const std::string& path, F&& f) {
  VANG_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    f(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

std::string Folded(std::string_view line) {
  std::string folded;
  for (const std::string& word : FoldedWords(line)) folded += word + ' ';
  return folded;
}

std::vector<std::string_view> Views(const std::vector<std::string>& words) {
  return {words.begin(), words.end()};
}

Status Build(const Arguments& arguments) {
  std::set<std::string> excluded;
  for (const std::string& path : arguments.excluded) {
    VANG_RETURN_IF_ERROR(
        ForEachLine(path, [&](std::string_view line) { excluded.insert(Folded(line)); }));
  }
  NgramBuilder builder;
  for (const auto& corpus : arguments.corpora) {
    std::size_t sentences = 0;
    std::size_t words = 0;
    std::size_t left_out = 0;
    builder.BeginCorpus();
    for (const std::string& path : corpus) {
      VANG_RETURN_IF_ERROR(ForEachLine(path, [&](std::string_view line) {
        if (!excluded.empty() && excluded.contains(Folded(line))) {
          ++left_out;
          return;
        }
        for (const auto& sentence : PlainSentences(line)) {
          builder.AddSentence(Views(sentence));
          ++sentences;
          words += sentence.size();
        }
      }));
    }
    fmt::print("{}: {} sentences, {} words, {} lines left out\n", corpus.front(), sentences, words,
               left_out);
  }
  for (const std::string& path : arguments.tuning) {
    VANG_RETURN_IF_ERROR(ForEachLine(path, [&](std::string_view line) {
      for (const auto& sentence : PlainSentences(line)) builder.AddTuningSentence(Views(sentence));
    }));
  }
  VANG_ASSIGN_OR_RETURN(const NgramBuild build, builder.Build(arguments.options));
  fmt::print("weights:");
  for (const double weight : build.weights) fmt::print(" {:.3f}", weight);
  const std::filesystem::path out = std::filesystem::absolute(arguments.out);
  VANG_RETURN_IF_ERROR(WriteFileDurably(out, build.bytes));
  VANG_ASSIGN_OR_RETURN(const auto model, NgramModel::Load(out));
  fmt::print("\n{}: {} words, {} bigrams, {} trigrams, {} bytes\n", arguments.out,
             model->vocabulary().size(), model->bigrams(), model->trigrams(), build.bytes.size());
  return {};
}

Status PrintPerplexity(const std::vector<std::string>& words) {
  if (words.size() < 2) return InvalidArgument("want a model and at least one text");
  VANG_ASSIGN_OR_RETURN(const auto model, NgramModel::Load(words[0]));
  for (std::size_t i = 1; i < words.size(); ++i) {
    std::vector<std::vector<std::string>> sentences;
    VANG_RETURN_IF_ERROR(ForEachLine(words[i], [&](std::string_view line) {
      for (auto& sentence : PlainSentences(line)) sentences.push_back(std::move(sentence));
    }));
    const Perplexity perplexity = MeasurePerplexity(*model, sentences);
    fmt::print("{}: perplexity {:.1f} over {} words, {} unknown\n", words[i], perplexity.value,
               perplexity.words, perplexity.unknown);
  }
  return {};
}

int Main(const std::vector<std::string>& words) {
  Status status = InvalidArgument("want build or perplexity");
  if (!words.empty()) {
    const std::vector<std::string> rest(words.begin() + 1, words.end());
    if (words[0] == "build") {
      const Result<Arguments> arguments = ParseArguments(rest);
      status = arguments.ok() ? Build(arguments.value()) : arguments.status();
    } else if (words[0] == "perplexity") {
      status = PrintPerplexity(rest);
    }
  }
  if (status.ok()) return 0;
  fmt::print(stderr, "vang-lm: {}\n", status.message());
  if (status.code() != Code::kInvalidArgument) return 1;
  fmt::print(stderr, "\n{}", kUsage);
  return 2;
}

}  // namespace
}  // namespace vang

int main(int argc, char** argv) {
  return vang::Main(std::vector<std::string>(argv + 1, argv + argc));
}
