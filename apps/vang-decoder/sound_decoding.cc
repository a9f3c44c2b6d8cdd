#include "apps/vang-decoder/sound_decoding.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avstring.h>
}

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>

#include "apps/vang-decoder/input_bytes.h"
#include "apps/vang-decoder/libav_log.h"
#include "apps/vang-decoder/resampler.h"

namespace vang {
namespace {

using decoder_wire::Ending;
using decoder_wire::Report;

// The decoders that may run: sound only. A picture's decoder would be most of the attack surface.
constexpr char kDecoders[] =
    "mp3float,mp3,mp2float,mp2,mp1float,mp1,aac,aac_latm,alac,flac,vorbis,opus,libopus,speex,"
    "libspeex,amrnb,amrwb,wmav1,wmav2,wmapro,wmavoice,wmalossless,ac3,eac3,gsm,gsm_ms,"
    "adpcm_ms,adpcm_ima_wav,adpcm_ima_qt,adpcm_g722,adpcm_g726,adpcm_yamaha,qcelp,qdm2,truespeech,"
    "pcm_alaw,pcm_mulaw,pcm_u8,pcm_s8,pcm_u16le,pcm_u16be,pcm_s16le,pcm_s16be,pcm_u24le,pcm_u24be,"
    "pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,pcm_f64le,pcm_f64be";

struct Free {
  void operator()(AVFormatContext* format) const { ::avformat_close_input(&format); }
  void operator()(AVCodecContext* decoder) const { ::avcodec_free_context(&decoder); }
  void operator()(AVPacket* packet) const { ::av_packet_free(&packet); }
  void operator()(AVFrame* frame) const { ::av_frame_free(&frame); }
};

// A file may name others ("dref" in MP4); none is opened.
int OpenNothing(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
  return AVERROR(EPERM);
}

// One decoding. Methods return a negative AVERROR when it cannot go on.
class Decoding {
 public:
  Decoding(const SoundFile& file, const SoundSink& sink)
      : demuxer_(file.demuxer), input_(file.descriptor, file.bytes), resampler_(sink) {}

  Report Run();

 private:
  int OpenFile();
  int OpenDecoder();
  int DecodeFile();
  int DecodePacket(const AVPacket* packet);  // null: what the decoder still holds
  int TakeFrames();

