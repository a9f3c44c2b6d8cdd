#include "libs/speech/ctc_decoder_options.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "libs/common/json.h"

namespace vang {
namespace {

bool InRange(float value, float low, float high) { return value >= low && value <= high; }

}  // namespace

Status Check(const CtcDecoderOptions& options) {
  if (options.beam < 1 || options.beam > 1000 || options.tokens_per_frame < 1 ||
      options.tokens_per_frame > 1000) {
    return InvalidArgument("the decoder's beam and tokens_per_frame must be 1 to 1000");
  }
  if (!InRange(options.token_margin, 0, 1000) || !InRange(options.beam_margin, 0, 1000) ||
      !InRange(options.lm_weight, 0, 100) || !InRange(options.end_weight, 0, 100) ||
      !InRange(options.confidence_scale, 0, 10) || !InRange(options.syllable_bonus, -100, 100) ||
      !InRange(options.unknown_log_prob, -1000, 0)) {
    return InvalidArgument("a margin or weight of the decoder is out of range");
  }
  return {};
}

Result<CtcDecoderOptions> ParseCtcDecoderOptions(std::string_view model_json) {
  CtcDecoderOptions options;
  VANG_ASSIGN_OR_RETURN(const JsonValue document, ParseJson(model_json, std::size_t{1} << 20));
  JsonReader root(document);
  const JsonObject* object = root.OptionalObject("decoder");
  VANG_RETURN_IF_ERROR(root.status());
  if (object == nullptr) return options;
  const JsonValue decoder(*object);
  JsonReader reader(decoder, "/decoder");
  const auto read_int = [&](std::string_view key, int* value) {
    const std::optional<std::int64_t> given = reader.OptionalInt(key);
    if (given) *value = static_cast<int>(std::clamp<std::int64_t>(*given, -1, 1'000'000));
  };
  const auto read_float = [&](std::string_view key, float* value) {
    const std::optional<double> given = reader.OptionalNumber(key);
    if (given) *value = static_cast<float>(std::clamp(*given, -1e6, 1e6));
  };
  read_int("beam", &options.beam);
  read_int("tokens_per_frame", &options.tokens_per_frame);
  read_float("token_margin", &options.token_margin);
  read_float("beam_margin", &options.beam_margin);
  read_float("lm_weight", &options.lm_weight);
  read_float("syllable_bonus", &options.syllable_bonus);
  read_float("unknown_log_prob", &options.unknown_log_prob);
  read_float("end_weight", &options.end_weight);
  read_float("confidence_scale", &options.confidence_scale);
  VANG_RETURN_IF_ERROR(reader.FinishStrict());
  VANG_RETURN_IF_ERROR(Check(options));
  return options;
}

}  // namespace vang
