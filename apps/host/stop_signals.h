// SIGTERM and SIGINT as a wish to end in order. A second one ends the process at once.
#pragma once

#include "libs/base/clock.h"
#include "libs/base/status.h"

namespace vang {

// Once, before threads are started. Also ignores SIGPIPE: a client that goes away is an error of
// one write, not the end of the process.
Status CatchStopSignals();

// Until a signal has come.
void WaitForStop();
// The same, but at most for `wait`. True when a signal has come.
bool WaitForStop(Duration wait);

}  // namespace vang
