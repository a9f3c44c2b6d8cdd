// Trains the network against the clock. Frame labels first, fading into CTC: the events of
// espeak-ng say what every frame is, which takes the network off the blank plateau in minutes. Real
// speech has no such labels and begins with its units spread evenly over the sound.
#include <ATen/autocast_mode.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <numeric>

#include "apps/vang-train/audio.h"
#include "apps/vang-train/commands.h"
#include "apps/vang-train/feature_store.h"
#include "apps/vang-train/network.h"
#include "apps/vang-train/optimizer.h"
#include "apps/vang-train/units.h"

namespace vang::train {
namespace {

// Of features a batch, about 45 s of sound.
constexpr std::int64_t kBins = static_cast<std::int64_t>(kFbankBins);
constexpr std::size_t kBatchFrames = 4'500;

double Uniform(double low, double high, Random* random) {
  return std::uniform_real_distribution<double>(low, high)(*random);
}

// Batches of utterances of similar length, in random order, for ever.
class Batches {
 public:
  Batches(const std::vector<Utterance>* data, Random* random) : data_(data), random_(random) {}

  std::vector<const Utterance*> Next() {
    if (next_ == batches_.size()) Shuffle();
    return batches_[next_++];
  }

 private:
  void Shuffle() {
    std::vector<std::pair<double, const Utterance*>> order;
    for (const Utterance& u : *data_) order.emplace_back(u.frames * Uniform(0.9, 1.1, random_), &u);
    std::sort(order.begin(), order.end());
    batches_.clear();
    std::vector<const Utterance*> batch;
    std::size_t longest = 0;
    for (const auto& [key, u] : order) {
      longest = std::max<std::size_t>(longest, u->frames);
      if (!batch.empty() && longest * (batch.size() + 1) > kBatchFrames) {
        batches_.push_back(std::move(batch));
        batch.clear();
        longest = u->frames;
      }
      batch.push_back(u);
    }
    if (!batch.empty()) batches_.push_back(std::move(batch));
    std::shuffle(batches_.begin(), batches_.end(), *random_);
    next_ = 0;
  }

  const std::vector<Utterance>* data_;
  Random* random_;
  std::vector<std::vector<const Utterance*>> batches_;
  std::size_t next_ = 0;
};

// Features with a random vocal tract, gain and tilt, and masks over bins and time.
void Augment(const Utterance& u, float* out, const float* mean, Random* random) {
  const double warp = Uniform(0, 1, random) < 0.6 ? Uniform(0.9, 1.1, random) : 1.0;
  const auto gain = static_cast<float>(Uniform(-1.2, 1.2, random));
  const auto tilt = static_cast<float>(Uniform(-0.6, 0.6, random));
  std::array<std::size_t, kBins> low{};
  std::array<float, kBins> part{}, offset{};
  for (std::size_t m = 0; m < kBins; ++m) {
    const double at = std::min(static_cast<double>(m) * warp, kBins - 1.001);
    low[m] = static_cast<std::size_t>(at);
    part[m] = static_cast<float>(at - static_cast<double>(low[m]));
    offset[m] = gain + tilt * (static_cast<float>(m) - 40) / 40;
  }
  for (std::size_t f = 0; f < u.frames; ++f) {
    const std::uint8_t* row = u.features.data() + f * kBins;
    float* to = out + f * kBins;
    for (std::size_t m = 0; m < kBins; ++m) {
      const float a = Dequantise(row[low[m]]);
      const float b = Dequantise(row[std::min<std::size_t>(low[m] + 1, kBins - 1)]);
      to[m] = a + part[m] * (b - a) + offset[m];
    }
  }
  auto index = [random](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n)(*random);
  };
  for (int mask = 0; mask < 2; ++mask) {
    const std::size_t size = index(18);
    const std::size_t begin = index(kBins - size);
    for (std::size_t f = 0; f < u.frames; ++f) {
      for (std::size_t m = begin; m < begin + size; ++m) out[f * kBins + m] = mean[m];
    }
  }
  const auto masks = static_cast<int>(0.8 * u.frames / 100);
  for (int mask = 0; mask < masks; ++mask) {
    const std::size_t size = index(18);
    const std::size_t begin = index(u.frames - std::min<std::size_t>(size, u.frames));
    for (std::size_t f = begin; f < std::min<std::size_t>(begin + size, u.frames); ++f) {
      std::copy(mean, mean + kBins, out + f * kBins);
    }
  }
}

// Units spread evenly over the part of the sound that is louder than its quiet parts.
std::vector<std::int16_t> FlatStart(const Utterance& u) {
  std::vector<int> loudness(u.frames);
  for (std::size_t f = 0; f < u.frames; ++f) {
    const auto* row = u.features.data() + f * kBins;
    loudness[f] = std::accumulate(row + 5, row + 50, 0);
  }
  std::vector<int> sorted = loudness;
  std::sort(sorted.begin(), sorted.end());
  const int floor = sorted[sorted.size() / 20], peak = sorted[sorted.size() * 19 / 20];
  const int threshold = floor + (peak - floor) * 2 / 5;
  std::size_t first = 0, last = u.frames - 1;
  while (first < last && loudness[first] < threshold) ++first;
  while (last > first && loudness[last] < threshold) --last;
  const std::size_t frames = OutputFrames(u.frames);
  std::vector<std::int16_t> labels(frames, 0);
  const double begin = static_cast<double>(first) / 4, end = static_cast<double>(last + 1) / 4;
  const double syllables = static_cast<double>(u.units.size()) / 2;
  for (std::size_t t = 0; t < frames; ++t) {
    const double at = static_cast<double>(t) + 0.5;
    if (at < begin || at >= end) continue;
    const double position = (at - begin) / (end - begin) * syllables;
    const auto syllable = std::min(static_cast<std::size_t>(position), u.units.size() / 2 - 1);
    const bool rime = position - static_cast<double>(syllable) > 0.35;
    labels[t] = u.units[2 * syllable + (rime ? 1 : 0)];
  }
  return labels;
}

// Products in bfloat16 while it lives; sums, norms and weights stay at 32 bits.
class MixedPrecision {
 public:
  explicit MixedPrecision(bool on) : on_(on) {
    if (!on_) return;
    at::autocast::set_cpu_enabled(true);
    at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
  }
  ~MixedPrecision() {
    if (!on_) return;
    at::autocast::clear_cache();
    at::autocast::set_cpu_enabled(false);
  }
  MixedPrecision(const MixedPrecision&) = delete;
  MixedPrecision& operator=(const MixedPrecision&) = delete;

