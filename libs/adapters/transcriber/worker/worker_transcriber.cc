// A generation is one model and its children. Load makes a new generation and puts it in the old
// one's place; calls that hold a child of the old one end on it. One thread brings back children
// that died, each time a little later when they keep dying.
#include "libs/adapters/transcriber/worker/worker_transcriber.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>
#include <vector>

#include "libs/adapters/transcriber/worker/recognizer_child.h"
#include "libs/runtime/log.h"

namespace vang {
namespace {

using SteadyClock = std::chrono::steady_clock;
using ChildPtr = std::unique_ptr<RecognizerChild>;

// How often idle children are looked at.
constexpr Duration kSweep{500};
constexpr Duration kFirstPause{500};
constexpr Duration kLongestPause{30'000};
// So many deaths without a good answer in between, and no child left: callers no longer wait.
constexpr int kHopeless = 3;

struct Generation {
  SpeechModel model;
  std::vector<ChildPtr> idle;
  int live = 0;  // idle and busy ones
  bool retired = false;
  int deaths = 0;  // since the last good answer
  SteadyClock::time_point next_start;
  std::string last_error;
};

class WorkerTranscriber final : public Transcriber {
 public:
  explicit WorkerTranscriber(const WorkerTranscriberConfig& config) : config_(config) {
    if (config_.metrics != nullptr) {
      config_.metrics->Describe("vang_asr_recognize_seconds", "Recognising one piece of speech");
      config_.metrics->Describe("vang_asr_child_deaths_total",
                                "Recogniser processes that died or were stopped");
      config_.metrics->Describe("vang_asr_model_info", "1 for the model that serves");
    }
    supervisor_ = std::jthread([this](std::stop_token stop) { Supervise(stop); });
  }

  ~WorkerTranscriber() override {
    supervisor_.request_stop();
    supervisor_.join();
  }

  Result<Recognition> Recognize(const Context& context, std::span<const float> samples,
                                std::string* model_id) override {
    if (samples.size() > recognizer_wire::kMaxSamples) {
      return InvalidArgument("a piece of " + std::to_string(samples.size() / 16000) +
                             " s is too long to recognise; 20 s is the most");
    }
    std::shared_ptr<Generation> generation;
    VANG_ASSIGN_OR_RETURN(ChildPtr child, Take(context, &generation));
    const auto begin = SteadyClock::now();
    Result<Recognition> result = child->Recognize(context, samples, config_.recognize_timeout);
    if (config_.metrics != nullptr && result.ok()) {
      config_.metrics->Observe("vang_asr_recognize_seconds",
                               std::chrono::duration<double>(SteadyClock::now() - begin).count());
    }
    *model_id = generation->model.id;
    GiveBack(std::move(child), generation, result.status());
    return result;
  }

  Status Load(const Context& context, const SpeechModel& model) override {
    std::lock_guard<std::mutex> one_at_a_time(load_mutex_);
    auto next = std::make_shared<Generation>();
    next->model = model;
    for (int i = 0; i < config_.children; ++i) {
      VANG_ASSIGN_OR_RETURN(ChildPtr child, StartChild(model));
      next->idle.push_back(std::move(child));
    }
    for (const ChildPtr& child : next->idle) {
      VANG_RETURN_IF_ERROR(child->AwaitReady(context, config_.load_timeout)
                               .Wrap("cannot load the model " + model.id));
    }
    next->live = config_.children;
    std::vector<ChildPtr> to_end;
    std::shared_ptr<Generation> old;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      old = std::exchange(current_, next);
      if (old != nullptr) {
        old->retired = true;
        to_end.swap(old->idle);
      }
    }
    changed_.notify_all();
    if (config_.metrics != nullptr) {
      if (old != nullptr) config_.metrics->Set("vang_asr_model_info", 0, InfoLabels(old->model));
      config_.metrics->Set("vang_asr_model_info", 1, InfoLabels(model));
    }
    Log(LogLevel::kInfo, "transcriber", "a model serves",
        {{"model", model.id}, {"family", model.family}});
    return {};
  }

  Status Validate(const Context& context, const SpeechModel& model) override {
    // One at a time: a model may take gigabytes.
    std::lock_guard<std::mutex> one_at_a_time(validate_mutex_);
    VANG_ASSIGN_OR_RETURN(const ChildPtr child, StartChild(model));
    return child->AwaitReady(context, config_.load_timeout)
        .Wrap("the model " + model.id + " would not serve");
  }

  SpeechModel current() const override {
    std::lock_guard<std::mutex> lock(mutex_);
    return current_ == nullptr ? SpeechModel() : current_->model;
  }

  Status Ping(const Context& context) override {
    VANG_RETURN_IF_ERROR(context.Check());
    std::lock_guard<std::mutex> lock(mutex_);
    if (current_ == nullptr) return Unavailable("no speech model is loaded");
    if (current_->live > 0) return {};
    return Unavailable("no recogniser runs: " + current_->last_error);
  }

 private:
  static Metrics::Labels InfoLabels(const SpeechModel& model) {
    return {{"model", model.id}, {"family", model.family}};
  }

  Result<ChildPtr> StartChild(const SpeechModel& model) {
    return RecognizerChild::Start(config_.program, model, config_.memory_limit);
  }

  // A child of the model that serves now; waits for one as long as a recognition may take.
  Result<ChildPtr> Take(const Context& context, std::shared_ptr<Generation>* generation) {
    const Context limited = context.WithTimeout(config_.recognize_timeout);
    std::vector<ChildPtr> dead;
    std::unique_lock<std::mutex> lock(mutex_);
    while (true) {
      if (current_ == nullptr) return Unavailable("no speech model is loaded");
      while (!current_->idle.empty()) {
        ChildPtr child = std::move(current_->idle.back());
        current_->idle.pop_back();
        if (child->Alive()) {
          *generation = current_;
          return child;
        }
        NoteDeath(*current_, "it ended while it had nothing to do");
        dead.push_back(std::move(child));
      }
      if (current_->live == 0 && current_->deaths >= kHopeless) {
        return Unavailable("the recogniser keeps dying: " + current_->last_error);
      }
      const Status status = context.Check();
      if (!status.ok()) return status;
      if (!limited.Check().ok()) {
        return Unavailable("no recogniser came free" +
                           (current_->last_error.empty() ? "" : ": " + current_->last_error));
      }
      changed_.wait_until(lock, context.stop(), *limited.deadline(),
                          [&] { return current_->live == 0 || !current_->idle.empty(); });
      if (current_->live == 0 && current_->idle.empty()) {
        // Nobody to wait for but the supervisor.
        changed_.wait_for(lock, context.stop(), limited.Remaining(kSweep),
                          [&] { return !current_->idle.empty(); });
      }
    }
  }

  void GiveBack(ChildPtr child, const std::shared_ptr<Generation>& generation,
                const Status& status) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (status.ok()) generation->deaths = 0;
      if (!child->usable()) {
        NoteDeath(*generation, status.message());
        // One that was stopped because its caller gave up says nothing about the model.
        if (status.code() != Code::kUnavailable) --generation->deaths;
      } else if (!generation->retired) {
        generation->idle.push_back(std::move(child));
      }
    }
    changed_.notify_all();
    // The child, when it was not put back, ends here without the lock.
  }

