#include "libs/adapters/audio_decoder/ffmpeg/child_report.h"

#include <signal.h>

#include <algorithm>
#include <cstring>

namespace vang {
namespace {

using decoder_wire::Ending;
using decoder_wire::Report;

// A header may count a few samples more than come out; a cut file lacks a block and more.
constexpr double kToleranceSeconds = 0.05;

// Printable ASCII only.
std::string Message(const Report& report) {
  std::string clean;
  for (const char c : report.message) {
    if (c == '\0') break;
    clean += c >= ' ' && c <= '~' ? c : '?';
  }
  return clean.empty() ? "it cannot be decoded" : clean;
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
  bytes_ += bytes.substr(0, sizeof(Report) + 1 - bytes_.size());
}

Status ChildReport::JudgeEnding(const AudioFormat& format, const Report& report) const {
  switch (report.ending) {
    case Ending::kDone:
      return {};
    case Ending::kCannotRun:
      return Unavailable("cannot run the decoder: " + Message(report));
    case Ending::kUnreadable:
      return Unavailable("cannot read the audio file: " + Message(report));
    case Ending::kNoSoundTrack:
      return InvalidArgument("the file holds no sound track");
    case Ending::kUnknownCodec:
      return InvalidArgument("the sound of the " + format.name + " file is coded as " +
                             Message(report) + ", which is not decoded here");
    case Ending::kTooMuchMemory:
      return InvalidArgument("decoding the " + format.name + " file takes too much memory");
    case Ending::kCorrupt:
      break;
  }
  return InvalidArgument("the " + format.name + " file is corrupt: " + Message(report));
}

Status ChildReport::Judge(const AudioFormat& format, const ExitStatus& exit, double seconds,
                          double promised_seconds) const {
  if (exit.signal == SIGKILL) return Unavailable("the decoder was killed");
  if (exit.signal == SIGXCPU) {
    return InvalidArgument("decoding the " + format.name + " file takes too much processor time");
  }
  if (!exit.ok() || bytes_.size() != sizeof(Report)) {
    return InvalidArgument("the " + format.name + " file is corrupt: the decoder " +
                           (exit.ok() ? "was led astray" : exit.ToString()));
  }
  Report report;
  std::memcpy(&report, bytes_.data(), sizeof(report));
  VANG_RETURN_IF_ERROR(JudgeEnding(format, report));
  if ((report.cut_off != 0 && !MayEndAnywhere(format.container) &&
       !SizeIsChecked(format.container)) ||
      seconds + kToleranceSeconds < promised_seconds) {
    return InvalidArgument("the " + format.name + " file is cut off");
  }
  if (report.damaged != 0 && IsExact(format.container)) {
    return InvalidArgument("the " + format.name + " file is corrupt: " + Message(report));
  }
  if (seconds <= 0) return InvalidArgument("the " + format.name + " file holds no sound");
  return {};
}

}  // namespace vang