 private:
  bool on_;
};

struct Batch {
  torch::Tensor features, lengths, labels, targets, target_lengths;
  double seconds = 0;
};

Batch Assemble(const std::vector<const Utterance*>& list, const torch::Tensor& mean,
               bool with_labels, Random* random) {
  std::size_t longest = 0, units = 0;
  for (const Utterance* u : list) {
    longest = std::max<std::size_t>(longest, u->frames);
    units += u->units.size();
  }
  const auto n = static_cast<std::int64_t>(list.size());
  const auto frames = static_cast<std::int64_t>(OutputFrames(longest));
  Batch batch;
  batch.features = torch::zeros({n, static_cast<std::int64_t>(longest), kBins});
  batch.features += mean;
  batch.lengths = torch::empty({n}, torch::kLong);
  batch.target_lengths = torch::empty({n}, torch::kLong);
  batch.targets = torch::empty({static_cast<std::int64_t>(units)}, torch::kLong);
  batch.labels = torch::full({n, frames}, -100, torch::kLong);
  std::int64_t at = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const Utterance& u = *list[static_cast<std::size_t>(i)];
    Augment(u, batch.features[i].data_ptr<float>(), mean.data_ptr<float>(), random);
    batch.lengths[i] = static_cast<std::int64_t>(u.frames);
    batch.target_lengths[i] = static_cast<std::int64_t>(u.units.size());
    for (std::int16_t unit : u.units) batch.targets.data_ptr<std::int64_t>()[at++] = unit;
    if (with_labels) {
      const auto labels = u.frame_labels.empty() ? FlatStart(u) : u.frame_labels;
      std::copy(labels.begin(), labels.end(), batch.labels[i].data_ptr<std::int64_t>());
    }
    batch.seconds += u.frames * 0.01;
  }
  return batch;
}

void FitNormalisation(const std::vector<Utterance>& data, Network& network) {
  std::array<double, kBins> sum{}, square{};
  double count = 0;
  for (std::size_t i = 0; i < data.size(); i += 7) {
    for (std::size_t f = 0; f < data[i].frames; ++f) {
      for (std::size_t m = 0; m < kBins; ++m) {
        const double x = Dequantise(data[i].features[f * kBins + m]);
        sum[m] += x;
        square[m] += x * x;
      }
      ++count;
    }
  }
  for (std::int64_t m = 0; m < kBins; ++m) {
    const double mean = sum[static_cast<std::size_t>(m)] / count;
    const double variance = square[static_cast<std::size_t>(m)] / count - mean * mean;
    network->mean[m] = mean;
    network->inverse_deviation[m] = 1 / std::sqrt(std::max(variance, 0.01));
  }
}

}  // namespace