  const char* const demuxer_;
  InputBytes input_;
  Resampler resampler_;
  std::unique_ptr<AVFormatContext, Free> format_;
  std::unique_ptr<AVCodecContext, Free> decoder_;
  std::unique_ptr<AVFrame, Free> frame_{::av_frame_alloc()};
  int track_ = -1;
  std::uint64_t good_ = 0;  // pieces that decoded
  std::uint64_t bad_ = 0;
  bool cut_off_ = false;
};

int FindSoundTrack(const AVFormatContext& format) {
  for (unsigned i = 0; i < format.nb_streams; ++i) {
    if (format.streams[i]->codecpar->codec_type == AVMEDIA_TYPE_AUDIO) return static_cast<int>(i);
  }
  return AVERROR_STREAM_NOT_FOUND;
}

int Decoding::OpenFile() {
  const AVInputFormat* demuxer = ::av_find_input_format(demuxer_);
  if (demuxer == nullptr) return AVERROR_DEMUXER_NOT_FOUND;
  if (input_.context() == nullptr) return AVERROR(ENOMEM);
  AVFormatContext* format = ::avformat_alloc_context();
  if (format == nullptr) return AVERROR(ENOMEM);
  format->pb = input_.context();
  format->flags |= AVFMT_FLAG_CUSTOM_IO;
  format->io_open = &OpenNothing;
  format->codec_whitelist = ::av_strdup(kDecoders);
  format->format_whitelist = ::av_strdup(demuxer->name);
  // Frees `format` when it fails.
  if (const int error = ::avformat_open_input(&format, "", demuxer, nullptr); error < 0) {
    return error;
  }
  format_.reset(format);
  // Demuxers skip what nobody wants, and no parser of pictures sees it.
  const int track = FindSoundTrack(*format);
  for (unsigned i = 0; i < format->nb_streams; ++i) {
    if (static_cast<int>(i) != track) format->streams[i]->discard = AVDISCARD_ALL;
  }
  const int error = ::avformat_find_stream_info(format, nullptr);
  return error < 0 && format->nb_streams == 0 ? error : 0;
}

int Decoding::OpenDecoder() {
  track_ = FindSoundTrack(*format_);
  if (track_ < 0) return track_;
  const AVStream& track = *format_->streams[track_];
  const AVCodec* codec = ::avcodec_find_decoder(track.codecpar->codec_id);
  if (codec == nullptr || ::av_match_list(codec->name, kDecoders, ',') <= 0) {
    return AVERROR_DECODER_NOT_FOUND;
  }
  decoder_.reset(::avcodec_alloc_context3(codec));
  if (decoder_ == nullptr) return AVERROR(ENOMEM);
  if (const int error = ::avcodec_parameters_to_context(decoder_.get(), track.codecpar);
      error < 0) {
    return error;
  }
  decoder_->pkt_timebase = track.time_base;  // for the samples to skip at both ends
  decoder_->thread_count = 1;
  return ::avcodec_open2(decoder_.get(), codec, nullptr);
}

int Decoding::TakeFrames() {
  while (true) {
    const int error = ::avcodec_receive_frame(decoder_.get(), frame_.get());
    if (error == AVERROR(EAGAIN) || error == AVERROR_EOF) return 0;
    if (error < 0) {
      ++bad_;
      return error;
    }
    ++good_;
    if (const int failed = resampler_.Take(*frame_); failed < 0) return failed;
  }
}

int Decoding::DecodePacket(const AVPacket* packet) {
  int error = ::avcodec_send_packet(decoder_.get(), packet);
  if (error == AVERROR_EOF) return 0;
  if (error < 0) {
    ++bad_;
  } else {
    const std::uint64_t bad = bad_;
    error = TakeFrames();
    // The resampler's failures, other than the decoder's, end everything.
    if (error < 0 && bad_ == bad) return error;
  }
  return error == AVERROR(ENOMEM) ? error : 0;
}

int Decoding::DecodeFile() {
  const std::unique_ptr<AVPacket, Free> packet(::av_packet_alloc());
  if (packet == nullptr || frame_ == nullptr) return AVERROR(ENOMEM);
  while (true) {
    int error = ::av_read_frame(format_.get(), packet.get());
    if (error == AVERROR(EAGAIN)) continue;
    if (error == AVERROR(ENOMEM)) return error;
    // Any other error ends the file, as it does for players: the log and the sizes in the headers
    // tell whether something is missing.
    if (error < 0) break;
    if (packet->stream_index == track_) {
      if ((packet->flags & AV_PKT_FLAG_CORRUPT) != 0) cut_off_ = true;
      error = DecodePacket(packet.get());
    }
    ::av_packet_unref(packet.get());
    if (error < 0) return error;
  }
  if (const int error = DecodePacket(nullptr); error < 0) return error;
  if (const int error = resampler_.Finish(); error < 0) return error;
  // Not sound with clicks in it, but something else.
  return bad_ > 2 * good_ ? AVERROR_INVALIDDATA : 0;
}

Ending ToEnding(int error) {
  switch (error) {
    case 0:
    case AVERROR_EXIT:  // the sink has enough
      return Ending::kDone;
    case AVERROR_DEMUXER_NOT_FOUND:
      return Ending::kCannotRun;
    case AVERROR_STREAM_NOT_FOUND:
      return Ending::kNoSoundTrack;
    case AVERROR_DECODER_NOT_FOUND:
      return Ending::kUnknownCodec;
    case AVERROR(ENOMEM):
      return Ending::kTooMuchMemory;
    default:
      return Ending::kCorrupt;
  }
}

Report Decoding::Run() {
  int error = OpenFile();
  if (error >= 0) error = OpenDecoder();
  if (error >= 0) error = DecodeFile();

  Report report;
  report.ending = input_.error() != 0 ? Ending::kUnreadable : ToEnding(error);
  report.cut_off = cut_off_ || libav_log::Get().cut_off;
  report.damaged = bad_ > 0;
  if (report.ending == Ending::kUnreadable) {
    ::av_strerror(AVERROR(input_.error()), report.message, sizeof(report.message));
  } else if (report.ending == Ending::kUnknownCodec) {
    std::snprintf(report.message, sizeof(report.message), "%s",
                  ::avcodec_get_name(format_->streams[track_]->codecpar->codec_id));
  } else if (libav_log::Get().error[0] != '\0') {
    std::snprintf(report.message, sizeof(report.message), "%s", libav_log::Get().error);
  } else if (error < 0 || report.damaged != 0) {
    ::av_strerror(error < 0 ? error : AVERROR_INVALIDDATA, report.message, sizeof(report.message));
  }
  return report;
}

}  // namespace

Report DecodeSound(const SoundFile& file, const SoundSink& sink) {
  ::av_max_alloc(file.largest_allocation);
  libav_log::Listen();
  return Decoding(file, sink).Run();
}

void PrepareSoundDecoding() {
  libav_log::Listen();
  for (const char* name : {"mp3float", "aac", "opus", "ac3", "wmapro"}) {
    const std::unique_ptr<AVCodecContext, Free> decoder(
        ::avcodec_alloc_context3(::avcodec_find_decoder_by_name(name)));
    if (decoder == nullptr) continue;
    decoder->sample_rate = 48'000;
    ::av_channel_layout_default(&decoder->ch_layout, 2);
    // One that cannot open without a file has computed nothing; its own children will.
    (void)::avcodec_open2(decoder.get(), decoder->codec, nullptr);
  }
}

bool WriteSamples(int descriptor, std::span<const float> samples) {
  std::span<const std::byte> bytes = std::as_bytes(samples);
  while (!bytes.empty()) {
    const ssize_t n = ::write(descriptor, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace vang
