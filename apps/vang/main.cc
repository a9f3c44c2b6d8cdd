// vang: the all-in-one server and the command line, one program.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "apps/vang/command_line.h"
#include "apps/vang/console.h"
#include "libs/runtime/log.h"

namespace {

// What is wrong with the words of the command line, and where to read more.
int Refuse(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) return app.exit(error);  // --help and --version
  const CLI::App* command = &app;
  std::string before, name = "vang";
  while (!command->get_subcommands().empty()) {
    command = command->get_subcommands().front();
    before = name;
    name += " " + command->get_name();
  }
  const bool noun = !command->get_subcommands([](const CLI::App*) { return true; }).empty();
  const auto words = app.remaining(true);
  if (noun && words.empty()) {
    std::fputs(command->help(before).c_str(), stderr);
    return vang::cli::kExitUsage;
  }
  const std::string what =
      noun ? "there is no command '" + name + " " + words.front() + "'" : error.what();
  std::fprintf(stderr, "vang: %s; `%s --help` lists what there is\n", what.c_str(), name.c_str());
  return vang::cli::kExitUsage;
}

}  // namespace

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
      "Exit codes: 0 well, 1 failure, 2 usage, 3 some of several files failed, 4 key "
      "refused,\n"
      "5 not found, 69 no server, 75 try again later, 130 interrupted.");
  AddLocalCommands(&app, &action);
  AddClientCommands(&app, &action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return Refuse(app, error);
  }
  // Commands speak for themselves; `serve` asks for more.
  vang::ConfigureLog(vang::LogLevel::kWarning, false);
  console.color = !no_color && Console::ColorWanted();
  return action(console);
}
