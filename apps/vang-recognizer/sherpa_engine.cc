// Public models on sherpa-onnx, through its C API only: the C++ API of the pinned library is built
// with another std::string. The library ends the process on bad metadata and may crash in decode;
// that is why this program exists.
#include <sherpa-onnx/c-api/c-api.h>

#include <algorithm>
#include <exception>
#include <vector>

#include "apps/vang-recognizer/engine.h"
#include "apps/vang-recognizer/sherpa_words.h"

namespace vang {
namespace {

// A header that does not fit the pinned library must fail the build and not the user.
static_assert(sizeof(SherpaOnnxOfflineRecognizerConfig) == 624);
static_assert(sizeof(SherpaOnnxOfflineRecognizerResult) == 128);

constexpr int kSampleRate = 16000;
// Below it convolutional front ends of some models have nothing to chew on and throw.
constexpr std::size_t kLeastSamples = kSampleRate / 10;

// For Whisper sherpa-onnx takes six tokens per second of sound at most and drops the rest without a
// word; spoken Vietnamese has about ten. Silence behind the sound, as long as the sound, lifts
// that, within the 29.5 s of which it makes use.
constexpr std::size_t kMostWhisperSamples = kSampleRate * 294 / 10;

class SherpaEngine final : public Engine {
 public:
  SherpaEngine(const SherpaOnnxOfflineRecognizer* recognizer, bool whisper, bool tells_language)
      : recognizer_(recognizer), whisper_(whisper), tells_language_(tells_language) {}
  ~SherpaEngine() override { SherpaOnnxDestroyOfflineRecognizer(recognizer_); }
  SherpaEngine(const SherpaEngine&) = delete;
  SherpaEngine& operator=(const SherpaEngine&) = delete;

  Result<Recognition> Recognize(std::span<const float> samples) override {
    if (samples.size() < kLeastSamples) return Recognition{};
    // Exceptions of the C++ library inside do cross its C API.
    try {
      return Decode(samples);
    } catch (const std::exception& error) {
      return InvalidArgument("the model cannot decode this sound: " + std::string(error.what()));
    } catch (...) {
      return InvalidArgument("the model cannot decode this sound");
    }
  }

 private:
  Result<Recognition> Decode(std::span<const float> samples) {
    const std::unique_ptr<const SherpaOnnxOfflineStream, decltype(&SherpaOnnxDestroyOfflineStream)>
        stream(SherpaOnnxCreateOfflineStream(recognizer_), &SherpaOnnxDestroyOfflineStream);
    if (stream == nullptr) return Internal("sherpa-onnx gave no stream");
    std::vector<float> padded;
    std::span<const float> input = samples;
    if (whisper_) {
      padded.assign(samples.begin(), samples.end());
      padded.resize(std::max(samples.size(), std::min(2 * samples.size(), kMostWhisperSamples)));
      input = padded;
    }
    SherpaOnnxAcceptWaveformOffline(stream.get(), kSampleRate, input.data(),
                                    static_cast<std::int32_t>(input.size()));
    SherpaOnnxDecodeOfflineStream(recognizer_, stream.get());
    const std::unique_ptr<const SherpaOnnxOfflineRecognizerResult,
                          decltype(&SherpaOnnxDestroyOfflineRecognizerResult)>
        result(SherpaOnnxGetOfflineStreamResult(stream.get()),
               &SherpaOnnxDestroyOfflineRecognizerResult);
    if (result == nullptr) return Internal("sherpa-onnx gave no result");
    // A network that fails is a line on standard error for sherpa-onnx, and a result without words
    // or language.
    if (tells_language_ && (result->lang == nullptr || *result->lang == '\0')) {
      return InvalidArgument(
          "the model cannot decode this sound: its networks do not fit Whisper's");
    }
    SherpaResult plain;
    plain.seconds = static_cast<double>(samples.size()) / kSampleRate;
    if (result->text != nullptr) plain.text = result->text;
    const auto count = static_cast<std::size_t>(std::max(0, result->count));
    for (std::size_t i = 0; result->tokens_arr != nullptr && i < count; ++i) {
      plain.tokens.emplace_back(result->tokens_arr[i]);
      if (result->timestamps != nullptr) plain.starts.push_back(result->timestamps[i]);
      if (result->durations != nullptr) plain.durations.push_back(result->durations[i]);
      if (result->ys_log_probs != nullptr) plain.log_probs.push_back(result->ys_log_probs[i]);
    }
    return ToRecognition(plain);
  }

  const SherpaOnnxOfflineRecognizer* recognizer_;
  const bool whisper_;
  const bool tells_language_;
};

}  // namespace

Result<std::unique_ptr<Engine>> OpenSherpaEngine(const ModelFolder& model) {
  const std::string tokens = model.tokens.string();
  const std::string network = model.model.string();
  const std::string encoder = model.encoder.string();
  const std::string decoder = model.decoder.string();
  const std::string joiner = model.joiner.string();
  SherpaOnnxOfflineRecognizerConfig config{};
  config.feat_config.sample_rate = kSampleRate;
  config.feat_config.feature_dim = 80;
  config.decoding_method = "greedy_search";
  config.model_config.tokens = tokens.c_str();
  config.model_config.num_threads = 1;
  config.model_config.provider = "cpu";
  bool multilingual = false;
  if (model.family == "transducer") {
    config.model_config.transducer.encoder = encoder.c_str();
    config.model_config.transducer.decoder = decoder.c_str();
    config.model_config.transducer.joiner = joiner.c_str();
  } else if (model.family == "whisper") {
    config.model_config.whisper.encoder = encoder.c_str();
    config.model_config.whisper.decoder = decoder.c_str();
    config.model_config.whisper.language = "vi";
    config.model_config.whisper.task = "transcribe";
    config.model_config.whisper.tail_paddings = -1;  // the library's own choice
    // Only models exported with their attention have them; for others it changes nothing.
    config.model_config.whisper.enable_token_timestamps = 1;
    VANG_ASSIGN_OR_RETURN(const auto metadata, ReadOnnxMetadata(model.encoder));
    const auto value = metadata.find("is_multilingual");
    multilingual = value != metadata.end() && value->second == "1";
  } else if (model.family == "nemo_ctc") {
    config.model_config.nemo_ctc.model = network.c_str();
  } else if (model.family == "zipformer_ctc") {
    config.model_config.zipformer_ctc.model = network.c_str();
  } else {
    return InvalidArgument("'" + model.family + "' is not a family that sherpa-onnx serves here");
  }
  try {
    const SherpaOnnxOfflineRecognizer* recognizer = SherpaOnnxCreateOfflineRecognizer(&config);
    if (recognizer == nullptr) {
      return InvalidArgument("sherpa-onnx cannot load " + tokens +
                             " and the network beside it as " + model.family);
    }
    return std::unique_ptr<Engine>(
        std::make_unique<SherpaEngine>(recognizer, model.family == "whisper", multilingual));
  } catch (const std::exception& error) {
    return InvalidArgument("sherpa-onnx cannot load the model as " + model.family + ": " +
                           error.what());
  } catch (...) {
    return InvalidArgument("sherpa-onnx cannot load the model as " + model.family);
  }
}

}  // namespace vang
