#include "tests/chaos/uploads.h"

#include <algorithm>
#include <chrono>

#include "tests/support/api_client.h"
#include "tests/support/sample_audio.h"

namespace vang {
namespace {

constexpr auto kPause = std::chrono::milliseconds(100);
constexpr auto kPatience = std::chrono::minutes(10);

}  // namespace

std::optional<int> Uploads::Take() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (waiting_.empty()) return std::nullopt;
  const int number = waiting_.back();
  waiting_.pop_back();
  return number;
}

void Uploads::Add(int number) {
  std::lock_guard<std::mutex> lock(mutex_);
  waiting_.push_back(number);
}

void Uploads::Acknowledge(int number, const std::string& id) {
  std::lock_guard<std::mutex> lock(mutex_);
  acknowledged_[number] = id;
}

std::size_t Uploads::waiting() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return waiting_.size();
}

std::set<std::string> Uploads::acknowledged() const {
  std::lock_guard<std::mutex> lock(mutex_);
  std::set<std::string> ids;
  for (const auto& [number, id] : acknowledged_) ids.insert(id);
  return ids;
}

std::size_t Uploads::acknowledged_count() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return acknowledged_.size();
}

PatientClients::PatientClients(Options options) : options_(std::move(options)) {
  for (int i = 0; i < options_.clients; ++i) {
    threads_.emplace_back([this, i] { Run(i); });
  }
}

PatientClients::~PatientClients() {
  stopping_ = true;
  for (std::thread& thread : threads_) thread.join();
}

void PatientClients::Add(int count) {
  for (int i = 0; i < count; ++i) uploads_.Add(added_++);
}

void PatientClients::Run(int number) {
  for (int turn = number; !stopping_; ++turn) {
    const auto upload = uploads_.Take();
    if (!upload) {
      std::this_thread::sleep_for(kPause);
      continue;
    }
    const auto id = Send(*upload, turn);
    if (id) {
      uploads_.Acknowledge(*upload, *id);
      continue;
    }
    ++retries_;
    uploads_.Add(*upload);
    std::this_thread::sleep_for(kPause);
  }
}

std::optional<std::string> PatientClients::Send(int upload, int turn) {
  const auto& urls = options_.urls;
  ApiClient client(urls[static_cast<std::size_t>(turn) % urls.size()], options_.key);
  const auto answer = client.Send("POST", "/v1/recordings?file_name=tin.wav",
                                  SampleWav(kUploadSeconds, static_cast<std::uint64_t>(upload)),
                                  {{"Content-Type", "application/octet-stream"}});
  if (!answer.ok()) return std::nullopt;
  if (answer->status == 202 || answer->status == 200) {
    const auto body = ParseJson(answer->body);
    if (body.ok()) return TextAt(*body, "/id");
  }
  static const std::set<int> kNotNow = {408, 429, 502, 503, 504};
  if (!kNotNow.contains(answer->status) && !options_.not_now.contains(answer->status)) {
    std::lock_guard<std::mutex> lock(mutex_);
    refusals_.push_back("an upload: " + std::to_string(answer->status) + " " + answer->body);
  }
  return std::nullopt;
}

bool PatientClients::WaitUntilAcknowledged() const {
  return WaitUntilAcknowledged(static_cast<std::size_t>(added_));
}

bool PatientClients::WaitUntilAcknowledged(std::size_t count) const {
  auto last_progress = std::chrono::steady_clock::now();
  std::size_t before = 0;
  while (true) {
    const std::size_t now = uploads_.acknowledged_count();
    if (now >= count) return true;
    if (now != before) last_progress = std::chrono::steady_clock::now();
    before = now;
    if (std::chrono::steady_clock::now() - last_progress > kPatience) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

std::vector<std::string> PatientClients::refusals() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return refusals_;
}

}  // namespace vang
