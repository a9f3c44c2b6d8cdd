// vang: the all-in-one server and the command line, one program.
#include <CLI/CLI.hpp>

#include "apps/vang/command_line.h"
#include "apps/vang/console.h"
#include "libs/runtime/log.h"

int main(int argc, char** argv) {
  using namespace vang::cli;  // NOLINT: the whole file is about it
  Console console;
  bool no_color = false;
  Action action;
  CLI::App app("Vietnamese speech in, readable and searchable text out");
  app.name("vang");
  app.set_version_flag("--version", "vang " VANG_VERSION);
  app.require_subcommand(1);
  app.fallthrough();  // the flags below may stand after the command, too
  app.add_flag("--json", console.json, "Data as JSON");
  app.add_flag("-q,--quiet", console.quiet, "No progress and no remarks");
  app.add_flag("--no-color", no_color, "No colours on a terminal [NO_COLOR]");
  app.footer(
      "Exit codes: 0 well, 1 failure, 2 usage, 3 some of several files failed, 4 key, 5 not "
      "found,\n"
      "69 no server, 75 try again later, 130 interrupted.");
  AddLocalCommands(&app, &action);
  AddClientCommands(&app, &action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  // Commands speak for themselves; `serve` asks for more.
  vang::ConfigureLog(vang::LogLevel::kWarning, false);
  console.color = !no_color && Console::ColorWanted();
  return action(console);
}
