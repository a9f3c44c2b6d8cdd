// The program's loop: an order comes, a confined child of its own carries it out.
#pragma once

#include <functional>

#include "libs/adapters/audio_decoder/ffmpeg/wire.h"

namespace vang {

// Runs in the child, confined: reads kInput, writes kOutput, says how it ended.
using Work = std::function<decoder_wire::Report(const decoder_wire::Order& order)>;

// Takes orders from `socket` until its other end closes, and forks a child for each; this process
// itself never looks at a file. It must have one thread, or the children could inherit a lock that
// nobody opens. The children are those of our parent, which learns their number from the report
// pipe, waits for them, and keeps them when this process dies. Returns the exit code.
int Serve(int socket, const Work& work);

}  // namespace vang
