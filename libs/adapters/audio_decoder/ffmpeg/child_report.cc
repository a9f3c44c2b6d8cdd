#include "libs/adapters/audio_decoder/ffmpeg/child_report.h"

#include <signal.h>

#include <algorithm>

namespace vang {
namespace {

constexpr std::size_t kLongestLine = 1024;
constexpr std::size_t kLongestMessage = 200;
// A header may count a few samples more than come out; a cut file lacks a block and more.
constexpr double kToleranceSeconds = 0.05;

bool Holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Printable ASCII only, no addresses of FFmpeg's objects, no name of the input, not too long.
std::string Clean(std::string_view text) {
  std::string clean;
  for (const char c : text) clean += c >= ' ' && c <= '~' ? c : '?';
  constexpr std::string_view kInput = "file:/vang-input: ";
  if (clean.starts_with(kInput)) clean.erase(0, kInput.size());
  if (clean.size() > kLongestMessage) clean.resize(kLongestMessage);
  return clean;
}

// Formats whose every byte counts: there a piece that does not decode means a damaged file. In a
// compressed stream a bad frame is a click, which players skip too.
bool IsExact(Container container) {
  switch (container) {
    case Container::kWav:
    case Container::kWave64:
    case Container::kAiff:
    case Container::kCaf:
    case Container::kAu:
    case Container::kFlac:
      return true;
    default:
      return false;
  }
}

// Streams without a container may end in the middle of a frame: whoever records them just stops.
bool MayEndAnywhere(Container container) {
  return container == Container::kMp3 || container == Container::kAdts ||
         container == Container::kAmr;
}

// Files whose size whole_file.cc has compared with their header already, byte by byte; where the
// size was left open, FFmpeg takes the end of the file for a cut.
bool SizeIsChecked(Container container) {
  switch (container) {
    case Container::kWav:
    case Container::kWave64:
    case Container::kAiff:
    case Container::kCaf:
    case Container::kAu:
      return true;
    default:
      return false;
  }
}

}  // namespace

void ChildReport::Feed(std::string_view bytes) {
  for (const char c : bytes) {
    if (c == '\n') {
      TakeLine(line_);
      line_.clear();
    } else if (line_.size() < kLongestLine) {
      line_ += c;
    }
  }
}

void ChildReport::TakeLine(std::string_view line) {
  if (line.starts_with("vang-sandbox: ")) {
    sandbox_error_ = Clean(line.substr(14));
    return;
  }
  // Lines look like "[wav @ 0x55d0] [error] text" or "[error] text".
  std::size_t at = std::string_view::npos;
  bool error = false;
  for (const std::string_view level : {"[error] ", "[fatal] ", "[warning] "}) {
    const std::size_t found = line.find(level);
    if (found < at) {
      at = found + level.size();
      error = level != "[warning] ";
      break;
    }
  }
  if (at == std::string_view::npos) return;
  const std::string_view text = line.substr(at);
  // Not for us: the decoders of pictures are switched off on purpose.
  if (Holds(text, "not on whitelist") || Holds(text, "avformat_find_stream_info")) return;
  if (Holds(text, "corrupt input packet") || Holds(text, "partial file") ||
      Holds(text, "File ended prematurely")) {
    cut_off_ = true;
  }
  if (!error) return;
  if (Holds(text, "matches no streams")) no_sound_track_ = true;
  if (Holds(text, "Cannot allocate memory")) out_of_memory_ = true;
  if (Holds(text, "Error while decoding")) broken_ = true;
  const bool generic = Holds(text, "Invalid data found") || Holds(text, "Conversion failed") ||
                       Holds(text, "Error while decoding");
  (generic ? generic_error_ : error_) = Clean(text);
}

Status ChildReport::JudgeExit(const AudioFormat& format, const ExitStatus& exit) const {
  constexpr int kStoppedBySignal = 255;  // FFmpeg's code after the SIGXCPU of the sandbox's limit
  if (!sandbox_error_.empty()) return Unavailable("cannot run the decoder: " + sandbox_error_);
  if (no_sound_track_) return InvalidArgument("the file holds no sound track");
  if (exit.ok()) return {};
  if (exit.signal == SIGKILL) return Unavailable("the decoder was killed");
  if (exit.signal == SIGXCPU || exit.code == kStoppedBySignal) {
    return InvalidArgument("decoding the " + format.name + " file takes too much processor time");
  }
  if (exit.signal != 0) {
    return InvalidArgument("the " + format.name + " file is corrupt: the decoder " +
                           exit.ToString());
  }
  if (out_of_memory_) {
    return InvalidArgument("decoding the " + format.name + " file takes too much memory");
  }
  const std::string& why = error_.empty() ? generic_error_ : error_;
  return InvalidArgument("the " + format.name +
                         " file is corrupt: " + (why.empty() ? exit.ToString() : why));
}

Status ChildReport::Judge(const AudioFormat& format, const ExitStatus& exit, double seconds,
                          double promised_seconds) const {
  VANG_RETURN_IF_ERROR(JudgeExit(format, exit));
  if ((cut_off_ && !MayEndAnywhere(format.container) && !SizeIsChecked(format.container)) ||
      seconds + kToleranceSeconds < promised_seconds) {
    return InvalidArgument("the " + format.name + " file is cut off");
  }
  if (broken_ && IsExact(format.container)) {
    return InvalidArgument("the " + format.name +
                           " file is corrupt: " + (error_.empty() ? generic_error_ : error_));
  }
  if (seconds <= 0) return InvalidArgument("the " + format.name + " file holds no sound");
  return {};
}

}  // namespace vang