  // Under the lock.
  void NoteDeath(Generation& generation, const std::string& why) {
    --generation.live;
    ++generation.deaths;
    generation.last_error = why;
    // The first is replaced at once: mostly it was the sound and not the model.
    const auto pause =
        generation.deaths <= 1
            ? Duration(0)
            : std::min(kLongestPause, kFirstPause * (1 << std::min(generation.deaths - 2, 10)));
    generation.next_start = SteadyClock::now() + pause;
    if (config_.metrics != nullptr) config_.metrics->Count("vang_asr_child_deaths_total");
    Log(LogLevel::kWarning, "transcriber", "a recogniser is gone",
        {{"model", generation.model.id},
         {"why", why},
         {"deaths", std::to_string(generation.deaths)},
         {"next_in_ms", std::to_string(pause.count())}});
  }

  void Supervise(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      std::shared_ptr<Generation> generation;
      std::vector<ChildPtr> dead;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        changed_.wait_for(lock, stop, kSweep, [this] { return StartIsDue(); });
        if (stop.stop_requested()) return;
        if (current_ != nullptr) BuryIdle(*current_, &dead);
        if (StartIsDue()) generation = current_;
      }
      if (!dead.empty()) changed_.notify_all();
      if (generation != nullptr) Revive(stop, generation);
    }
  }

  bool StartIsDue() const {
    return current_ != nullptr && current_->live < config_.children &&
           SteadyClock::now() >= current_->next_start;
  }

  void BuryIdle(Generation& generation, std::vector<ChildPtr>* dead) {
    for (ChildPtr& child : generation.idle) {
      if (child->Alive()) continue;
      NoteDeath(generation, "it ended while it had nothing to do");
      dead->push_back(std::move(child));
    }
    std::erase(generation.idle, nullptr);
  }

  void Revive(const std::stop_token& stop, const std::shared_ptr<Generation>& generation) {
    Result<ChildPtr> child = StartChild(generation->model);
    Status status = child.status();
    if (child.ok()) {
      status = child.value()->AwaitReady(Context().WithStop(stop), config_.load_timeout);
    }
    if (stop.stop_requested()) return;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      ++generation->live;
      if (!status.ok()) {
        NoteDeath(*generation, status.message());
      } else if (!generation->retired) {
        generation->idle.push_back(std::move(child).value());
      }
    }
    changed_.notify_all();
  }

  const WorkerTranscriberConfig config_;
  std::mutex load_mutex_;
  std::mutex validate_mutex_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::shared_ptr<Generation> current_;  // it and what is in it under mutex_, but for the model
  std::jthread supervisor_;
};

}  // namespace

Result<std::unique_ptr<Transcriber>> OpenWorkerTranscriber(const WorkerTranscriberConfig& config) {
  WorkerTranscriberConfig checked = config;
  if (checked.children < 1) return InvalidArgument("a transcriber needs at least one child");
  std::error_code error;
  if (checked.program.empty()) {
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    checked.program = (self.parent_path() / "vang-recognizer").string();
  }
  if (!std::filesystem::is_regular_file(checked.program, error)) {
    return NotFound("there is no recogniser program " + checked.program +
                    "; it is built as vang-recognizer");
  }
  return std::unique_ptr<Transcriber>(std::make_unique<WorkerTranscriber>(checked));
}

}  // namespace vang
