// The whole of Vang around the recogniser, on a real server:
//   overhead  wall time of a recording from the first byte sent to "completed", less the time that
//             recognition took, and its fsyncs; 200 short recordings, one after the other
//   memory    peak of the server and its children: idle, during a 2 GiB upload, during a long file
//
//   pipeline_bench overhead|memory [HOURS]
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "bench/quantile.h"
#include "bench/watched_server.h"
#include "libs/base/file.h"
#include "libs/base/temp_folder.h"
#include "tests/support/api_client.h"
#include "tests/support/sample_audio.h"
#include "tests/support/vang_server.h"

namespace vang {
namespace {

using SteadyClock = std::chrono::steady_clock;

void Overhead() {
  const TempFolder folder;
  const std::string counter_path = folder.path() / "syncs";
  std::ofstream(counter_path) << std::string(8, '\0');
  const int fd = ::open(counter_path.c_str(), O_RDWR | O_CLOEXEC);
  auto* syncs =
      static_cast<std::uint64_t*>(::mmap(nullptr, 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
  VangServer::Options options;
  options.data = folder.path() / "data";
  options.env = {"LD_PRELOAD=" + std::string(VANG_BINARY_DIR) + "/bench/libsync_counter.so",
                 "VANG_SYNC_COUNTER=" + counter_path};
  const VangServer server = Must(VangServer::Start(options));
  ApiClient client(server.url());
  for (std::uint64_t i = 0; i < 5; ++i) Record(client, i, std::chrono::milliseconds(1));
  const std::uint64_t syncs_before = *syncs;
  constexpr int kRecordings = 200;
  const std::vector<double> overheads = Overheads(client, client, kRecordings);
  fmt::print(
      "pipeline overhead per recording, 200 of 2 s: p50 {:.1f} ms, p95 {:.1f} ms, {:.1f} "
      "fsyncs\n",
      Quantile(overheads, 0.5), Quantile(overheads, 0.95),
      static_cast<double>(*syncs - syncs_before) / kRecordings);
  ::close(fd);
}

void ResetPeak(pid_t pid) { std::ofstream("/proc/" + std::to_string(pid) + "/clear_refs") << "5"; }

// Zeros that cost nothing to make; the bytes of a WAV file in front.
class LongBody : public http::BodyReader {
 public:
  LongBody(std::string head, std::uint64_t size) : head_(std::move(head)), left_(size) {}
  Result<std::size_t> Read(const Context&, char* buffer, std::size_t size) override {
    const std::size_t n = std::min<std::uint64_t>(size, left_);
    std::memset(buffer, 0, n);
    if (at_ < head_.size()) {
      const std::size_t from_head = std::min(n, head_.size() - at_);
      std::memcpy(buffer, head_.data() + at_, from_head);
      at_ += from_head;
    }
    left_ -= n;
    return n;
  }

 private:
  std::string head_;
  std::size_t at_ = 0;
  std::uint64_t left_;
};

void Memory(double hours) {
  const TempFolder folder;
  VangServer::Options options;
  options.data = folder.path() / "data";
  const VangServer server = Must(VangServer::Start(options));
  ApiClient client(server.url());
  while (Must(client.Send("GET", "/readyz")).status != 200) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  fmt::print("idle: server and children {:.0f} MiB\n", TreeMemoryMiB(server.pid(), kPeak));

  ResetPeak(server.pid());
  const double before = MemoryMiB(server.pid(), kPeak);
  auto http = Must(net::HttpClient::Create(server.url()));
  http::Request request;
  request.method = "POST";
  request.path = "/v1/recordings";
  request.content_length = std::uint64_t{2} << 30;
  request.body = std::make_shared<LongBody>(SampleWav(1, 1), *request.content_length);
  const auto begin = SteadyClock::now();
  const auto answer = Must(http->Send(Context(), request));
  const double seconds = std::chrono::duration<double>(SteadyClock::now() - begin).count();
  fmt::print("2 GiB upload: answered {}, {:.0f} MB/s; server's peak {:.0f} MiB (before: {:.0f})\n",
             answer.status, 2'147.5 / seconds, MemoryMiB(server.pid(), kPeak), before);
  // It holds a second of speech and then nothing that FFmpeg would find an end of.
  Must(client.Send("DELETE", "/v1/recordings/" + TextAt(Must(ParseJson(answer.body)), "/id")));

  // The sample over and over.
  const std::vector<float>& speech = SampleSpeech();
  const std::filesystem::path file = folder.path() / "long.wav";
  {
    std::string wav = SampleWav(static_cast<double>(speech.size()) / 16'000, 3);
    const std::string data = wav.substr(44);
    const auto copies =
        static_cast<std::uint64_t>(hours * 3'600 * 32'000 / static_cast<double>(data.size()));
    const auto bytes = static_cast<std::uint32_t>(copies * data.size());
    const std::uint32_t riff = bytes + 36;
    std::memcpy(wav.data() + 4, &riff, 4);
    std::memcpy(wav.data() + 40, &bytes, 4);
    std::ofstream out(file, std::ios::binary);
    out.write(wav.data(), 44);
    for (std::uint64_t i = 0; i < copies; ++i) out << data;
  }
  ResetPeak(server.pid());
  const auto long_begin = SteadyClock::now();
  const std::string id = Must(client.Upload(Must(ReadFile(file)), "long.wav"));
  double peak = 0;
  while (true) {
    peak = std::max(peak, TreeMemoryMiB(server.pid(), kPeak));
    const JsonValue recording = Must(client.Get("/v1/recordings/" + id));
    const std::string state = TextAt(recording, "/status");
    if (state == "completed" || state == "failed") {
      const double took = std::chrono::duration<double>(SteadyClock::now() - long_begin).count();
      fmt::print("{:.1f} hours of speech: {} in {:.0f} s; server and children {:.0f} MiB\n", hours,
                 state, took, peak);
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
  }
}

}  // namespace
}  // namespace vang

int main(int argc, char** argv) {
  std::setbuf(stdout, nullptr);
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "overhead") {
    vang::Overhead();
  } else if (what == "memory") {
    vang::Memory(argc > 2 ? std::stod(argv[2]) : 4);
  } else {
    fmt::print(stderr, "pipeline_bench overhead|memory [HOURS]\n");
    return 2;
  }
  return 0;
}
