#include "libs/speech/ctc_recognizer.h"

#include <algorithm>
#include <cmath>

#include "libs/base/file.h"
#include "libs/speech/fbank.h"
#include "libs/speech/onnx_session.h"

namespace vang {
namespace {

constexpr std::int64_t kAny = -1;

Status CheckSpec(const OnnxSpec& spec, std::string_view what, OnnxType type,
                 const std::vector<std::int64_t>& wanted) {
  bool fits = spec.type == type && spec.sizes.size() == wanted.size();
  for (std::size_t i = 0; fits && i < wanted.size(); ++i) {
    fits = wanted[i] == kAny || spec.sizes[i] == kAny || spec.sizes[i] == wanted[i];
  }
  if (fits) return {};
  return InvalidArgument("model.onnx: " + std::string(what) + " must be " +
                         ToString({std::string(what), type, wanted}) + ", it is " + ToString(spec));
}

Status CheckNetwork(const OnnxSession& session, std::size_t units) {
  if (session.inputs().size() != 2 || session.outputs().size() != 2) {
    return InvalidArgument("model.onnx must have 2 inputs and 2 outputs, it has " +
                           std::to_string(session.inputs().size()) + " and " +
                           std::to_string(session.outputs().size()));
  }
  const auto v = static_cast<std::int64_t>(units);
  const auto bins = static_cast<std::int64_t>(kFbankBins);
  VANG_RETURN_IF_ERROR(CheckSpec(session.inputs()[0], "x", OnnxType::kFloat, {kAny, kAny, bins}));
  VANG_RETURN_IF_ERROR(CheckSpec(session.inputs()[1], "x_lens", OnnxType::kInt64, {kAny}));
  VANG_RETURN_IF_ERROR(CheckSpec(session.outputs()[0], "log_probs (last size: lines of tokens.txt)",
                                 OnnxType::kFloat, {kAny, kAny, v}));
  return CheckSpec(session.outputs()[1], "log_probs_lens", OnnxType::kInt64, {kAny});
}

// Makes each row sum to one, whatever the network gave (logits do too).
void NormaliseRows(std::size_t units, std::vector<float>* values) {
  for (std::size_t begin = 0; begin + units <= values->size(); begin += units) {
    const auto row = std::span(*values).subspan(begin, units);
    const float highest = *std::max_element(row.begin(), row.end());
    float sum = 0;
    for (const float value : row) sum += std::exp(value - highest);
    const float log_sum = highest + std::log(sum);
    for (float& value : row) value -= log_sum;
  }
}

class OnnxCtcRecognizer final : public CtcRecognizer {
 public:
  static Result<std::unique_ptr<CtcRecognizer>> Open(const std::filesystem::path& folder) {
    VANG_ASSIGN_OR_RETURN(TokenTable tokens, LoadTokens(folder / "tokens.txt"));
    CtcDecoderOptions options;
    std::error_code ignored;
    if (std::filesystem::exists(folder / "model.json", ignored)) {
      VANG_ASSIGN_OR_RETURN(const std::string json, ReadFile(folder / "model.json"));
      Result<CtcDecoderOptions> given = ParseCtcDecoderOptions(json);
      if (!given.ok()) return given.status().Wrap((folder / "model.json").string());
      options = given.value();
    }
    std::shared_ptr<const NgramModel> model;
    if (std::filesystem::exists(folder / "lm.bin", ignored)) {
      VANG_ASSIGN_OR_RETURN(model, NgramModel::Load(folder / "lm.bin"));
    }
    VANG_ASSIGN_OR_RETURN(auto session, OnnxSession::Open(folder / "model.onnx"));
    VANG_RETURN_IF_ERROR(CheckNetwork(*session, tokens.size()).Wrap(folder.string()));
    VANG_ASSIGN_OR_RETURN(auto decoder, CtcDecoder::Create(std::move(tokens), model, options));
    std::unique_ptr<CtcRecognizer> recognizer(
        new OnnxCtcRecognizer(std::move(session), std::move(decoder), std::move(model), options));
    const std::vector<float> silence(8000, 0.0F);
    const Result<CtcText> tried = recognizer->Recognize(silence);
    if (!tried.ok()) return tried.status().Wrap("trying " + folder.string() + " on silence");
    return recognizer;
  }

  Result<CtcText> Recognize(std::span<const float> samples) const override {
    VANG_ASSIGN_OR_RETURN(const UnitScores scores, Score(samples));
    return decoder_->Decode(scores.view());
  }

  Result<UnitScores> Score(std::span<const float> samples) const override {
    UnitScores scores;
    scores.units = decoder_->tokens().size();
    const std::size_t frames = FbankFrames(samples.size());
    if (frames < kLeastFrames) return scores;
    const auto t = static_cast<std::int64_t>(frames);
    const std::vector<OnnxTensor> inputs = {
        FloatTensor({1, t, static_cast<std::int64_t>(kFbankBins)}, ComputeFbank(samples)),
        IntegerTensor({1}, {t})};
    VANG_ASSIGN_OR_RETURN(std::vector<OnnxTensor> outputs, session_->Run(inputs));
    const OnnxTensor& rows = outputs[0];
    if (rows.type != OnnxType::kFloat || rows.sizes.size() != 3 || rows.sizes[0] != 1 ||
        rows.sizes[2] != static_cast<std::int64_t>(scores.units)) {
      return InvalidArgument("the network gave " + ToString({"log_probs", rows.type, rows.sizes}) +
                             " where float[1,frames," + std::to_string(scores.units) +
                             "] is wanted");
    }
    // More rows than feature frames cannot be at 40 ms a row, and would put words beyond the end.
    if (rows.sizes[1] > t || outputs[1].integers.size() != 1) {
      return InvalidArgument("the network gave " + std::to_string(rows.sizes[1]) + " rows for " +
                             std::to_string(t) + " feature frames");
    }
    const std::int64_t length = std::clamp<std::int64_t>(outputs[1].integers[0], 0, rows.sizes[1]);
    scores.values = std::move(outputs[0].floats);
    scores.values.resize(static_cast<std::size_t>(length) * scores.units);
    NormaliseRows(scores.units, &scores.values);
    return scores;
  }

  const CtcDecoder& decoder() const override { return *decoder_; }
  const CtcDecoderOptions& decoder_options() const override { return options_; }
  std::shared_ptr<const NgramModel> language_model() const override { return model_; }

 private:
  OnnxCtcRecognizer(std::unique_ptr<OnnxSession> session, std::shared_ptr<const CtcDecoder> decoder,
                    std::shared_ptr<const NgramModel> model, const CtcDecoderOptions& options)
      : session_(std::move(session)),
        decoder_(std::move(decoder)),
        model_(std::move(model)),
        options_(options) {}

  const std::unique_ptr<OnnxSession> session_;
  const std::shared_ptr<const CtcDecoder> decoder_;
  const std::shared_ptr<const NgramModel> model_;
  const CtcDecoderOptions options_;
};

}  // namespace

Result<std::unique_ptr<CtcRecognizer>> CtcRecognizer::Open(const std::filesystem::path& folder) {
  return OnnxCtcRecognizer::Open(folder);
}

}  // namespace vang
