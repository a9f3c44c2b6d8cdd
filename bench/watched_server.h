// What the benches of whole servers see of them from outside.
#pragma once

#include <fmt/core.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "libs/base/status.h"
#include "tests/support/api_client.h"
#include "tests/support/sample_audio.h"

namespace vang {

// The value, or the end of the program with what went wrong.
template <typename T>
T Must(Result<T> result) {
  if (!result.ok()) {
    fmt::print(stderr, "{}\n", result.status().ToString());
    std::exit(1);
  }
  return std::move(result).value();
}

// The sum over all lines of a counter, or of "<histogram>_sum", in /metrics.
inline double Metric(ApiClient& client, const std::string& name) {
  const auto response = Must(client.Send("GET", "/metrics"));
  std::istringstream lines(response.body);
  double sum = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(name + " ") || line.starts_with(name + "{")) {
      sum += std::stod(line.substr(line.rfind(' ') + 1));
    }
  }
  return sum;
}

// Uploads two seconds of speech and waits, looking each `pause`, until they are searchable; the end
// of the program when they fail.
inline void Record(ApiClient& client, std::uint64_t seed, std::chrono::milliseconds pause) {
  const std::string id = Must(client.Upload(SampleWav(2, seed), "bench.wav"));
  while (true) {
    const JsonValue recording = Must(client.Get("/v1/recordings/" + id));
    const std::string status = TextAt(recording, "/status");
    if (status == "completed") return;
    if (status == "failed") Must(Result<int>(Internal(WriteJson(recording))));
    std::this_thread::sleep_for(pause);
  }
}

// Wall milliseconds of each of so many recordings, one after the other, less what recognition took
// by the metrics of `asr`.
inline std::vector<double> Overheads(ApiClient& client, ApiClient& asr, int recordings) {
  constexpr char kRecognised[] = "vang_asr_recognize_seconds_sum";
  std::vector<double> overheads;
  for (int i = 0; i < recordings; ++i) {
    const double before = Metric(asr, kRecognised);
    const auto begin = std::chrono::steady_clock::now();
    Record(client, 1'000 + static_cast<std::uint64_t>(i), std::chrono::milliseconds(1));
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
    overheads.push_back(1'000 * (wall.count() - (Metric(asr, kRecognised) - before)));
  }
  return overheads;
}

inline constexpr char kResident[] = "VmRSS:";
inline constexpr char kPeak[] = "VmHWM:";  // since it was last reset

// A figure of one process's memory, in MiB.
inline double MemoryMiB(pid_t pid, const std::string& figure) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(figure)) return std::stod(line.substr(figure.size())) / 1'024;
  }
  return 0;
}

// The same of a process and all that descend from it. Pages that they share count more than once.
inline double TreeMemoryMiB(pid_t pid, const std::string& figure) {
  double sum = MemoryMiB(pid, figure);
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream stat(entry.path() / "stat");
    std::string line;
    if (!std::getline(stat, line)) continue;
    const std::size_t after_name = line.rfind(')');
    if (after_name == std::string::npos || after_name + 4 > line.size()) continue;
    if (std::stol(line.substr(after_name + 4)) == pid) {
      sum += TreeMemoryMiB(static_cast<pid_t>(std::stol(entry.path().filename())), figure);
    }
  }
  return sum;
}

}  // namespace vang
