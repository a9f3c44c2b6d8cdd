// The uploads of a chaos test and the clients that send them.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace vang {

// Seconds of speech in one of them: of samples/khong-khi.opus, each with other noise.
inline constexpr double kUploadSeconds = 1.2;

// By number; each number is other bytes. Thread-safe.
class Uploads {
 public:
  // A number to upload; what failed comes again. Nothing when there are none left for now.
  std::optional<int> Take();
  void Add(int number);
  void Acknowledge(int number, const std::string& id);
  std::size_t waiting() const;
  // The ids that the server has answered for.
  std::set<std::string> acknowledged() const;
  std::size_t acknowledged_count() const;

 private:
  mutable std::mutex mutex_;
  std::vector<int> waiting_;
  std::map<int, std::string> acknowledged_;
};

// Clients as they should be: an upload that was not answered, or answered with "not now" (408, 429,
// 502, 503, 504), is sent again until it is acknowledged. Any other answer is a refusal, which no
// patience mends: it is kept for the test, and the upload is sent again too.
class PatientClients {
 public:
  struct Options {
    std::vector<std::string> urls;  // of gateways
    std::string key;
    int clients = 4;
    // Of further answers that mean "not now" in this test.
    std::set<int> not_now = {};
  };

  explicit PatientClients(Options options);
  // They stop after the request they are at.
  ~PatientClients();

  // More to upload.
  void Add(int count);
  int added() const { return added_; }
  // Waits until each is acknowledged; false when ten minutes bring none.
  bool WaitUntilAcknowledged() const;
  // The same for at least `count`.
  bool WaitUntilAcknowledged(std::size_t count) const;

  std::set<std::string> acknowledged() const { return uploads_.acknowledged(); }
  // What came that a retrying client would not get over, as "POST …: 500 …".
  std::vector<std::string> refusals() const;
  // Requests that had to be sent again.
  int retries() const { return retries_; }

 private:
  void Run(int number);
  // The id when it was acknowledged.
  std::optional<std::string> Send(int upload, int turn);

  const Options options_;
  Uploads uploads_;
  std::atomic<int> added_ = 0;
  std::atomic<int> retries_ = 0;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;
  std::vector<std::string> refusals_;
  std::vector<std::thread> threads_;
};

}  // namespace vang
