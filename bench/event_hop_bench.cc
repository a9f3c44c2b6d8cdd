// One hop of an event in the distributed shape: from the call of Publish to the handler of another
// service, over the same hop with nothing but the C client: js_PublishMsg with an id, a durable
// push consumer, natsMsg_Ack. Same server, 512 bytes, each message on disk before it is
// acknowledged, in turns. What is left between them is what our side costs: encoding, checking,
// decoding, pulling instead of being pushed, and acknowledgements that are waited for.
//   event_hop_bench [HOPS_PER_TURN]
#include <fmt/core.h>
#include <nats/nats.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <semaphore>
#include <thread>
#include <vector>

#include "bench/quantile.h"
#include "libs/adapters/event_bus/nats/nats_event_bus.h"
#include "libs/base/temp_folder.h"
#include "libs/base/uuid.h"
#include "libs/common/event_data.h"
#include "libs/runtime/consumer.h"
#include "tests/support/nats_server.h"

namespace vang {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kBytes = 512;
constexpr int kTurns = 5;

// Who waits for which message.
class Arrivals {
 public:
  using Arrived = std::binary_semaphore;

  void Expect(const std::string& id, Arrived* arrived) {
    const std::lock_guard<std::mutex> lock(mutex_);
    waiting_[id] = arrived;
  }
  void Tell(const std::string& id) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = waiting_.find(id);
    if (found == waiting_.end()) return;
    found->second->release();
    waiting_.erase(found);
  }

 private:
  std::mutex mutex_;
  std::map<std::string, Arrived*> waiting_;
};

struct Microseconds {
  double p50 = 0;
  double p99 = 0;
};

void Require(bool ok, const std::string& what) {
  if (ok) return;
  fmt::print(stderr, "{}\n", what);
  std::abort();
}

// `in_flight` threads, each of which sends its next message when its last has arrived. `send` takes
// the title that makes the message 512 bytes long, tells the id to expect before it is sent.
template <typename Send>
Microseconds Measure(int in_flight, int hops, Arrivals& arrivals, const Send& send) {
  std::vector<std::vector<double>> times(static_cast<std::size_t>(in_flight));
  {
    std::vector<std::jthread> threads;
    threads.reserve(times.size());
    for (auto& mine : times) {
      threads.emplace_back([&] {
        Arrivals::Arrived arrived(0);
        for (int i = 0; i < hops / in_flight; ++i) {
          const auto begin = SteadyClock::now();
          send([&](const std::string& id) { arrivals.Expect(id, &arrived); });
          arrived.acquire();
          mine.push_back(
              std::chrono::duration<double, std::micro>(SteadyClock::now() - begin).count());
        }
      });
    }
  }
  std::vector<double> all;
  for (const auto& mine : times) all.insert(all.end(), mine.begin(), mine.end());
  std::sort(all.begin(), all.end());
  return {all[all.size() / 2], all[all.size() * 99 / 100]};
}

// An event that is 512 bytes long when it is encoded.
Event SomeEvent() {
  EmbeddingsIndexed data;
  data.recording_id = RandomUuid();
  data.version_id = RandomUuid();
  data.embedder_id = "bench";
  const std::size_t bytes =
      EncodeEvent(ToEvent(data, "local", "bench", Clock::System().Now())).size();
  if (bytes < kBytes) data.embedder_id.append(kBytes - bytes, 'x');
  return ToEvent(data, "local", "bench", Clock::System().Now());
}

// The hop with the C client alone.
class Bare {
 public:
  Bare(const std::string& url, Arrivals* arrivals) : arrivals_(arrivals) {
    Check(natsConnection_ConnectTo(&sender_, url.c_str()));
    Check(natsConnection_ConnectTo(&receiver_, url.c_str()));
    Check(natsConnection_JetStream(&out_, sender_, nullptr));
    Check(natsConnection_JetStream(&in_, receiver_, nullptr));
    jsStreamConfig config;
    Check(jsStreamConfig_Init(&config));
    const char* subjects[] = {"bare.>"};
    config.Name = "bare";
    config.Subjects = subjects;
    config.SubjectsLen = 1;
    config.Storage = js_FileStorage;
    Check(js_AddStream(nullptr, out_, &config, nullptr, nullptr));
    jsSubOptions options;
    Check(jsSubOptions_Init(&options));
    options.Config.Durable = "asr";
    options.Config.AckPolicy = js_AckExplicit;
    options.Config.MaxAckPending = 64;
    options.ManualAck = true;
    Check(js_Subscribe(&subscription_, in_, "bare.>", &Bare::Receive, this, nullptr, &options,
                       nullptr));
  }
  ~Bare() {
    natsSubscription_Destroy(subscription_);
    jsCtx_Destroy(in_);
    jsCtx_Destroy(out_);
    natsConnection_Destroy(receiver_);
    natsConnection_Destroy(sender_);
  }
  Bare(const Bare&) = delete;
  Bare& operator=(const Bare&) = delete;

