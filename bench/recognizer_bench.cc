// What recognising costs against the bare engine: CPU seconds per hour of sound of our recogniser
// (features, network, beam search with language model, times, confidence) and of sherpa-onnx (its
// own features, the same network, greedy), on the same segments, turn and turn about.
//
//   recognizer_bench MODEL_FOLDER [FILE.wav ...]     without files: 20 s segments of made-up sound
#include <fmt/core.h>
#include <sherpa-onnx/c-api/c-api.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "libs/speech/ctc_recognizer.h"
#include "libs/speech/wav.h"

namespace vang {
namespace {

double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Noise that swells and ebbs as syllables do.
std::vector<std::vector<float>> MadeUpSegments() {
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0, 0.1F);
  std::vector<std::vector<float>> segments(6);
  for (auto& segment : segments) {
    for (int i = 0; i < 20 * 16000; ++i) {
      const float swell = 0.55F + 0.45F * std::cos(static_cast<float>(i) / 16000 * 25);
      segment.push_back(normal(random) * swell);
    }
  }
  return segments;
}

class BareEngine {
 public:
  explicit BareEngine(const std::string& folder) {
    const std::string model = folder + "/model.onnx";
    const std::string tokens = folder + "/tokens.txt";
    SherpaOnnxOfflineRecognizerConfig config{};
    config.feat_config.sample_rate = 16000;
    config.feat_config.feature_dim = 80;
    config.model_config.zipformer_ctc.model = model.c_str();
    config.model_config.tokens = tokens.c_str();
    config.model_config.num_threads = 1;
    config.model_config.provider = "cpu";
    config.decoding_method = "greedy_search";
    recognizer_ = SherpaOnnxCreateOfflineRecognizer(&config);
  }
  ~BareEngine() { SherpaOnnxDestroyOfflineRecognizer(recognizer_); }
  BareEngine(const BareEngine&) = delete;
  BareEngine& operator=(const BareEngine&) = delete;

  bool ok() const { return recognizer_ != nullptr; }

  void Recognize(const std::vector<float>& samples) const {
    const SherpaOnnxOfflineStream* stream = SherpaOnnxCreateOfflineStream(recognizer_);
    SherpaOnnxAcceptWaveformOffline(stream, 16000, samples.data(),
                                    static_cast<std::int32_t>(samples.size()));
    SherpaOnnxDecodeOfflineStream(recognizer_, stream);
    SherpaOnnxDestroyOfflineRecognizerResult(SherpaOnnxGetOfflineStreamResult(stream));
    SherpaOnnxDestroyOfflineStream(stream);
  }

 private:
  const SherpaOnnxOfflineRecognizer* recognizer_ = nullptr;
};

int Main(const std::vector<std::string>& arguments) {
  if (arguments.empty()) {
    fmt::print(stderr, "recognizer_bench MODEL_FOLDER [FILE.wav ...]\n");
    return 2;
  }
  std::vector<std::vector<float>> segments;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    Result<Sound> sound = ReadWav(arguments[i]);
    if (sound.ok()) segments.push_back(std::move(sound.value().samples));
  }
  if (segments.empty()) segments = MadeUpSegments();
  const auto ours = CtcRecognizer::Open(arguments[0]);
  const BareEngine bare(arguments[0]);
  if (!ours.ok() || !bare.ok()) {
    fmt::print(stderr, "recognizer_bench: {}\n",
               ours.ok() ? "sherpa-onnx cannot load the model" : ours.status().message());
    return 1;
  }
  double sound_seconds = 0;
  for (const auto& segment : segments) {
    sound_seconds += static_cast<double>(segment.size()) / 16000;
  }
  // The first round warms caches and is not counted; the median round is reported.
  constexpr int kRounds = 9;
  std::vector<double> our_cost;
  std::vector<double> bare_cost;
  for (int round = 0; round <= kRounds; ++round) {
    const double begin = CpuSeconds();
    for (const auto& segment : segments) {
      if (!ours.value()->Recognize(segment).ok()) return 1;
    }
    const double middle = CpuSeconds();
    for (const auto& segment : segments) bare.Recognize(segment);
    const double end = CpuSeconds();
    if (round == 0) continue;
    our_cost.push_back((middle - begin) * 3600 / sound_seconds);
    bare_cost.push_back((end - middle) * 3600 / sound_seconds);
  }
  std::sort(our_cost.begin(), our_cost.end());
  std::sort(bare_cost.begin(), bare_cost.end());
  fmt::print("asr CPU seconds per audio hour: ours {:.2f}, bare sherpa-onnx {:.2f}, ratio {:.2f}\n",
             our_cost[kRounds / 2], bare_cost[kRounds / 2],
             our_cost[kRounds / 2] / bare_cost[kRounds / 2]);
  return 0;
}

}  // namespace
}  // namespace vang

int main(int argc, char** argv) {
  return vang::Main(std::vector<std::string>(argv + 1, argv + argc));
}
