// What FfmpegAudioDecoder and vang-decoder say to each other. They are built together and run on
// one machine, so the structs travel as they lie in memory. The adapter trusts nothing that comes
// after the first byte of a file was read: see ChildReport.
//
//   us    → program  Order in one message of a SOCK_SEQPACKET pair, with kDescriptors descriptors
//   child → us       Started on the report pipe, before it looks at the file
//   child → us       samples, 32-bit floats, on the output pipe
//   child → us       Report on the report pipe; then the child ends
#pragma once

#include <cstdint>

namespace vang::decoder_wire {

// Accompanied by: the file, the output pipe, the report pipe, and a pipe whose other end only we
// hold, so that the child dies with us. They become the child's descriptors 0, 1, 2 and 3.
inline constexpr int kDescriptors = 4;

struct Order {
  char demuxer[16] = {};           // FFmpeg's name, zeros behind it
  std::uint64_t input_bytes = 0;   // what the file holds
  std::uint64_t memory_bytes = 0;  // most address space of the child
  std::uint64_t processor_seconds = 0;
};

struct Started {
  std::int32_t pid = 0;  // of the child, whose parent we are; or a negative errno
};

enum class Ending : std::uint8_t {
  kDone = 1,    // to the end of the file
  kCannotRun,   // the fault is ours: rights not given up, FFmpeg without this demuxer
  kUnreadable,  // the file system failed
  kNoSoundTrack,
  kUnknownCodec,  // message: its name
  kTooMuchMemory,
  kCorrupt,
};

struct Report {
  Ending ending = Ending::kDone;
  std::uint8_t cut_off = 0;  // a demuxer missed bytes
  std::uint8_t damaged = 0;  // at least one piece did not decode
  char message[200] = {};    // what is wrong, in FFmpeg's words; no zero at the end when it is full
};

}  // namespace vang::decoder_wire
