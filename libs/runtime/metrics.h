// Counters, gauges and histograms in Prometheus text form. Names carry the prefix vang_ and base
// units; labels never hold ids, users or file names. Thread-safe.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace vang {

class Metrics {
 public:
  using Labels = std::map<std::string, std::string>;

  Metrics();
  ~Metrics();

  void Count(const std::string& name, const Labels& labels = {}, double by = 1);
  void Set(const std::string& name, double value, const Labels& labels = {});
  // Into buckets fit for seconds: 0.001 … 600.
  void Observe(const std::string& name, double value, const Labels& labels = {});
  // Help text shown with the metric; call once before its first use.
  void Describe(const std::string& name, const std::string& help);

  // The exposition format, version 0.0.4.
  std::string Expose() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vang
