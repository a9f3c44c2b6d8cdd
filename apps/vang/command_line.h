// The words of the command line: which command, with which options. CLI11 stays behind this header
// and in the .cc files that fill it, as it is slow to compile.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace vang::cli {

struct Console;

// What the parsed command line asks for; set by the command that was named.
using Action = std::function<int(const Console&)>;

// The commands that work on this machine's data folder and files: serve, transcribe, doctor,
// rebuild-index, rebuild-metadata, import.
void AddLocalCommands(CLI::App* app, Action* action);
// Those that talk to a server.
void AddClientCommands(CLI::App* app, Action* action);

}  // namespace vang::cli
