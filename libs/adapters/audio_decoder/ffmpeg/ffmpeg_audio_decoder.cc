#include "libs/adapters/audio_decoder/ffmpeg/ffmpeg_audio_decoder.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <filesystem>
#include <utility>
#include <vector>

#include "libs/adapters/audio_decoder/ffmpeg/ffmpeg_audio_stream.h"
#include "libs/adapters/audio_decoder/ffmpeg/sniff.h"
#include "libs/adapters/audio_decoder/ffmpeg/whole_file.h"
#include "libs/base/subprocess.h"

namespace vang {
namespace {

// The decoders that may run: sound only. A picture's decoder would be most of the attack surface.
constexpr char kDecoders[] =
    "mp3float,mp3,mp2float,mp2,mp1float,mp1,aac,aac_latm,alac,flac,vorbis,opus,libopus,speex,"
    "libspeex,amrnb,amrwb,wmav1,wmav2,wmapro,wmavoice,wmalossless,ac3,eac3,gsm,gsm_ms,"
    "adpcm_ms,adpcm_ima_wav,adpcm_ima_qt,adpcm_g722,adpcm_g726,adpcm_yamaha,qcelp,qdm2,truespeech,"
    "pcm_alaw,pcm_mulaw,pcm_u8,pcm_s8,pcm_u16le,pcm_u16be,pcm_s16le,pcm_s16be,pcm_u24le,pcm_u24be,"
    "pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,pcm_f64le,pcm_f64be";

// Processor seconds: far more than any honest file takes (4 hours of AAC decode in about a minute).
std::uint64_t ProcessorSeconds(const DecodeLimits& limits) {
  return 120 + static_cast<std::uint64_t>(limits.max_seconds / 4);
}

std::vector<std::string> FfmpegArguments(const AudioFormat& format, std::uint64_t memory_limit) {
  return {"-nostdin", "-hide_banner", "-nostats", "-v", "level+warning", "-max_alloc",
          std::to_string(memory_limit / 4), "-filter_threads", "1",
          // The input: one demuxer, one file, one thread, no picture.
          "-threads", "1", "-protocol_whitelist", "file", "-codec_whitelist", kDecoders, "-f",
          format.demuxer, "-i", "file:/vang-input",
          // The output: the first sound track, mixed by averaging (rematrix_maxval keeps two equal
          // channels from adding up to more than one).
          "-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1", "-af",
          "aresample=osr=16000:ochl=mono:osf=flt:rematrix_maxval=1.0", "-f", "f32le", "-c:a",
          "pcm_f32le", "pipe:1"};
}

class FfmpegAudioDecoder : public AudioDecoder {
 public:
  explicit FfmpegAudioDecoder(FfmpegAudioDecoderConfig config) : config_(std::move(config)) {}

  Result<std::unique_ptr<AudioStream>> Open(const Context& context, FileDescriptor file,
                                            const DecodeLimits& limits) override;
  Status Ping(const Context& context) override;

 private:
  const FfmpegAudioDecoderConfig config_;
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
  if (::lseek(file.get(), 0, SEEK_SET) != 0) {
    return ErrnoStatus(errno, "cannot go to the beginning of the audio file");
  }

  FfmpegAudioStream::Options stream{format,
                                    limits,
                                    PromisedSeconds(input, format),
                                    config_.fruitless_processor_time,
                                    config_.stall_timeout,
                                    config_.metrics};
  int alive[2];
  if (::pipe2(alive, O_CLOEXEC) != 0) return ErrnoStatus(errno, "pipe2");
  FileDescriptor our_end(alive[1]);

  Subprocess::Options child;
  child.program = config_.sandbox;
  child.args = {std::to_string(config_.memory_limit), std::to_string(ProcessorSeconds(limits)),
                config_.ffmpeg};
  for (std::string& argument : FfmpegArguments(format, config_.memory_limit)) {
    child.args.push_back(std::move(argument));
  }
  child.input = std::move(file);
  child.extra.emplace_back(alive[0]);
  VANG_ASSIGN_OR_RETURN(Subprocess process, Subprocess::Start(std::move(child)));
  return std::unique_ptr<AudioStream>(std::make_unique<FfmpegAudioStream>(
      std::move(stream), std::move(process), std::move(our_end)));
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
  if (complete.sandbox.empty()) {
    std::error_code error;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
    if (error) return ErrnoStatus(error.value(), "cannot find the folder of this program");
    complete.sandbox = (self.parent_path() / "vang-sandbox").string();
  }
  for (const std::string& program : {complete.sandbox, complete.ffmpeg}) {
    if (::access(program.c_str(), X_OK) != 0) {
      return FailedPrecondition("cannot run " + program + ", which decodes audio: install it");
    }
  }
  if (complete.metrics != nullptr) {
    complete.metrics->Describe("vang_audio_decodes_total", "Audio files decoded, by result");
    complete.metrics->Describe("vang_audio_decoded_seconds_total", "Seconds of sound decoded");
  }
  return std::unique_ptr<AudioDecoder>(std::make_unique<FfmpegAudioDecoder>(std::move(complete)));
}

}  // namespace vang
