// Whether services said, at some time, that they are not ready: /readyz of each, asked all the
// time.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace vang {

// Thread-safe.
class ReadinessWatch {
 public:
  // Names of services and where they are.
  explicit ReadinessWatch(std::map<std::string, std::string> urls);
  ~ReadinessWatch();

  // From here on.
  void Forget();
  // Those that were red, or did not answer, since. What they said is kept.
  std::set<std::string> red() const;
  // Waits until each of them was red; an empty text, or what is missing after two minutes.
  std::string WaitUntilRed(const std::set<std::string>& services) const;

 private:
  void Watch(const std::string& service, const std::string& url);

  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> red_;  // service, why
  std::uint64_t epoch_ = 0;                 // of Forget
  std::vector<std::thread> threads_;
};

}  // namespace vang