Status TrainSpeech(const SpeechOptions& options) {
  torch::set_num_threads(options.threads);
  torch::manual_seed(options.seed);
  Random random(options.seed);
  VANG_ASSIGN_OR_RETURN(const auto synthetic, ReadFeatures(options.synthetic));
  std::vector<Utterance> real;
  if (!options.real.empty()) {
    VANG_ASSIGN_OR_RETURN(real, ReadFeatures(options.real));
  }
  if (synthetic.empty()) return InvalidArgument("no utterances in " + options.synthetic);

  NetworkShape shape;
  shape.width = options.width;
  shape.blocks = options.blocks;
  VANG_ASSIGN_OR_RETURN(const UnitInventory units, UnitInventory::Load(options.tokens));
  shape.units = static_cast<int>(units.size());
  Network network(shape);
  if (options.resume.empty()) {
    FitNormalisation(real.empty() ? synthetic : real, network);
  } else {
    VANG_ASSIGN_OR_RETURN(network, LoadNetwork(options.resume));
  }
  std::int64_t parameters = 0;
  for (const auto& p : network->parameters()) parameters += p.numel();
  AdamW optimizer(network->parameters(), {});
  std::cout << parameters << " parameters, " << synthetic.size() << " synthetic and " << real.size()
            << " real utterances\n";

  Batches synthetic_batches(&synthetic, &random), real_batches(&real, &random);
  using SteadyClock = std::chrono::steady_clock;
  const auto begin = SteadyClock::now();
  auto progress = [&] {
    return std::chrono::duration<double>(SteadyClock::now() - begin).count() / 60 / options.minutes;
  };
  double heard = 0, real_loss = 0, synthetic_loss = 0, next_report = 0, next_save = 0.1;
  int real_steps = 0, synthetic_steps = 0;
  network->train();
  for (double p = 0; (p = progress()) < 1;) {
    const double warm = 0.06;
    const double rate =
        p < warm ? p / warm : 0.02 + 0.98 * 0.5 * (1 + std::cos(M_PI * (p - warm) / (1 - warm)));
    const bool use_real =
        !real.empty() && p >= options.synthetic_only && Uniform(0, 1, &random) < options.real_share;
    // The weight of the frame labels against CTC.
    const double since = use_real ? p - options.synthetic_only : p;
    double labels = std::clamp(1 - since / (use_real ? 0.12 : 0.35), 0.0, 1.0);
    if (!options.resume.empty()) labels = 0;
    const Batch batch = Assemble(use_real ? real_batches.Next() : synthetic_batches.Next(),
                                 network->mean, labels > 0, &random);
    torch::Tensor out;
    {
      const MixedPrecision mixed(options.bfloat16);
      out = network->forward(batch.features, batch.lengths);
    }
    const torch::Tensor out_lengths = torch::floor((batch.lengths - 3) / 4.0).to(torch::kLong);
    const double frames = out_lengths.sum().item<double>();
    torch::Tensor loss = torch::zeros({});
    if (labels > 0) {
      loss = loss + labels *
                        torch::nll_loss(out.reshape({-1, shape.units}), batch.labels.reshape({-1}),
                                        {}, at::Reduction::Sum) /
                        frames;
    }
    if (labels < 0.97) {
      loss = loss + (1 - labels) *
                        torch::ctc_loss(out.transpose(0, 1), batch.targets, out_lengths,
                                        batch.target_lengths, 0, at::Reduction::Sum, true) /
                        frames;
    }
    loss.backward();
    optimizer.Step(options.learning_rate * rate);

    heard += batch.seconds;
    (use_real ? real_loss : synthetic_loss) += loss.item<double>();
    ++(use_real ? real_steps : synthetic_steps);
    if (p >= next_report) {
      const double elapsed = p * options.minutes * 60;
      std::cout << "minute " << p * options.minutes << ": synthetic loss "
                << synthetic_loss / std::max(synthetic_steps, 1) << ", real loss "
                << real_loss / std::max(real_steps, 1) << ", " << heard / std::max(elapsed, 1.0)
                << " s of sound a second\n"
                << std::flush;
      real_loss = synthetic_loss = 0;
      real_steps = synthetic_steps = 0;
      next_report = p + 1.0 / options.minutes;
    }
    if (p >= next_save) {
      VANG_RETURN_IF_ERROR(SaveNetwork(network, options.out));
      next_save = p + 0.05;
    }
  }
  return SaveNetwork(network, options.out);
}

}  // namespace vang::train
