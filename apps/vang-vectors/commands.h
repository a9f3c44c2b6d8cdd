// What vang-vectors does, one function a command.
#pragma once

#include <string>
#include <vector>

#include "libs/base/status.h"

namespace vang {

struct TrainArguments {
  std::string out;  // folder
  std::string id;
  std::vector<std::string> corpora;
  std::string headwords;
  std::size_t dimension = 160;
  std::size_t units = 60'000;
  double power = 0.5;  // of the singular values
  double rarity = 1e-3;
};
Status Train(const TrainArguments& arguments);

struct CheckArguments {
  std::string model;  // folder
  std::vector<std::string> corpora;
  std::size_t distractors = 5'000;  // paragraphs of articles that are not asked for
};
// Title to paragraph over the held-out articles: how high each ranking puts a paragraph of the
// article, one that does not hold its title.
Status Check(const CheckArguments& arguments);

}  // namespace vang
