#include "libs/adapters/audio_decoder/ffmpeg/sniff.h"

namespace vang {
namespace {

// Two frames in a row, or one that ends the file: a lone sync word may be anything.
template <typename FrameLength>
bool StartsWithFrames(const InputFile& file, std::uint64_t start, FrameLength frame_length) {
  const std::size_t length = frame_length(file.At(start, 7));
  if (length == 0) return false;
  return start + length >= file.size() || frame_length(file.At(start + length, 7)) != 0;
}

std::uint64_t Id3Length(const std::string& head) {
  if (!head.starts_with("ID3") || head.size() < 10) return 0;
  std::uint64_t length = 0;
  for (std::size_t i = 6; i < 10; ++i) length = length << 7 | (BigEndian(head, i, 1) & 0x7F);
  const bool footer = (BigEndian(head, 5, 1) & 0x10) != 0;
  return length + (footer ? 20 : 10);
}

// FFmpeg's name of the demuxer.
const char* Demuxer(Container container) {
  switch (container) {
    case Container::kNone:
      break;
    case Container::kWav:
      return "wav";
    case Container::kWave64:
      return "w64";
    case Container::kAiff:
      return "aiff";
    case Container::kCaf:
      return "caf";
    case Container::kAu:
      return "au";
    case Container::kFlac:
      return "flac";
    case Container::kMp3:
      return "mp3";
    case Container::kAdts:
      return "aac";
    case Container::kAmr:
      return "amr";
    case Container::kOgg:
      return "ogg";
    case Container::kMatroska:
      return "matroska";
    case Container::kMp4:
      return "mov";
    case Container::kAsf:
      return "asf";
  }
  return "";
}

AudioFormat Format(Container container, std::string_view name, std::uint64_t start) {
  return {container, Demuxer(container), std::string(name), start};
}

}  // namespace

Result<AudioFormat> SniffAudioFormat(const InputFile& file) {
  if (file.size() == 0) return InvalidArgument("the file is empty");
  const std::string first = file.At(0, kMediaHeadBytes);
  const std::uint64_t start = Id3Length(first);
  const std::string head = start == 0 ? first : file.At(start, kMediaHeadBytes);
  const MediaFormat known = FindMediaFormat(head);
  if (known.container != Container::kNone) return Format(known.container, known.name, start);
  if (known.name.empty() && StartsWithFrames(file, start, AdtsFrameLength)) {
    return Format(Container::kAdts, "AAC", start);
  }
  if (known.name.empty() && StartsWithFrames(file, start, MpegFrameLength)) {
    return Format(Container::kMp3, "MP3", start);
  }
  return InvalidArgument(
      "the file is not audio: it is " +
      (known.name.empty() ? "of no known audio or video format" : std::string(known.name)));
}

}  // namespace vang
