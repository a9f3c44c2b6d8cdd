#include "tests/chaos/readiness_watch.h"

#include <algorithm>
#include <chrono>

#include "libs/net/http_client.h"

namespace vang {
namespace {

constexpr auto kPause = std::chrono::milliseconds(100);
// Longer than a service takes to look after its parts.
constexpr Duration kTimeout{5'000};
constexpr auto kPatience = std::chrono::minutes(2);

}  // namespace

ReadinessWatch::ReadinessWatch(std::map<std::string, std::string> urls) {
  for (const auto& [service, url] : urls) {
    threads_.emplace_back([this, service = service, url = url] { Watch(service, url); });
  }
}

ReadinessWatch::~ReadinessWatch() {
  stopping_ = true;
  for (std::thread& thread : threads_) thread.join();
}

void ReadinessWatch::Watch(const std::string& service, const std::string& url) {
  const auto client = net::HttpClient::Create(url);
  while (!stopping_) {
    std::uint64_t epoch = 0;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      epoch = epoch_;
    }
    http::Request request;
    request.method = "GET";
    request.path = "/readyz";
    const auto answer = (*client)->Send(Context().WithTimeout(kTimeout), request);
    if (!answer.ok() || answer->status != 200) {
      std::lock_guard<std::mutex> lock(mutex_);
      // What was asked before Forget says nothing about the time after it.
      if (epoch == epoch_) red_[service] = answer.ok() ? answer->body : answer.status().message();
    }
    std::this_thread::sleep_for(kPause);
  }
}

void ReadinessWatch::Forget() {
  std::lock_guard<std::mutex> lock(mutex_);
  ++epoch_;
  red_.clear();
}

std::set<std::string> ReadinessWatch::red() const {
  std::lock_guard<std::mutex> lock(mutex_);
  std::set<std::string> services;
  for (const auto& [service, why] : red_) services.insert(service);
  return services;
}

std::string ReadinessWatch::WaitUntilRed(const std::set<std::string>& services) const {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (true) {
    const std::set<std::string> now = red();
    if (std::includes(now.begin(), now.end(), services.begin(), services.end())) return "";
    if (std::chrono::steady_clock::now() > end) {
      std::string missing;
      for (const std::string& service : services) {
        if (!now.contains(service)) missing += " " + service;
      }
      return "these stayed green:" + missing;
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace vang
