// Sound to timed syllables with a Vang model: features, network, decoder. A model is a folder:
//   model.onnx  in: x float[N,T,80], x_lens int64[N]; out: log_probs float[N,T',V], int64[N], by
//               position, T' = (T - 3) / 4; any sherpa-onnx program runs it as zipformer_ctc
//   tokens.txt  the V units (libs/speech/tokens.h)
//   lm.bin      the syllable language model (libs/vietnamese/ngram.h); may be missing
//   model.json  may be missing; its object `decoder` overrides members of CtcDecoderOptions
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "libs/base/status.h"
#include "libs/speech/ctc_decoder.h"

namespace vang {

// The network's answer to one piece of sound.
struct UnitScores {
  std::vector<float> values;
  std::size_t units = 0;

  LogProbs view() const { return {values, units}; }
};

// Immutable; safe for use from many threads (each call computes on its own thread).
class CtcRecognizer {
 public:
  // Feature frames under which a sound is too short to say anything: 70 ms.
  static constexpr std::size_t kLeastFrames = 7;

  // Loads the folder, checks every name, rank and size in it against the others, and runs the
  // network once over silence. kNotFound for a missing file; kInvalidArgument or kDataLoss, saying
  // which file and what is wrong with it, for one that does not fit.
  static Result<std::unique_ptr<CtcRecognizer>> Open(const std::filesystem::path& folder);

  virtual ~CtcRecognizer() = default;

  // What `samples` (16 kHz mono in [-1, 1]) say. Less than 70 ms say nothing. Time and memory grow
  // with the length: cut at 20 s (libs/speech/segmenter.h). kInvalidArgument when the network fails
  // on them.
  virtual Result<CtcText> Recognize(std::span<const float> samples) const = 0;

  // The two halves of Recognize, for tuning: the scores, normalised to log probabilities, and the
  // decoder as the folder configures it.
  virtual Result<UnitScores> Score(std::span<const float> samples) const = 0;
  virtual const CtcDecoder& decoder() const = 0;
  virtual const CtcDecoderOptions& decoder_options() const = 0;
  virtual std::shared_ptr<const NgramModel> language_model() const = 0;
};

}  // namespace vang