  template <typename Expect>
  void Send(const Expect& expect) {
    const std::string id = RandomUuid();
    expect(id);
    const std::string body = id + std::string(kBytes - id.size(), 'x');
    jsPubOptions options;
    Check(jsPubOptions_Init(&options));
    options.MsgId = id.c_str();
    Check(js_Publish(nullptr, out_, "bare.event", body.data(), static_cast<int>(body.size()),
                     &options, nullptr));
  }

 private:
  static void Check(natsStatus status) { Require(status == NATS_OK, natsStatus_GetText(status)); }

  static void Receive(natsConnection*, natsSubscription*, natsMsg* message, void* self) {
    static const std::size_t id_size = RandomUuid().size();
    static_cast<Bare*>(self)->arrivals_->Tell({natsMsg_GetData(message), id_size});
    Check(natsMsg_Ack(message, nullptr));
    natsMsg_Destroy(message);
  }

  Arrivals* const arrivals_;
  natsConnection* sender_ = nullptr;
  natsConnection* receiver_ = nullptr;
  jsCtx* out_ = nullptr;
  jsCtx* in_ = nullptr;
  natsSubscription* subscription_ = nullptr;
};

Status Run(int hops) {
  TempFolder folder;
  VANG_ASSIGN_OR_RETURN(NatsServer server, NatsServer::Start({folder.path(), NatsVersion::kNew}));
  Arrivals arrivals;
  Bare bare(server.url(), &arrivals);

  NatsEventBusConfig config;
  config.urls = {server.url()};
  VANG_ASSIGN_OR_RETURN(const auto sender, OpenNatsEventBus(config));
  VANG_ASSIGN_OR_RETURN(const auto receiver, OpenNatsEventBus(config));
  Metrics metrics;
  ConsumerOptions options;
  options.bus = {"asr", {std::string(EmbeddingsIndexed::kSubject)}, 64};
  VANG_ASSIGN_OR_RETURN(const auto consumer, Consumer::Create(
                                                 receiver.get(), options,
                                                 [&](const Context&, const Delivery& delivery) {
                                                   arrivals.Tell(delivery.event.id);
                                                   return Status();
                                                 },
                                                 Clock::System(), &metrics));
  VANG_RETURN_IF_ERROR(consumer->Start(Context()));

  const auto send_ours = [&](const auto& expect) {
    const Event event = SomeEvent();
    expect(event.id);
    const auto sent = sender->Publish(Context(), event);
    Require(sent.ok(), sent.status().ToString());
  };
  const auto send_bare = [&](const auto& expect) { bare.Send(expect); };
  for (const int in_flight : {1, 64}) {
    std::vector<double> p50, p99, ours50, ours99, bare50, bare99;
    (void)Measure(in_flight, hops / 4, arrivals, send_ours);
    (void)Measure(in_flight, hops / 4, arrivals, send_bare);
    for (int turn = 0; turn < kTurns; ++turn) {
      const Microseconds theirs = Measure(in_flight, hops, arrivals, send_bare);
      const Microseconds own = Measure(in_flight, hops, arrivals, send_ours);
      ours50.push_back(own.p50);
      ours99.push_back(own.p99);
      bare50.push_back(theirs.p50);
      bare99.push_back(theirs.p99);
      p50.push_back(own.p50 / theirs.p50);
      p99.push_back(own.p99 / theirs.p99);
    }
    fmt::print(
        "hop, {} bytes, {} in flight: p50 {:.0f} us over bare {:.0f} = {:.2f}, p99 {:.0f} us over "
        "bare {:.0f} = {:.2f}\n",
        EncodeEvent(SomeEvent()).size(), in_flight, Median(ours50), Median(bare50), Median(p50),
        Median(ours99), Median(bare99), Median(p99));
  }
  consumer->Stop(Duration(1'000));
  return {};
}

}  // namespace
}  // namespace vang

int main(int argc, char** argv) {
  const vang::Status status = vang::Run(std::max(256, argc > 1 ? std::atoi(argv[1]) : 2'000));
  if (!status.ok()) fmt::print(stderr, "{}\n", status.ToString());
  return status.ok() ? 0 : 1;
}
