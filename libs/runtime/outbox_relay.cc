#include "libs/runtime/outbox_relay.h"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "libs/runtime/log.h"

namespace vang {
namespace {

constexpr int kBatch = 64;
constexpr Duration kTimeout{10'000};
constexpr Duration kIdle{1'000};

}  // namespace

struct OutboxRelay::Impl {
  MetadataStore* store;
  EventBus* bus;
  mutable std::mutex mutex;
  std::condition_variable wake;
  bool notified = false;
  bool stopping = false;
  std::string error;
  std::thread thread;

  // Publishes one batch; the number of events, or why not.
  Result<std::size_t> Carry() {
    const Context context = Context().WithTimeout(kTimeout);
    VANG_ASSIGN_OR_RETURN(const auto entries, store->ReadOutbox(context, kBatch));
    std::vector<std::int64_t> published;
    Status failed;
    for (const OutboxEntry& entry : entries) {
      auto ack = bus->Publish(context, entry.event);
      if (!ack.ok()) {
        failed = ack.status();
        break;
      }
      published.push_back(entry.position);
    }
    if (!published.empty()) VANG_RETURN_IF_ERROR(store->MarkPublished(context, published));
    if (!failed.ok()) return failed;
    return published.size();
  }

  void Run() {
    std::unique_lock<std::mutex> lock(mutex);
    while (!stopping) {
      notified = false;
      lock.unlock();
      const auto carried = Carry();
      lock.lock();
      if (!carried.ok() && error.empty()) {
        Log(LogLevel::kError, "outbox", "cannot publish", {{"error", carried.status().ToString()}});
      }
      error = carried.ok() ? "" : carried.status().message();
      if (carried.ok() && *carried > 0) continue;
      wake.wait_for(lock, kIdle, [this] { return stopping || notified; });
    }
  }
};

OutboxRelay::OutboxRelay(MetadataStore* store, EventBus* bus) : impl_(std::make_unique<Impl>()) {
  impl_->store = store;
  impl_->bus = bus;
}

OutboxRelay::~OutboxRelay() { Stop(Duration(0)); }

void OutboxRelay::Start() {
  impl_->thread = std::thread([state = impl_.get()] { state->Run(); });
}

void OutboxRelay::Stop(Duration drain) {
  {
    std::lock_guard<std::mutex> lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->wake.notify_all();
  if (!impl_->thread.joinable()) return;
  impl_->thread.join();
  const auto until = std::chrono::steady_clock::now() + drain;
  while (std::chrono::steady_clock::now() < until) {
    const auto carried = impl_->Carry();
    if (!carried.ok() || *carried == 0) return;
  }
}

void OutboxRelay::Notify() {
  {
    std::lock_guard<std::mutex> lock(impl_->mutex);
    impl_->notified = true;
  }
  impl_->wake.notify_one();
}

Health OutboxRelay::Check() const {
  std::lock_guard<std::mutex> lock(impl_->mutex);
  if (!impl_->thread.joinable()) return {"outbox", false, "the relay is not running"};
  if (!impl_->error.empty()) return {"outbox", false, "cannot publish: " + impl_->error};
  return {"outbox", true, ""};
}

}  // namespace vang
