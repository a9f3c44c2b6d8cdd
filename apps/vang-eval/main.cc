// Measures a Vang speech model on recordings whose text is known: word error rate and time. Every
// figure in a model's card comes from here.
#include <fmt/core.h>

#include <charconv>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/file.h"
#include "libs/speech/ctc_recognizer.h"
#include "libs/speech/wav.h"
#include "libs/speech/word_errors.h"
#include "libs/vietnamese/plain_text.h"

namespace vang {
namespace {

constexpr std::string_view kUsage =
    R"(vang-eval MODEL_FOLDER LIST.tsv [option=value ...]

LIST.tsv: a WAV file (16 kHz; relative to the list) TAB what is said in it, one a line.
Prints the word error rate of the model as its folder configures it, without language model, and
greedy. Words are folded first (NFC, lower case, punctuation to spaces, hòa for hoà); "raw" is the
same without folding. "confidence" is its mean over right and over wrong words, and the normalised
cross entropy (1 knows all, 0 knows no more than the share of right words).

  hypotheses=FILE   also writes path TAB text TAB recognised TAB errors
  limit=N           only the first N lines
  beam= tokens_per_frame= token_margin= beam_margin= lm_weight= syllable_bonus= unknown_log_prob=
  end_weight= confidence_scale=
                    override a decoder option; with several values, as lm_weight=0.3,0.5,0.7, every
                    combination is tried on the same scores
)";

struct Utterance {
  std::string path;
  std::string text;
  double seconds = 0;
  UnitScores scores;
};

using Grid = std::map<std::string, std::vector<double>>;

struct Arguments {
  std::string model;
  std::string list;
  std::string hypotheses;
  std::size_t limit = SIZE_MAX;
  Grid grid;
};

Status SetOption(std::string_view name, double value, CtcDecoderOptions* options) {
  const std::map<std::string_view, float*> floats = {
      {"token_margin", &options->token_margin},
      {"beam_margin", &options->beam_margin},
      {"lm_weight", &options->lm_weight},
      {"syllable_bonus", &options->syllable_bonus},
      {"unknown_log_prob", &options->unknown_log_prob},
      {"end_weight", &options->end_weight},
      {"confidence_scale", &options->confidence_scale}};
  if (name == "beam") {
    options->beam = static_cast<int>(value);
  } else if (name == "tokens_per_frame") {
    options->tokens_per_frame = static_cast<int>(value);
  } else if (floats.contains(name)) {
    *floats.at(name) = static_cast<float>(value);
  } else {
    return InvalidArgument("unknown option " + std::string(name));
  }
  return {};
}

Result<std::vector<double>> ParseNumbers(std::string_view text) {
  std::vector<double> numbers;
  for (bool more = true; more;) {
    const std::size_t comma = text.find(',');
    const std::string_view part = text.substr(0, comma);
    double number = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
    if (error != std::errc() || end != part.data() + part.size()) {
      return InvalidArgument("\"" + std::string(part) + "\" is not a number");
    }
    numbers.push_back(number);
    more = comma != std::string_view::npos;
    if (more) text.remove_prefix(comma + 1);
  }
  return numbers;
}

Result<Arguments> ParseArguments(const std::vector<std::string>& words) {
  if (words.size() < 2) return InvalidArgument("want a model folder and a list");
  Arguments arguments;
  arguments.model = words[0];
  arguments.list = words[1];
  for (std::size_t i = 2; i < words.size(); ++i) {
    const std::size_t equals = std::min(words[i].find('='), words[i].size());
    const std::string name = words[i].substr(0, equals);
    const std::string value = words[i].substr(std::min(equals + 1, words[i].size()));
    if (name == "hypotheses") {
      arguments.hypotheses = value;
      continue;
    }
    VANG_ASSIGN_OR_RETURN(const std::vector<double> numbers, ParseNumbers(value));
    if (name == "limit") {
      arguments.limit = static_cast<std::size_t>(std::max(numbers[0], 0.0));
      continue;
    }
    CtcDecoderOptions ignored;
    VANG_RETURN_IF_ERROR(SetOption(name, 0, &ignored));
    arguments.grid[name] = numbers;
  }
  return arguments;
}

double Seconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

Result<std::vector<Utterance>> ReadList(const Arguments& arguments) {
  VANG_ASSIGN_OR_RETURN(const std::string text, ReadFile(arguments.list));
  std::istringstream lines(text);
  std::vector<Utterance> utterances;
  for (std::string line; std::getline(lines, line) && utterances.size() < arguments.limit;) {
    const std::size_t tab = line.find('\t');
    if (tab == std::string::npos) {
      return InvalidArgument(arguments.list + ": no TAB in \"" + line + "\"");
    }
    Utterance utterance;
    utterance.path = line.substr(0, tab);
    utterance.text = line.substr(tab + 1);
    utterances.push_back(std::move(utterance));
  }
  return utterances;
}

// Runs the network over all recordings and prints how long it took.
Status ScoreAll(const CtcRecognizer& recognizer, const std::filesystem::path& folder,
                std::vector<Utterance>* utterances) {
  double seconds = 0;
  std::chrono::steady_clock::duration spent{};
  for (Utterance& utterance : *utterances) {
    VANG_ASSIGN_OR_RETURN(const Sound sound, ReadWav(folder / utterance.path));
    if (sound.sample_rate != 16000) {
      return InvalidArgument(utterance.path + " has " + std::to_string(sound.sample_rate) +
                             " samples a second, want 16000");
    }
    const auto begin = std::chrono::steady_clock::now();
    VANG_ASSIGN_OR_RETURN(utterance.scores, recognizer.Score(sound.samples));
    spent += std::chrono::steady_clock::now() - begin;
    utterance.seconds = static_cast<double>(sound.samples.size()) / 16000;
    seconds += utterance.seconds;
  }
  fmt::print("{} recordings, {:.1f} s of sound; features and network {:.2f} s, RTF {:.4f}\n",
             utterances->size(), seconds, Seconds(spent), Seconds(spent) / std::max(seconds, 1e-9));
  return {};
}

std::vector<std::string> SplitAtSpaces(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

// How well confidences tell right words from wrong ones.
class Calibration {
 public:
  void Add(double confidence, bool right) {
    Side& side = right ? right_ : wrong_;
    side.sum += confidence;
    side.count += 1;
    side.log_sum += std::log2(std::clamp(right ? confidence : 1 - confidence, 1e-4, 1.0));
  }

  std::string ToString() const {
    const double share = right_.count / std::max(right_.count + wrong_.count, 1.0);
    const double entropy = -(right_.count * std::log2(std::max(share, 1e-9)) +
                             wrong_.count * std::log2(std::max(1 - share, 1e-9)));
    const double told = entropy + right_.log_sum + wrong_.log_sum;
    return fmt::format("confidence right {:.2f} wrong {:.2f} nce {:.2f}",
                       right_.sum / std::max(right_.count, 1.0),
                       wrong_.sum / std::max(wrong_.count, 1.0), told / std::max(entropy, 1e-9));
  }

 private:
  struct Side {
    double sum = 0;
    double count = 0;
    double log_sum = 0;
  };
  Side right_;
  Side wrong_;
};

// Decodes all recordings with `decode` and prints one line of figures; to `out` too, if it is open.
template <typename Decode>
Status Measure(const std::string& name, const std::vector<Utterance>& utterances, Decode&& decode,
               std::ofstream* out) {
  WordErrors folded;
  WordErrors raw;
  Calibration calibration;
  double seconds = 0;
  std::chrono::steady_clock::duration spent{};
  for (const Utterance& utterance : utterances) {
    const auto begin = std::chrono::steady_clock::now();
    VANG_ASSIGN_OR_RETURN(const CtcText text, decode(utterance.scores.view()));
    spent += std::chrono::steady_clock::now() - begin;
    seconds += utterance.seconds;
    std::string recognised;
    for (const Word& word : text.words) {
      recognised += (recognised.empty() ? "" : " ") + word.text;
    }
    const std::vector<std::string> said = FoldedWords(utterance.text);
    std::vector<std::string> heard;
    for (const Word& word : text.words) heard.push_back(word.text);
    const WordErrors errors = CountWordErrors(said, heard);
    const std::vector<bool> right = MatchedWords(said, heard);
    for (std::size_t i = 0; i < right.size(); ++i) {
      calibration.Add(text.words[i].confidence, right[i]);
    }
    folded += errors;
    raw += CountWordErrors(SplitAtSpaces(utterance.text), SplitAtSpaces(recognised));
    if (out->is_open()) {
      *out << utterance.path << '\t' << utterance.text << '\t' << recognised << '\t'
           << errors.total() << '\n';
    }
  }
  fmt::print(
      "{:<40} WER {:6.2f} % (ins {} del {} sub {} of {}) raw {:.2f} %, decode RTF {:.5f}, {}\n",
      name, 100 * folded.rate(), folded.insertions, folded.deletions, folded.substitutions,
      folded.words, 100 * raw.rate(), Seconds(spent) / std::max(seconds, 1e-9),
      calibration.ToString());
  std::fflush(stdout);
  return {};
}

// Every combination of the grid's values.
Status MeasureGrid(const CtcRecognizer& recognizer, const Grid& grid,
                   const std::vector<Utterance>& utterances) {
  std::size_t combinations = 1;
  for (const auto& [name, values] : grid) combinations *= values.size();
  std::ofstream none;
  for (std::size_t combination = 0; combination < combinations; ++combination) {
    CtcDecoderOptions options = recognizer.decoder_options();
    std::string label;
    std::size_t rest = combination;
    for (const auto& [name, values] : grid) {
      const double value = values[rest % values.size()];
      rest /= values.size();
      VANG_RETURN_IF_ERROR(SetOption(name, value, &options));
      label += fmt::format("{}={} ", name, value);
    }
    VANG_ASSIGN_OR_RETURN(
        const auto decoder,
        CtcDecoder::Create(recognizer.decoder().tokens(), recognizer.language_model(), options));
    VANG_RETURN_IF_ERROR(Measure(
        label, utterances, [&](const LogProbs& scores) { return decoder->Decode(scores); }, &none));
  }
  return {};
}

Status Evaluate(const Arguments& arguments) {
  VANG_ASSIGN_OR_RETURN(const auto recognizer, CtcRecognizer::Open(arguments.model));
  VANG_ASSIGN_OR_RETURN(std::vector<Utterance> utterances, ReadList(arguments));
  VANG_RETURN_IF_ERROR(
      ScoreAll(*recognizer, std::filesystem::path(arguments.list).parent_path(), &utterances));
  if (!arguments.grid.empty()) return MeasureGrid(*recognizer, arguments.grid, utterances);

  const CtcDecoder& decoder = recognizer->decoder();
  std::ofstream out;
  if (!arguments.hypotheses.empty()) out.open(arguments.hypotheses);
  VANG_RETURN_IF_ERROR(Measure(
      "as configured", utterances, [&](const LogProbs& scores) { return decoder.Decode(scores); },
      &out));
  out.close();
  VANG_ASSIGN_OR_RETURN(const auto by_sound, CtcDecoder::Create(decoder.tokens(), nullptr,
                                                                recognizer->decoder_options()));
  VANG_RETURN_IF_ERROR(Measure(
      "beam without language model", utterances,
      [&](const LogProbs& scores) { return by_sound->Decode(scores); }, &out));
  return Measure(
      "greedy", utterances, [&](const LogProbs& scores) { return decoder.DecodeGreedy(scores); },
      &out);
}

int Main(const std::vector<std::string>& words) {
  const Result<Arguments> arguments = ParseArguments(words);
  if (!arguments.ok()) {
    fmt::print(stderr, "vang-eval: {}\n\n{}", arguments.status().message(), kUsage);
    return 2;
  }
  const Status status = Evaluate(arguments.value());
  if (status.ok()) return 0;
  fmt::print(stderr, "vang-eval: {}\n", status.message());
  return 1;
}

}  // namespace
}  // namespace vang

int main(int argc, char** argv) {
  return vang::Main(std::vector<std::string>(argv + 1, argv + argc));
}
