// Uploads before FFmpeg sees them: what the first bytes say, and whether the file is whole.
#include <sys/mman.h>

#include <cstdint>

#include "libs/adapters/audio_decoder/ffmpeg/sniff.h"
#include "libs/adapters/audio_decoder/ffmpeg/whole_file.h"
#include "libs/base/descriptor_io.h"
#include "libs/base/file.h"
#include "libs/base/utf8.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const vang::FileDescriptor file(::memfd_create("media", MFD_CLOEXEC));
  if (!file.valid() || !vang::WriteAll(file.get(), bytes).ok()) return 0;
  const auto input = vang::InputFile::Of(file.get());
  if (!input.ok() || input->size() != size) __builtin_trap();
  const auto format = vang::SniffAudioFormat(*input);
  if (!format.ok()) {
    if (!vang::IsValidUtf8(format.status().message())) __builtin_trap();
    return 0;
  }
  if (format->demuxer.empty() || format->start > size) __builtin_trap();
  (void)vang::CheckFileIsWhole(*input, *format);
  if (!(vang::PromisedSeconds(*input, *format) >= 0)) __builtin_trap();
  return 0;
}
