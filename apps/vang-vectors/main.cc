// Trains and judges word vectors: plain text in, vectors.bin out.
#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "apps/vang-vectors/commands.h"

namespace vang {
namespace {

constexpr std::string_view kUsage =
    R"(vang-vectors train --out FOLDER --id NAME --corpus FILE... [--headwords FILE]
                   [--dimension N] [--units N] [--power P] [--rarity A]
vang-vectors check --model FOLDER --corpus FILE... [--distractors N]

Texts are UTF-8, a paragraph a line; <doc title="…"> and </doc> enclose an article. One article in
twenty, told by its title, is left out of the training and asked for by the check.
)";

template <typename T>
Status ParseNumber(const std::string& text, T* number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
  if (error == std::errc() && end == text.data() + text.size() && *number > T{}) return {};
  return InvalidArgument("\"" + text + "\" is not a number above 0");
}

Status Run(const std::vector<std::string>& words) {
  TrainArguments train;
  CheckArguments check;
  for (std::size_t i = 1; i < words.size(); i += 2) {
    const std::string& name = words[i];
    if (i + 1 == words.size()) return InvalidArgument(name + " has no value");
    const std::string& value = words[i + 1];
    if (name == "--out") {
      train.out = value;
    } else if (name == "--id") {
      train.id = value;
    } else if (name == "--headwords") {
      train.headwords = value;
    } else if (name == "--model") {
      check.model = value;
    } else if (name == "--corpus") {
      train.corpora.push_back(value);
      check.corpora.push_back(value);
    } else if (name == "--dimension") {
      VANG_RETURN_IF_ERROR(ParseNumber(value, &train.dimension));
    } else if (name == "--units") {
      VANG_RETURN_IF_ERROR(ParseNumber(value, &train.units));
    } else if (name == "--power") {
      VANG_RETURN_IF_ERROR(ParseNumber(value, &train.power));
    } else if (name == "--rarity") {
      VANG_RETURN_IF_ERROR(ParseNumber(value, &train.rarity));
    } else if (name == "--distractors") {
      VANG_RETURN_IF_ERROR(ParseNumber(value, &check.distractors));
    } else {
      return InvalidArgument("unknown option " + name);
    }
  }
  if (train.corpora.empty()) return InvalidArgument("--corpus is needed");
  if (words[0] == "train") {
    if (train.out.empty() || train.id.empty()) return InvalidArgument("--out and --id are needed");
    return Train(train);
  }
  if (check.model.empty()) return InvalidArgument("--model is needed");
  return Check(check);
}

}  // namespace
}  // namespace vang

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.empty() || (words[0] != "train" && words[0] != "check")) {
    fmt::print(stderr, "{}", vang::kUsage);
    return 2;
  }
  const vang::Status status = vang::Run(words);
  if (status.ok()) return 0;
  fmt::print(stderr, "vang-vectors: {}\n", status.message());
  return status.code() == vang::Code::kInvalidArgument ? 2 : 1;
}
