// What FFmpeg and vang-sandbox said on standard error, boiled down while it comes: hostile files
// can make FFmpeg talk for ever.
#pragma once

#include <string>
#include <string_view>

#include "libs/adapters/audio_decoder/ffmpeg/sniff.h"
#include "libs/base/subprocess.h"

namespace vang {

// Not thread-safe.
class ChildReport {
 public:
  // Takes the next bytes, in pieces of any size. Keeps a bounded number of them.
  void Feed(std::string_view bytes);

  // What became of a decoding that ended with `exit` after `seconds` of sound, of which the file's
  // header promised `promised_seconds` (0 = nothing): OK, or why the file is no good, or
  // kUnavailable when the fault is not the file's.
  Status Judge(const AudioFormat& format, const ExitStatus& exit, double seconds,
               double promised_seconds) const;

 private:
  void TakeLine(std::string_view line);
  Status JudgeExit(const AudioFormat& format, const ExitStatus& exit) const;

  std::string line_;  // not yet complete, at most kLongestLine bytes
  bool no_sound_track_ = false;
  bool cut_off_ = false;
  bool broken_ = false;
  bool out_of_memory_ = false;
  std::string sandbox_error_;
  std::string error_;          // the last that says something
  std::string generic_error_;  // the last that only says that something failed
};

}  // namespace vang
