// How the command line talks: data on standard output, everything else on standard error; exit
// codes that a script can rely on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/status.h"

namespace vang::cli {

enum ExitCode : int {
  kExitOk = 0,
  kExitFailure = 1,
  kExitUsage = 2,
  kExitPartial = 3,       // some of several files failed
  kExitAuth = 4,          // no key, a wrong one, or one that may not do this
  kExitNotFound = 5,      // no such recording, model, …
  kExitUnavailable = 69,  // no server there
  kExitTemporary = 75,    // try again later
  kExitInterrupted = 130,
};

struct Console {
  bool json = false;   // data as JSON: one document, or one a line for lists that may be long
  bool quiet = false;  // no progress and no remarks; errors still show
  bool color = false;  // standard output is a terminal that wants it

  // Settings that the environment decides: NO_COLOR, TERM=dumb, whether stdout is a terminal.
  static bool ColorWanted();

  // One line of data.
  void Print(std::string_view line) const;
  // One line for people, unless quiet.
  void Note(std::string_view line) const;
  // "vang: <message>", and the exit code that the failure means.
  int Fail(const Status& status) const;

  // A line on a terminal's standard error that the next one replaces; elsewhere nothing. An empty
  // line takes it away.
  void Progress(std::string_view line) const;
};

int ExitCodeOf(const Status& status);

// 83.5 → "1:23"; 3723 → "1:02:03".
std::string FormatClock(double seconds);
// 1536 → "1.5 KiB".
std::string FormatBytes(std::uint64_t bytes);

}  // namespace vang::cli
