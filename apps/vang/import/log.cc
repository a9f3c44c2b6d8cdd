#include "apps/vang/import/log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace vang::cli {
namespace {

constexpr int kPage = 512;
constexpr int kAttempts = 5;
constexpr Duration kCall{60'000};
// The installation's own, which has letters about models though it may have no recording.
constexpr char kOwner[] = "local";
constexpr std::array<std::string_view, 4> kGoOn = {"asr", "metadata", "nlp-post",
                                                   "training-orchestrator"};

using Stored = std::pair<std::uint64_t, Event>;

// A log from its beginning; one that is not there is empty.
class Reading {
 public:
  explicit Reading(EventBus* bus) : bus_(bus) {}

  // The next event, until Advance; nullptr at the end.
  Result<const Stored*> Get(const Context& context) {
    if (at_ == page_.size() && !ended_) {
      const std::uint64_t after = page_.empty() ? 0 : page_.back().first;
      auto page = bus_->Read(context.WithTimeout(kCall), after, kPage);
      // A page that a busy broker has lost on its way.
      for (int again = 1; page.status().retryable() && again < kAttempts; ++again) {
        page = bus_->Read(context.WithTimeout(kCall), after, kPage);
      }
      if (page.status().code() == Code::kNotFound) page = std::vector<Stored>();
      VANG_RETURN_IF_ERROR(page.status());
      ended_ = page->size() < kPage;
      page_ = *std::move(page);
      at_ = 0;
    }
    return at_ == page_.size() ? nullptr : &page_[at_];
  }
  void Advance() { ++at_; }

 private:
  EventBus* bus_;
  std::vector<Stored> page_;
  std::size_t at_ = 0;
  bool ended_ = false;
};

Status OtherData(const std::string& what) {
  return FailedPrecondition("the broker already holds other data: " + what +
                            ". Stop the services and give the import a broker without Vang's "
                            "streams (vang-events, vang-again, vang-letters)");
}

// `missing` is called for each event of ours that is not there, `there` for each other with its
// sequence at the destination.
using Missing = std::function<Status(const Stored& event)>;
using There = std::function<void(const Stored& event, std::uint64_t sequence)>;

Status Compare(const Context& context, EventBus& from, EventBus& to, const Missing& missing,
               const There& there) {
  Reading ours(&from), theirs(&to);
  for (;; ours.Advance()) {
    VANG_ASSIGN_OR_RETURN(const Stored* event, ours.Get(context));
    VANG_ASSIGN_OR_RETURN(const Stored* other, theirs.Get(context));
    if (event == nullptr && other == nullptr) return {};
    if (event == nullptr) return OtherData("event " + other->second.id + " is not in this folder");
    if (other == nullptr) {
      VANG_RETURN_IF_ERROR(missing(*event));
      continue;
    }
    if (EncodeEvent(other->second) != EncodeEvent(event->second)) {
      return OtherData("event " + other->second.id + " stands where this folder has " +
                       event->second.id);
    }
    there(*event, other->first);
    theirs.Advance();
  }
}

Result<std::vector<DeadLetter>> Letters(const Context& context, EventBus& bus,
                                        const std::string& tenant) {
  std::vector<DeadLetter> letters;
  while (true) {
    const std::string cursor = letters.empty() ? "" : letters.back().id;
    VANG_ASSIGN_OR_RETURN(const auto page,
                          bus.ListDeadLetters(context.WithTimeout(kCall), tenant, cursor, kPage));
    letters.insert(letters.end(), page.begin(), page.end());
    if (page.size() < kPage) return letters;
  }
}

Status MoveLetters(const Context& context, EventBus& from, EventBus& to,
                   const std::set<std::string>& tenants, LogCounts* counts) {
  for (const std::string& tenant : tenants) {
    VANG_ASSIGN_OR_RETURN(std::vector<DeadLetter> letters, Letters(context, from, tenant));
    // They are listed newest first, at the destination too.
    std::reverse(letters.begin(), letters.end());
    for (const DeadLetter& letter : letters) {
      VANG_RETURN_IF_ERROR(to.PutDeadLetter(context.WithTimeout(kCall), letter));
    }
    VANG_ASSIGN_OR_RETURN(const auto arrived, Letters(context, to, tenant));
    if (arrived.size() != letters.size()) {
      return DataLoss(fmt::format("{} dead letters of the tenant {} arrived, of {}", arrived.size(),
                                  tenant, letters.size()));
    }
    counts->letters += static_cast<std::int64_t>(letters.size());
  }
  return {};
}

}  // namespace

Result<LogCounts> LookAtLog(const Context& context, EventBus& from, EventBus& to) {
  LogCounts counts;
  VANG_RETURN_IF_ERROR(Compare(
      context, from, to,
      [&](const Stored&) -> Status {
        ++counts.events;
        return {};
      },
      [&](const Stored&, std::uint64_t) {
        ++counts.events;
        ++counts.there;
      }));
  const auto consumers = to.Consumers(context.WithTimeout(kCall));
  if (consumers.status().code() == Code::kNotFound) return counts;
  VANG_RETURN_IF_ERROR(consumers.status());
  // Ours are made when all events are there.
  if (!consumers->empty() && counts.there < counts.events) {
    return OtherData("the consumer " + consumers->front().name + " has been started on it");
  }
  return counts;
}

Status MoveLog(const Context& context, SqliteEventBus& from, NatsEventBus& to,
               const Progress& progress, LogCounts* counts) {
  VANG_ASSIGN_OR_RETURN(std::vector<StandingConsumer> stand, from.WhereConsumersStand(context));
  std::erase_if(stand, [](const StandingConsumer& consumer) {
    return std::find(kGoOn.begin(), kGoOn.end(), consumer.config.name) == kGoOn.end();
  });
  // Where each of them starts: the destination has sequences of its own.
  std::vector<std::uint64_t> after(stand.size(), 0);
  const auto pass = [&](std::uint64_t ours, std::uint64_t theirs) {
    for (std::size_t i = 0; i < stand.size(); ++i) {
      if (ours <= stand[i].settled) after[i] = theirs;
    }
  };
  std::set<std::string> tenants = {kOwner, ""};
  std::int64_t done = 0;
  VANG_RETURN_IF_ERROR(Compare(
      context, from, to,
      [&](const Stored& event) -> Status {
        progress(fmt::format("events: {} of {}", ++done, counts->events));
        tenants.insert(event.second.tenant);
        VANG_ASSIGN_OR_RETURN(const PublishAck ack,
                              to.Publish(context.WithTimeout(kCall), event.second));
        pass(event.first, ack.sequence);
        return {};
      },
      [&](const Stored& event, std::uint64_t sequence) {
        ++done;
        tenants.insert(event.second.tenant);
        pass(event.first, sequence);
      }));
  VANG_RETURN_IF_ERROR(MoveLetters(context, from, to, tenants, counts));
  for (std::size_t i = 0; i < stand.size(); ++i) {
    VANG_RETURN_IF_ERROR(
        to.EnsureConsumerFrom(context.WithTimeout(kCall), stand[i].config, after[i]));
    ++counts->consumers;
  }
  return {};
}

}  // namespace vang::cli
