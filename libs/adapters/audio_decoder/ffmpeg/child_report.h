// What became of a decoding, by what the child wrote, how it ended and how much sound it brought. A
// child that was taken over can write anything.
#pragma once

#include <string>
#include <string_view>

#include "libs/adapters/audio_decoder/ffmpeg/sniff.h"
#include "libs/adapters/audio_decoder/ffmpeg/wire.h"
#include "libs/base/subprocess.h"

namespace vang {

// Not thread-safe.
class ChildReport {
 public:
  // Takes the next bytes of the report pipe, in pieces of any size. Keeps a bounded number of them.
  void Feed(std::string_view bytes);

  // What became of a decoding that ended with `exit` after `seconds` of sound, of which the file's
  // header promised `promised_seconds` (0 = nothing): OK, or why the file is no good, or
  // kUnavailable when the fault is not the file's.
  Status Judge(const AudioFormat& format, const ExitStatus& exit, double seconds,
               double promised_seconds) const;

 private:
  Status JudgeEnding(const AudioFormat& format, const decoder_wire::Report& report) const;

  std::string bytes_;  // at most one more than a report has
};

}  // namespace vang
