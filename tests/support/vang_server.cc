#include "tests/support/vang_server.h"

#include <signal.h>

#include <array>
#include <cstdlib>

#include "libs/base/descriptor_io.h"

namespace vang {
namespace {

constexpr Duration kStartTimeout{60'000};
constexpr Duration kEndTimeout{60'000};
constexpr Duration kCommandTimeout{300'000};

}  // namespace

std::vector<std::string> ProgramEnvironment(std::vector<std::string> more) {
  more.push_back("PATH=/usr/bin:/bin");
  more.push_back("HOME=/tmp");
  for (const char* name : {"ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"}) {
    if (const char* value = ::getenv(name)) more.push_back(std::string(name) + "=" + value);
  }
  return more;
}

Result<VangServer> VangServer::Start(const Options& options) {
  Subprocess::Options child;
  child.program = std::string(VANG_BINARY_DIR) + "/bin/vang";
  child.args = {"serve", "--data", options.data.string(), "--listen", options.listen};
  child.args.insert(child.args.end(), options.args.begin(), options.args.end());
  if (!options.shell.empty()) {
    child.args.insert(child.args.begin(),
                      {"-c", options.shell + "; exec \"$0\" \"$@\"", child.program});
    child.program = "/bin/bash";
  }
  child.env = ProgramEnvironment(options.env);
  child.capture_error = false;
  VANG_ASSIGN_OR_RETURN(Subprocess process, Subprocess::Start(std::move(child)));
  const Context context = Context().WithTimeout(kStartTimeout);
  std::string text;
  std::array<char, 4'096> buffer{};
  while (true) {
    const auto n = ReadSome(context, process.output_fd(), buffer, kStartTimeout);
    if (!n.ok()) return n.status().Wrap("vang serve did not say where it listens: " + text);
    if (*n == 0) {
      VANG_ASSIGN_OR_RETURN(const ExitStatus exit, process.Wait(Context(), kEndTimeout));
      return Unavailable("vang serve " + exit.ToString() + " before it served: " + text);
    }
    text.append(buffer.data(), *n);
    const std::size_t begin = text.find("http://");
    if (begin == std::string::npos || text.find('\n', begin) == std::string::npos) continue;
    const std::string url = text.substr(begin, text.find_first_of(" \r\n", begin) - begin);
    return VangServer(std::move(process), url);
  }
}

void VangServer::Kill() {
  process_.Kill();
  [[maybe_unused]] const auto reaped = process_.Wait(Context(), kEndTimeout);
}

Result<ExitStatus> VangServer::Terminate(int signal) {
  ::kill(process_.pid(), signal);
  return process_.Wait(Context(), kEndTimeout);
}

Result<CommandResult> RunVang(std::vector<std::string> args, std::vector<std::string> env,
                              FileDescriptor input) {
  return RunProgram("vang", std::move(args), std::move(env), std::move(input));
}

Result<CommandResult> RunProgram(const std::string& name, std::vector<std::string> args,
                                 std::vector<std::string> env, FileDescriptor input) {
  return RunCommand(std::string(VANG_BINARY_DIR) + "/bin/" + name, std::move(args),
                    ProgramEnvironment(std::move(env)), std::move(input));
}

Result<CommandResult> RunCommand(const std::string& program, std::vector<std::string> args,
                                 std::vector<std::string> env, FileDescriptor input) {
  Subprocess::Options child;
  child.program = program;
  child.args = std::move(args);
  child.env = std::move(env);
  child.input = std::move(input);
  VANG_ASSIGN_OR_RETURN(Subprocess process, Subprocess::Start(std::move(child)));
  process.CloseInput();
  const Context context = Context().WithTimeout(kCommandTimeout);
  CommandResult result;
  std::array<std::string*, 2> texts = {&result.output, &result.error};
  std::array<pollfd, 2> waits = {pollfd{process.output_fd(), POLLIN, 0},
                                 pollfd{process.error_fd(), POLLIN, 0}};
  std::array<char, 4'096> buffer{};
  while (waits[0].fd >= 0 || waits[1].fd >= 0) {
    VANG_RETURN_IF_ERROR(WaitUntilReady(context, waits, kCommandTimeout));
    for (std::size_t i = 0; i < waits.size(); ++i) {
      if (waits[i].fd < 0 || waits[i].revents == 0) continue;
      VANG_ASSIGN_OR_RETURN(const std::size_t n,
                            ReadSome(context, waits[i].fd, buffer, kCommandTimeout));
      texts[i]->append(buffer.data(), n);
      if (n == 0) waits[i].fd = -1;
    }
  }
  VANG_ASSIGN_OR_RETURN(result.exit, process.Wait(Context(), kEndTimeout));
  return result;
}

}  // namespace vang
