// The work of vang-decoder's children in this process: the same demuxers and decoders, none of the
// confinement. The sanitizer sees our code and what FFmpeg hands to the C library.
#include <sys/mman.h>

#include <algorithm>
#include <cstdint>

#include "apps/vang-decoder/sound_decoding.h"
#include "libs/adapters/audio_decoder/ffmpeg/sniff.h"
#include "libs/base/file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const vang::FileDescriptor file(::memfd_create("sound", MFD_CLOEXEC));
  if (!file.valid() || !vang::WriteAll(file.get(), bytes).ok()) return 0;
  const auto input = vang::InputFile::Of(file.get());
  if (!input.ok()) __builtin_trap();
  const auto format = vang::SniffAudioFormat(*input);
  if (!format.ok()) return 0;
  // A minute: a few bytes can promise hours of silence.
  std::size_t left = 60 * 16'000;
  const auto report =
      vang::DecodeSound({file.get(), size, format->demuxer.c_str(), std::uint64_t{1} << 28},
                        [&](std::span<const float> samples) {
                          if (samples.empty()) __builtin_trap();
                          left -= std::min(left, samples.size());
                          return left > 0;
                        });
  switch (report.ending) {
    case vang::decoder_wire::Ending::kDone:
    case vang::decoder_wire::Ending::kNoSoundTrack:
    case vang::decoder_wire::Ending::kUnknownCodec:
    case vang::decoder_wire::Ending::kTooMuchMemory:
    case vang::decoder_wire::Ending::kCorrupt:
      return 0;
    case vang::decoder_wire::Ending::kCannotRun:
    case vang::decoder_wire::Ending::kUnreadable:
      break;
  }
  __builtin_trap();
}
