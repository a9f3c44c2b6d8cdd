#include "libs/net/service_client.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <utility>

#include "libs/net/http_client.h"
#include "libs/net/service_headers.h"

namespace vang::net {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int kFailuresToOpen = 3;
constexpr Duration kFirstRest{200};
constexpr Duration kLongestRest{5'000};
constexpr double kRetriesPerRequest = 0.2;
constexpr double kMostSavedRetries = 10;
// A longer body is an upload, with no deadline of ours.
constexpr std::uint64_t kShortBody = 1 << 20;

struct Instance {
  std::string url;
  std::unique_ptr<HttpClient> client;
  int running = 0;
  int failures = 0;  // in a row
  SteadyClock::time_point rests_until{};
};

// Knows whether anything was taken from the body: what was not taken, no server has seen.
class WatchedBody : public http::BodyReader {
 public:
  explicit WatchedBody(std::shared_ptr<BodyReader> body) : body_(std::move(body)) {}
  Result<std::size_t> Read(const Context& context, char* buffer, std::size_t size) override {
    touched_ = true;
    return body_->Read(context, buffer, size);
  }
  bool touched() const { return touched_; }

 private:
  const std::shared_ptr<BodyReader> body_;
  std::atomic<bool> touched_ = false;
};

bool IsIdempotent(const std::string& method) {
  return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE" ||
         method == "OPTIONS";
}

class ServiceClient : public Upstream {
 public:
  ServiceClient(const ServiceClientConfig& config, std::vector<Instance> instances)
      : config_(config), instances_(std::move(instances)) {}

  Result<http::Response> Send(const Context& context, http::Request& request) override {
    const bool upload = request.body && request.content_length.value_or(kShortBody) >= kShortBody;
    const Context bounded =
        upload || context.deadline() ? context : context.WithTimeout(config_.timeout);
    const auto body = request.body ? std::make_shared<WatchedBody>(request.body) : nullptr;
    request.body = body;
    AddServiceHeaders(bounded, config_.secret, &request);
    Earn();
    Instance* instance = nullptr;
    VANG_ASSIGN_OR_RETURN(instance, Pick(nullptr));
    auto answer = Try(bounded, *instance, request);
    if (answer.ok() && answer->status != 503) return answer;
    const bool repeatable = body ? !body->touched() : IsIdempotent(request.method);
    if (!repeatable || !bounded.Check().ok() || !Spend()) return Named(std::move(answer));
    auto other = Pick(instance);
    if (!other.ok()) return Named(std::move(answer));
    Count("vang_service_retries_total");
    return Named(Try(bounded, **other, request));
  }

 private:
  // Takes a place on the best instance, if possible another one than `not_this`.
  Result<Instance*> Pick(const Instance* not_this) {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto now = SteadyClock::now();
    Instance* best = nullptr;
    for (std::size_t i = 0; i < instances_.size(); ++i) {
      Instance& one = instances_[(next_ + i) % instances_.size()];
      if (one.rests_until > now) continue;
      if (best == nullptr || best == not_this ||
          (&one != not_this && one.running < best->running)) {
        best = &one;
      }
    }
    ++next_;
    if (best == nullptr) {
      return Unavailable("the service '" + config_.service + "' cannot be reached: " + last_error_);
    }
    // Rested enough: this request finds out, others wait for what it finds.
    if (best->failures >= kFailuresToOpen) best->rests_until = now + Rest(*best);
    ++best->running;
    return best;
  }

  Result<http::Response> Try(const Context& context, Instance& instance, http::Request& request) {
    auto answer = instance.client->Open(context, request);
    std::lock_guard<std::mutex> lock(mutex_);
    --instance.running;
    const Code code = answer.status().code();
    if (code == Code::kUnavailable || code == Code::kDeadlineExceeded) {
      last_error_ = answer.status().message();
      if (++instance.failures >= kFailuresToOpen) {
        instance.rests_until = SteadyClock::now() + Rest(instance);
        Count("vang_service_circuit_opened_total");
      }
    } else if (answer.ok()) {
      instance.failures = 0;
      instance.rests_until = {};
    }
    return answer;
  }

  static Duration Rest(const Instance& instance) {
    const int doublings = std::clamp(instance.failures - kFailuresToOpen, 0, 10);
    return std::min(kLongestRest, kFirstRest * (1 << doublings));
  }

  Result<http::Response> Named(Result<http::Response> answer) const {
    if (answer.ok()) return answer;
    return answer.status().Wrap("asking the service '" + config_.service + "'");
  }

  void Earn() {
    std::lock_guard<std::mutex> lock(mutex_);
    retries_ = std::min(kMostSavedRetries, retries_ + kRetriesPerRequest);
  }
  bool Spend() {
    std::lock_guard<std::mutex> lock(mutex_);
    if (retries_ < 1) return false;
    retries_ -= 1;
    return true;
  }

  void Count(const char* name) {
    if (config_.metrics != nullptr) config_.metrics->Count(name, {{"service", config_.service}});
  }

  const ServiceClientConfig config_;
  std::mutex mutex_;
  std::vector<Instance> instances_;  // the vector itself does not change
  std::size_t next_ = 0;
  double retries_ = kMostSavedRetries;
  std::string last_error_ = "no instance was tried yet";
};

}  // namespace

Result<std::unique_ptr<Upstream>> MakeServiceClient(const ServiceClientConfig& config) {
  if (config.urls.empty()) {
    return InvalidArgument("the service '" + config.service + "' has no address");
  }
  std::vector<Instance> instances;
  for (const std::string& url : config.urls) {
    Instance instance;
    instance.url = url;
    VANG_ASSIGN_OR_RETURN(instance.client, HttpClient::Create(url));
    instances.push_back(std::move(instance));
  }
  return std::unique_ptr<Upstream>(std::make_unique<ServiceClient>(config, std::move(instances)));
}

}  // namespace vang::net
