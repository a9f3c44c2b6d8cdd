#include "libs/adapters/audio_decoder/ffmpeg/ffmpeg_audio_decoder.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <filesystem>
#include <utility>

#include "libs/adapters/audio_decoder/ffmpeg/ffmpeg_audio_stream.h"
#include "libs/adapters/audio_decoder/ffmpeg/sniff.h"
#include "libs/adapters/audio_decoder/ffmpeg/warm_decoder.h"
#include "libs/adapters/audio_decoder/ffmpeg/whole_file.h"

namespace vang {
namespace {

// Processor seconds: far more than any honest file takes (4 hours of AAC decode in about a minute).
std::uint64_t ProcessorSeconds(const DecodeLimits& limits) {
  return 120 + static_cast<std::uint64_t>(limits.max_seconds / 4);
}

decoder_wire::Order MakeOrder(const InputFile& input, const AudioFormat& format,
                              const DecodeLimits& limits, std::uint64_t memory_limit) {
  decoder_wire::Order order;
  format.demuxer.copy(order.demuxer, sizeof(order.demuxer) - 1);
  order.input_bytes = input.size();
  order.memory_bytes = memory_limit;
  order.processor_seconds = ProcessorSeconds(limits);
  return order;
}

class FfmpegAudioDecoder : public AudioDecoder {
 public:
  explicit FfmpegAudioDecoder(FfmpegAudioDecoderConfig config)
      : config_(std::move(config)), decoder_(config_.program, config_.metrics) {}

  Status Prepare() { return decoder_.Prepare(); }

  Result<std::unique_ptr<AudioStream>> Open(const Context& context, FileDescriptor file,
                                            const DecodeLimits& limits) override;
  Status Ping(const Context& context) override;

 private:
  const FfmpegAudioDecoderConfig config_;
  WarmDecoder decoder_;
};

Result<std::unique_ptr<AudioStream>> FfmpegAudioDecoder::Open(const Context& context,
                                                              FileDescriptor file,
                                                              const DecodeLimits& limits) {
  VANG_RETURN_IF_ERROR(context.Check());
  if (!std::isfinite(limits.max_seconds) || limits.max_seconds <= 0) {
    return InvalidArgument("the longest recording to decode must be more than 0 seconds");
  }
  VANG_ASSIGN_OR_RETURN(const InputFile input, InputFile::Of(file.get()));
  VANG_ASSIGN_OR_RETURN(const AudioFormat format, SniffAudioFormat(input));
  VANG_RETURN_IF_ERROR(CheckFileIsWhole(input, format));
  FfmpegAudioStream::Options stream{format,
                                    limits,
                                    PromisedSeconds(input, format),
                                    config_.fruitless_processor_time,
                                    config_.stall_timeout,
                                    config_.metrics};
  VANG_ASSIGN_OR_RETURN(
      DecodingChild child,
      decoder_.Start(context, file.get(), MakeOrder(input, format, limits, config_.memory_limit)));
  return std::unique_ptr<AudioStream>(
      std::make_unique<FfmpegAudioStream>(std::move(stream), std::move(child)));
}

// A twentieth of a second of silence, 8 kHz and 8 bits, through the whole machinery.
Status FfmpegAudioDecoder::Ping(const Context& context) {
  constexpr std::size_t kSamples = 400;
  std::string wav("RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1F\0\0\x40\x1F\0\0\1\0\x8\0data",
                  40);
  wav += std::string("\x90\x01\0\0", 4) + std::string(kSamples, '\x80');
  FileDescriptor file(::memfd_create("vang-ping", MFD_CLOEXEC));
  if (!file.valid()) return ErrnoStatus(errno, "memfd_create");
  VANG_RETURN_IF_ERROR(WriteAll(file.get(), wav));
  VANG_ASSIGN_OR_RETURN(std::unique_ptr<AudioStream> stream, Open(context, std::move(file), {}));
  float samples[1024];
  std::size_t total = 0;
  while (true) {
    auto count = stream->Read(context, samples);
    if (!count.ok()) {
      // Our own file is good: whatever is wrong, it is the installation.
      Status status = count.status();
      if (status.retryable() || status.code() == Code::kCancelled) return status;
      return Unavailable("FFmpeg cannot decode: " + status.message());
    }
    if (*count == 0) break;
    total += *count;
  }
  if (total != 2 * kSamples) return Unavailable("FFmpeg decodes a test sound wrongly");
  return {};
}

}  // namespace

Result<std::unique_ptr<AudioDecoder>> OpenFfmpegAudioDecoder(
    const FfmpegAudioDecoderConfig& config) {
  FfmpegAudioDecoderConfig complete = config;
  if (complete.program.empty()) {
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    if (error) return ErrnoStatus(error.value(), "cannot find the folder of this program");
    complete.program = (self.parent_path() / "vang-decoder").string();
  }
  if (::access(complete.program.c_str(), X_OK) != 0) {
    return FailedPrecondition("cannot run " + complete.program +
                              ", which decodes audio: install it");
  }
  if (complete.metrics != nullptr) {
    complete.metrics->Describe("vang_audio_decodes_total", "Audio files decoded, by result");
    complete.metrics->Describe("vang_audio_decoded_seconds_total", "Seconds of sound decoded");
    complete.metrics->Describe("vang_audio_decoder_deaths_total",
                               "Times that the program vang-decoder died or was stopped");
  }
  auto decoder = std::make_unique<FfmpegAudioDecoder>(std::move(complete));
  VANG_RETURN_IF_ERROR(decoder->Prepare());
  return std::unique_ptr<AudioDecoder>(std::move(decoder));
}

}  // namespace vang
