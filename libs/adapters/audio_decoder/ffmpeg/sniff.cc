#include "libs/adapters/audio_decoder/ffmpeg/sniff.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "libs/base/utf8.h"

namespace vang {
namespace {

constexpr std::size_t kHead = 4096;
using std::string_view_literals::operator""sv;

bool Has(const std::string& head, std::size_t at, std::string_view magic) {
  return head.size() >= at + magic.size() && head.compare(at, magic.size(), magic) == 0;
}

std::uint8_t Byte(const std::string& bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

// The length of the MPEG audio frame whose header is at the front of `bytes`; 0 when it is none.
std::size_t MpegFrameLength(const std::string& bytes) {
  if (bytes.size() < 4 || Byte(bytes, 0) != 0xFF || (Byte(bytes, 1) & 0xE0) != 0xE0) return 0;
  const int version = (Byte(bytes, 1) >> 3) & 3;  // 0 = 2.5, 2 = 2, 3 = 1
  const int layer = 4 - ((Byte(bytes, 1) >> 1) & 3);
  const std::size_t rate_index = Byte(bytes, 2) >> 4;
  const std::size_t sampling_index = (Byte(bytes, 2) >> 2) & 3;
  if (version == 1 || layer == 4 || sampling_index == 3 || rate_index == 0 || rate_index == 15) {
    return 0;
  }
  static constexpr std::array<std::array<std::uint16_t, 15>, 5> kKilobits = {{
      {0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448},  // 1, layer 1
      {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384},     // 1, layer 2
      {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},      // 1, layer 3
      {0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256},     // 2, layer 1
      {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160},          // 2, layers 2 and 3
  }};
  static constexpr std::array<std::size_t, 3> kHertz = {44100, 48000, 32000};
  const std::size_t row = version == 3 ? static_cast<std::size_t>(layer - 1) : layer == 1 ? 3 : 4;
  const std::size_t hertz = kHertz[sampling_index] >> (version == 3 ? 0 : version == 2 ? 1 : 2);
  const std::size_t bits = std::size_t{kKilobits[row][rate_index]} * 1000;
  const std::size_t padding = (Byte(bytes, 2) >> 1) & 1;
  if (layer == 1) return (12 * bits / hertz + padding) * 4;
  const std::size_t slots = layer == 3 && version != 3 ? 72 : 144;
  return slots * bits / hertz + padding;
}

std::size_t AdtsFrameLength(const std::string& bytes) {
  if (bytes.size() < 7 || Byte(bytes, 0) != 0xFF || (Byte(bytes, 1) & 0xF6) != 0xF0) return 0;
  const std::size_t length = (std::size_t{Byte(bytes, 3)} & 3) << 11 |
                             std::size_t{Byte(bytes, 4)} << 3 | Byte(bytes, 5) >> 5;
  return length < 7 ? 0 : length;
}

// Two frames in a row, or one that ends the file: a lone sync word may be anything.
template <typename FrameLength>
bool StartsWithFrames(const InputFile& file, std::uint64_t start, FrameLength frame_length) {
  const std::size_t length = frame_length(file.At(start, 7));
  if (length == 0) return false;
  return start + length >= file.size() || frame_length(file.At(start + length, 7)) != 0;
}

std::uint64_t Id3Length(const std::string& head) {
  if (!Has(head, 0, "ID3") || head.size() < 10) return 0;
  std::uint64_t length = 0;
  for (std::size_t i = 6; i < 10; ++i) length = length << 7 | (Byte(head, i) & 0x7F);
  const bool footer = (Byte(head, 5) & 0x10) != 0;
  return length + (footer ? 20 : 10);
}

struct Magic {
  std::size_t at;
  std::string_view bytes;
  std::string_view what;
};

// What people and attackers send instead of audio.
constexpr Magic kRefused[] = {
    {0, "#EXTM3U"sv, "a playlist"},
    {0, "ffconcat"sv, "a playlist"},
    {0, "[playlist]"sv, "a playlist"},
    {0, "\x89PNG"sv, "a picture"},
    {0, "\xFF\xD8\xFF"sv, "a picture"},
    {0, "GIF8"sv, "a picture"},
    {8, "WEBP"sv, "a picture"},
    {4, "ftypheic"sv, "a picture"},
    {4, "ftypavif"sv, "a picture"},
    {0, "BM"sv, "a picture"},
    {0, "II*\0"sv, "a picture"},
    {0, "MM\0*"sv, "a picture"},
    {0, "%PDF"sv, "a PDF document"},
    {0, "PK\x03\x04"sv, "an archive"},
    {0, "PK\x05\x06"sv, "an archive"},
    {0, "\x1F\x8B"sv, "an archive"},
    {0, "BZh"sv, "an archive"},
    {0,
     "\xFD"
     "7zXZ"sv,
     "an archive"},
    {0, "7z\xBC\xAF"sv, "an archive"},
    {0, "Rar!"sv, "an archive"},
    {0, "\x28\xB5\x2F\xFD"sv, "an archive"},
    {257, "ustar"sv, "an archive"},
    {0,
     "\x7F"
     "ELF"sv,
     "a program"},
    {0, "MZ"sv, "a program"},
    {8, "AVI "sv, "an AVI video, which is not supported"},
    {0, "FLV"sv, "a Flash video, which is not supported"},
    {0, "MThd"sv, "a MIDI file, which holds notes and no sound"},
};

bool IsText(const std::string& head) {
  // The last character may be cut by the end of what we read.
  std::string_view text = head;
  while (!text.empty() && head.size() == kHead && head.size() - text.size() < 3 &&
         !IsValidUtf8(text)) {
    text.remove_suffix(1);
  }
  return IsValidUtf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t';
         });
}

std::string WhatItIs(const std::string& head) {
  const std::size_t mark = Has(head, 0, "\xEF\xBB\xBF") ? 3 : 0;
  const std::size_t first = head.find_first_not_of(" \t\r\n", mark);
  if (first == std::string::npos) return "text";
  for (const Magic& magic : kRefused) {
    if (Has(head, magic.at, magic.bytes)) return std::string(magic.what);
    if (first > 0 && magic.at == 0 && Has(head, first, magic.bytes)) return std::string(magic.what);
  }
  if (head[first] == '<') {
    return head.find("<MPD") != std::string::npos ? "a playlist" : "a web page or XML";
  }
  return IsText(head) ? "text" : "of no known audio or video format";
}

std::optional<AudioFormat> Recognise(const std::string& head) {
  constexpr auto kWave64Riff = "riff\x2E\x91\xCF\x11\xA5\xD6\x28\xDB\x04\xC1\0\0"sv;
  constexpr auto kAsfHeader = "\x30\x26\xB2\x75\x8E\x66\xCF\x11\xA6\xD9\0\xAA\0\x62\xCE\x6C"sv;
  if ((Has(head, 0, "RIFF") || Has(head, 0, "RF64")) && Has(head, 8, "WAVE")) {
    return AudioFormat{Container::kWav, "wav", "WAV"};
  }
  if (Has(head, 0, kWave64Riff)) return AudioFormat{Container::kWave64, "w64", "Wave64"};
  if (Has(head, 0, "FORM") && (Has(head, 8, "AIFF") || Has(head, 8, "AIFC"))) {
    return AudioFormat{Container::kAiff, "aiff", "AIFF"};
  }
  if (Has(head, 0, "caff\0\1"sv)) return AudioFormat{Container::kCaf, "caf", "CAF"};
  if (Has(head, 0, ".snd")) return AudioFormat{Container::kAu, "au", "AU"};
  if (Has(head, 0, "fLaC")) return AudioFormat{Container::kFlac, "flac", "FLAC"};
  if (Has(head, 0, "#!AMR\n") || Has(head, 0, "#!AMR-WB\n")) {
    return AudioFormat{Container::kAmr, "amr", "AMR"};
  }
  if (Has(head, 0, "OggS")) return AudioFormat{Container::kOgg, "ogg", "Ogg"};
  if (Has(head, 0, "\x1A\x45\xDF\xA3")) {
    return AudioFormat{Container::kMatroska, "matroska", "WebM or Matroska"};
  }
  if (Has(head, 0, kAsfHeader)) return AudioFormat{Container::kAsf, "asf", "WMA"};
  for (const std::string_view box : {"ftyp", "moov", "mdat", "wide", "free", "skip"}) {
    if (Has(head, 4, box)) return AudioFormat{Container::kMp4, "mov", "MP4"};
  }
  return std::nullopt;
}

}  // namespace

Result<AudioFormat> SniffAudioFormat(const InputFile& file) {
  if (file.size() == 0) return InvalidArgument("the file is empty");
  const std::string first = file.At(0, kHead);
  const std::uint64_t start = Id3Length(first);
  const std::string head = start == 0 ? first : file.At(start, kHead);
  const bool refused =
      std::any_of(std::begin(kRefused), std::end(kRefused),
                  [&](const Magic& magic) { return Has(head, magic.at, magic.bytes); });
  if (!refused) {
    if (std::optional<AudioFormat> format = Recognise(head)) {
      format->start = start;
      return *format;
    }
    if (StartsWithFrames(file, start, AdtsFrameLength)) {
      return AudioFormat{Container::kAdts, "aac", "AAC", start};
    }
    if (StartsWithFrames(file, start, MpegFrameLength)) {
      return AudioFormat{Container::kMp3, "mp3", "MP3", start};
    }
  }
  return InvalidArgument("the file is not audio: it is " + WhatItIs(head.empty() ? first : head));
}

}  // namespace vang
