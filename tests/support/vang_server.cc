#include "tests/support/vang_server.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>

namespace vang {
namespace {

constexpr Duration kStartTimeout{60'000};

std::vector<std::string> Environment(std::vector<std::string> more) {
  more.push_back("PATH=/usr/bin:/bin");
  more.push_back("HOME=/tmp");
  for (const char* name : {"ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"}) {
    if (const char* value = ::getenv(name)) more.push_back(std::string(name) + "=" + value);
  }
  return more;
}

// What is there on `fd`, appended to `text`; false at the end.
bool ReadSome(int fd, std::string* text) {
  char buffer[4096];
  const ssize_t n = ::read(fd, buffer, sizeof buffer);
  if (n > 0) text->append(buffer, static_cast<std::size_t>(n));
  return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

}  // namespace

Result<VangServer> VangServer::Start(const Options& options) {
  Subprocess::Options child;
  child.program = std::string(VANG_BINARY_DIR) + "/bin/vang";
  child.args = {"serve", "--data", options.data.string(), "--listen", options.listen};
  child.args.insert(child.args.end(), options.args.begin(), options.args.end());
  child.env = Environment(options.env);
  child.capture_error = false;
  VANG_ASSIGN_OR_RETURN(Subprocess process, Subprocess::Start(std::move(child)));
  std::string text;
  const auto end = std::chrono::steady_clock::now() + kStartTimeout;
  while (std::chrono::steady_clock::now() < end) {
    pollfd waiting{process.output_fd(), POLLIN, 0};
    ::poll(&waiting, 1, 200);
    if (waiting.revents != 0 && !ReadSome(process.output_fd(), &text)) {
      VANG_ASSIGN_OR_RETURN(const ExitStatus exit, process.Wait(Context(), Duration(5'000)));
      return Unavailable("vang serve " + exit.ToString() + " before it served: " + text);
    }
    const std::size_t begin = text.find("http://");
    const std::size_t line_end = begin == std::string::npos ? begin : text.find('\n', begin);
    if (line_end == std::string::npos) continue;
    const std::string url = text.substr(begin, text.find_first_of(" \r\n", begin) - begin);
    return VangServer(std::move(process), url);
  }
  return DeadlineExceeded("vang serve did not say where it listens: " + text);
}

void VangServer::Kill() {
  process_.Kill();
  [[maybe_unused]] const auto reaped = process_.Wait(Context(), Duration(60'000));
}

Result<ExitStatus> VangServer::Terminate() {
  ::kill(process_.pid(), SIGTERM);
  return process_.Wait(Context(), Duration(60'000));
}

Result<CommandResult> RunVang(std::vector<std::string> args, std::vector<std::string> env) {
  Subprocess::Options child;
  child.program = std::string(VANG_BINARY_DIR) + "/bin/vang";
  child.args = std::move(args);
  child.env = Environment(std::move(env));
  VANG_ASSIGN_OR_RETURN(Subprocess process, Subprocess::Start(std::move(child)));
  process.CloseInput();
  CommandResult result;
  bool output = true, error = true;
  while (output || error) {
    pollfd waiting[] = {{output ? process.output_fd() : -1, POLLIN, 0},
                        {error ? process.error_fd() : -1, POLLIN, 0}};
    if (::poll(waiting, 2, 300'000) == 0) return DeadlineExceeded("vang " + args.front());
    if (waiting[0].revents != 0) output = ReadSome(process.output_fd(), &result.output);
    if (waiting[1].revents != 0) error = ReadSome(process.error_fd(), &result.error);
  }
  VANG_ASSIGN_OR_RETURN(result.exit, process.Wait(Context(), Duration(60'000)));
  return result;
}

}  // namespace vang
