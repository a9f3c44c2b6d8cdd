#include "libs/runtime/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <mutex>

namespace vang {
namespace {

const prometheus::Histogram::BucketBoundaries kSeconds = {0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1,
                                                          2.5,   5,     10,   30,   60,  300, 600};

}  // namespace

struct Metrics::Impl {
  std::mutex mutex;
  prometheus::Registry registry;
  std::map<std::string, std::string> help;
  std::map<std::string, prometheus::Family<prometheus::Counter>*> counters;
  std::map<std::string, prometheus::Family<prometheus::Gauge>*> gauges;
  std::map<std::string, prometheus::Family<prometheus::Histogram>*> histograms;

  // The family of that name, made at its first use.
  template <typename Map, typename Build>
  auto& Find(Map& map, const std::string& name, Build build) {
    std::lock_guard<std::mutex> lock(mutex);
    auto& family = map[name];
    if (family == nullptr) family = &build().Name(name).Help(help[name]).Register(registry);
    return *family;
  }
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::Count(const std::string& name, const Labels& labels, double by) {
  impl_->Find(impl_->counters, name, prometheus::BuildCounter).Add(labels).Increment(by);
}

void Metrics::Set(const std::string& name, double value, const Labels& labels) {
  impl_->Find(impl_->gauges, name, prometheus::BuildGauge).Add(labels).Set(value);
}

void Metrics::Observe(const std::string& name, double value, const Labels& labels) {
  impl_->Find(impl_->histograms, name, prometheus::BuildHistogram)
      .Add(labels, kSeconds)
      .Observe(value);
}

void Metrics::Describe(const std::string& name, const std::string& help) {
  std::lock_guard<std::mutex> lock(impl_->mutex);
  impl_->help[name] = help;
}

std::string Metrics::Expose() const {
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace vang
