// A `vang serve` of its own for a test: real process, free port, data folder of the test's.
#pragma once

#include <signal.h>

#include <filesystem>
#include <string>
#include <vector>

#include "libs/base/subprocess.h"

namespace vang {

class VangServer {
 public:
  struct Options {
    std::filesystem::path data = {};
    std::string listen = "127.0.0.1:0";
    std::vector<std::string> args = {};  // further ones
    std::vector<std::string> env = {};   // NAME=value
    std::string shell = {};  // what bash does in the process before it becomes the server: limits
  };

  // Returns once it says where it listens.
  static Result<VangServer> Start(const Options& options);

  const std::string& url() const { return url_; }
  pid_t pid() const { return process_.pid(); }

  // kill -9: nothing is told, nothing is flushed.
  void Kill();
  // What it exits with after its drain.
  Result<ExitStatus> Terminate(int signal = SIGTERM);

 private:
  VangServer(Subprocess process, std::string url)
      : process_(std::move(process)), url_(std::move(url)) {}

  Subprocess process_;
  std::string url_;
};

struct CommandResult {
  ExitStatus exit;
  std::string output;
  std::string error;
};
// Runs any program to its end and gives what it wrote; without `input` it has nothing to read. The
// environment is the whole of it.
Result<CommandResult> RunCommand(const std::string& program, std::vector<std::string> args,
                                 std::vector<std::string> env, FileDescriptor input = {});
// The same for our program `vang`, with ProgramEnvironment(env).
Result<CommandResult> RunVang(std::vector<std::string> args, std::vector<std::string> env = {},
                              FileDescriptor input = {});
// And for another of our programs, "vang-metadata".
Result<CommandResult> RunProgram(const std::string& name, std::vector<std::string> args,
                                 std::vector<std::string> env = {}, FileDescriptor input = {});

// What a test hands down to a program of ours: `more`, a PATH, and the sanitizers' options.
std::vector<std::string> ProgramEnvironment(std::vector<std::string> more);

}  // namespace vang
