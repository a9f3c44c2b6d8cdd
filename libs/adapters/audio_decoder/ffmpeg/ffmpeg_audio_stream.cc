#include "libs/adapters/audio_decoder/ffmpeg/ffmpeg_audio_stream.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>

#include "libs/base/descriptor_io.h"

namespace vang {
namespace {

constexpr int kSampleRate = 16000;
constexpr std::size_t kBufferBytes = std::size_t{64} * 1024;
// A child needs a moment to end after its last sample.
constexpr Duration kEndTimeout{10'000};
// How often a child that brings nothing is asked what it has done meanwhile.
constexpr Duration kLookAtChild{500};

std::string InWords(double seconds) {
  auto text = [](double number, const char* unit) {
    std::string digits = std::to_string(number);
    digits.erase(digits.find_last_not_of('0') + 1);
    if (digits.back() == '.') digits.pop_back();
    return digits + " " + unit;
  };
  return seconds < 3600 ? text(seconds, "seconds") : text(seconds / 3600, "hours");
}

}  // namespace

FfmpegAudioStream::FfmpegAudioStream(Options options, DecodingChild child)
    : options_(std::move(options)),
      child_(std::move(child)),
      bytes_(kBufferBytes),
      most_samples_(static_cast<std::uint64_t>(options_.limits.max_seconds * kSampleRate)) {}

FfmpegAudioStream::~FfmpegAudioStream() {
  if (options_.metrics == nullptr) return;
  const char* result = ended_ ? "ok" : failure_.ok() ? "abandoned" : "failed";
  options_.metrics->Count("vang_audio_decodes_total", {{"result", result}});
  options_.metrics->Count("vang_audio_decoded_seconds_total", {},
                          static_cast<double>(samples_) / kSampleRate);
}

Result<std::size_t> FfmpegAudioStream::Read(const Context& context, std::span<float> samples) {
  VANG_RETURN_IF_ERROR(failure_);
  if (samples.empty()) return InvalidArgument("cannot read sound into an empty buffer");
  while (!ended_) {
    VANG_RETURN_IF_ERROR(context.Check());
    if (const std::size_t count = TakeSamples(samples); count > 0) {
      samples_ += count;
      if (samples_ <= most_samples_) return count;
      return Fail(Status(Code::kOutOfRange,
                         "the recording is longer than " + InWords(options_.limits.max_seconds)));
    }
    VANG_ASSIGN_OR_RETURN(const bool more, Fill(context));
    if (!more) {
      if (Status status = Finish(context); !status.ok()) return status;
      ended_ = true;
    }
  }
  return std::size_t{0};
}

Result<bool> FfmpegAudioStream::Fill(const Context& context) {
  const Context patient = context.WithTimeout(options_.stall_timeout);
  const auto most_work = child_.process.ProcessorTime() + options_.fruitless_processor_time;
  while (true) {
    const ssize_t n =
        ::read(child_.process.output_fd(), bytes_.data() + filled_, bytes_.size() - filled_);
    if (n == 0) return false;
    if (n > 0) {
      filled_ += static_cast<std::size_t>(n);
      return true;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return Fail(ErrnoStatus(errno, "cannot read from the decoder"));
    if (child_.process.ProcessorTime() > most_work) {
      return Fail(InvalidArgument(
          "decoding the " + options_.format.name + " file leads nowhere: no sound came of " +
          std::to_string(options_.fruitless_processor_time.count()) + " ms of processor time"));
    }
    const Status status = WaitUntilReady(patient, child_.process.output_fd(), POLLIN, kLookAtChild);
    if (status.ok() || patient.Check().ok()) continue;
    VANG_RETURN_IF_ERROR(context.Check());
    return Fail(DeadlineExceeded("the decoder brought no sound for " +
                                 std::to_string(options_.stall_timeout.count()) + " ms"));
  }
}

Status FfmpegAudioStream::Finish(const Context& context) {
  const Context limited = context.WithTimeout(kEndTimeout);
  char buffer[4096];
  for (std::size_t n = 1; n > 0;) {
    auto got = ReadSome(limited, child_.process.error_fd(), buffer, kEndTimeout);
    if (!got.ok()) return Late(context, got.status());
    n = *got;
    report_.Feed({buffer, n});
  }
  auto exit = child_.process.Wait(limited, kEndTimeout);
  if (!exit.ok()) return Late(context, exit.status());
  Status verdict =
      report_.Judge(options_.format, *exit, static_cast<double>(samples_) / kSampleRate,
                    options_.promised_seconds);
  return verdict.ok() ? verdict : Fail(std::move(verdict));
}

// The caller's own deadline and stop leave the stream as it is; any other failure ends it.
Status FfmpegAudioStream::Late(const Context& context, const Status& status) {
  VANG_RETURN_IF_ERROR(context.Check());
  return Fail(status.Wrap("the decoder does not end"));
}

std::size_t FfmpegAudioStream::TakeSamples(std::span<float> samples) {
  const std::size_t count = std::min(filled_ / sizeof(float), samples.size());
  std::memcpy(samples.data(), bytes_.data(), count * sizeof(float));
  filled_ -= count * sizeof(float);
  std::memmove(bytes_.data(), bytes_.data() + count * sizeof(float), filled_);
  // Floating-point files may hold anything.
  for (float& sample : samples.first(count)) {
    sample = std::isfinite(sample) ? std::clamp(sample, -1.0F, 1.0F) : 0.0F;
  }
  return count;
}

Status FfmpegAudioStream::Fail(Status status) {
  child_.process.Kill();
  failure_ = std::move(status);
  return failure_;
}

}  // namespace vang
