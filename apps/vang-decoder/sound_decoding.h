// A file's first sound track to 16 kHz mono, by FFmpeg's libraries, in this process: one demuxer,
// no decoder of pictures, no thread, no other file. For a process that may die of it.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "libs/adapters/audio_decoder/ffmpeg/wire.h"

namespace vang {

struct SoundFile {
  int descriptor = -1;      // only read with pread
  std::uint64_t bytes = 0;  // what it holds; nothing is read behind
  const char* demuxer = "";
  std::uint64_t largest_allocation = 0;
};

// Takes the next samples; false: no more are wanted.
using SoundSink = std::function<bool(std::span<const float> samples)>;

// Decodes to the end, or until something fails or the sink has enough (kDone). A piece that does
// not decode is left out, as players do, unless most are such. One call at a time in a process.
decoder_wire::Report DecodeSound(const SoundFile& file, const SoundSink& sink);

// Computes the tables that decoders share, so that processes forked afterwards have them.
void PrepareSoundDecoding();

// All of `samples` to a blocking descriptor; false when nobody reads it any more.
bool WriteSamples(int descriptor, std::span<const float> samples);

}  // namespace vang
