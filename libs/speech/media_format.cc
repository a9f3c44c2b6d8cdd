#include "libs/speech/media_format.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "libs/base/utf8.h"

namespace vang {
namespace {

using std::string_view_literals::operator""sv;

struct Row {
  std::string_view bytes;  // "?" stands for any byte
  MediaFormat format;
};

constexpr MediaFormat Sound(Container container, std::string_view type, std::string_view name) {
  return {container, type, name};
}
constexpr MediaFormat Refused(std::string_view name) { return {Container::kNone, {}, name}; }

// The first that fits wins: brands stand before the "ftyp" of any brand.
constexpr Row kRows[] = {
    {"RIFF????WAVE"sv, Sound(Container::kWav, "audio/wav", "WAV")},
    {"RF64????WAVE"sv, Sound(Container::kWav, "audio/wav", "WAV")},
    {"riff\x2E\x91\xCF\x11\xA5\xD6\x28\xDB\x04\xC1\0\0"sv,
     Sound(Container::kWave64, "audio/x-w64", "Wave64")},
    {"FORM????AIFF"sv, Sound(Container::kAiff, "audio/aiff", "AIFF")},
    {"FORM????AIFC"sv, Sound(Container::kAiff, "audio/aiff", "AIFF")},
    {"caff\0\1"sv, Sound(Container::kCaf, "audio/x-caf", "CAF")},
    {".snd"sv, Sound(Container::kAu, "audio/basic", "AU")},
    {"fLaC"sv, Sound(Container::kFlac, "audio/flac", "FLAC")},
    {"#!AMR\n"sv, Sound(Container::kAmr, "audio/amr", "AMR")},
    {"#!AMR-WB\n"sv, Sound(Container::kAmr, "audio/amr-wb", "AMR")},
    {"OggS"sv, Sound(Container::kOgg, "audio/ogg", "Ogg")},
    {"\x1A\x45\xDF\xA3"sv, Sound(Container::kMatroska, "video/x-matroska", "WebM or Matroska")},
    {"\x30\x26\xB2\x75\x8E\x66\xCF\x11\xA6\xD9\0\xAA\0\x62\xCE\x6C"sv,
     Sound(Container::kAsf, "audio/x-ms-wma", "WMA")},
    {"????ftypheic"sv, Refused("a picture (HEIC)")},
    {"????ftypmif1"sv, Refused("a picture (HEIF)")},
    {"????ftypavif"sv, Refused("a picture (AVIF)")},
    {"????ftypM4A"sv, Sound(Container::kMp4, "audio/mp4", "MP4")},
    {"????ftypM4B"sv, Sound(Container::kMp4, "audio/mp4", "MP4")},
    {"????ftyp3g"sv, Sound(Container::kMp4, "video/3gpp", "3GP")},
    {"????ftypqt"sv, Sound(Container::kMp4, "video/quicktime", "QuickTime")},
    {"????ftyp"sv, Sound(Container::kMp4, "video/mp4", "MP4")},
    {"????moov"sv, Sound(Container::kMp4, "video/quicktime", "QuickTime")},
    {"????mdat"sv, Sound(Container::kMp4, "video/quicktime", "QuickTime")},
    {"????wide"sv, Sound(Container::kMp4, "video/quicktime", "QuickTime")},
    {"????free"sv, Sound(Container::kMp4, "video/quicktime", "QuickTime")},
    {"????skip"sv, Sound(Container::kMp4, "video/quicktime", "QuickTime")},

    {"RIFF????AVI "sv, Refused("an AVI video, which is not supported")},
    {"FLV\1"sv, Refused("a Flash video, which is not supported")},
    {"\0\0\1\xBA"sv, Refused("an MPEG program stream, which is not supported")},
    {"wvpk"sv, Refused("a WavPack file, which is not supported")},
    {"MThd"sv, Refused("a MIDI file, which holds notes and no sound")},
    {"\x89PNG"sv, Refused("a picture (PNG)")},
    {"\xFF\xD8\xFF"sv, Refused("a picture (JPEG)")},
    {"GIF8"sv, Refused("a picture (GIF)")},
    {"RIFF????WEBP"sv, Refused("a picture (WebP)")},
    {"BM????\0\0\0\0"sv, Refused("a picture (BMP)")},
    {"II*\0"sv, Refused("a picture (TIFF)")},
    {"MM\0*"sv, Refused("a picture (TIFF)")},
    {"PK\3\4"sv, Refused("an archive (ZIP) or an Office document")},
    {"PK\5\6"sv, Refused("an archive (ZIP), an empty one")},
    {"\x1F\x8B"sv, Refused("an archive (gzip)")},
    {"BZh"sv, Refused("an archive (bzip2)")},
    {"\xFD\x37zXZ"sv, Refused("an archive (xz)")},
    {"\x28\xB5\x2F\xFD"sv, Refused("an archive (zstd)")},
    {"7z\xBC\xAF"sv, Refused("an archive (7z)")},
    {"Rar!\x1A"sv, Refused("an archive (RAR)")},
    {"%PDF-"sv, Refused("a PDF document")},
    {"\xD0\xCF\x11\xE0"sv, Refused("an Office document")},
    {"{\\rtf"sv, Refused("an RTF document")},
    {"\x7F\x45LF"sv, Refused("a program")},
    {"MZ\x90\0"sv, Refused("a program")},
};

bool Fits(std::string_view head, std::string_view bytes) {
  return head.size() >= bytes.size() &&
         std::equal(bytes.begin(), bytes.end(), head.begin(),
                    [](char wanted, char byte) { return wanted == '?' || wanted == byte; });
}

std::uint8_t Byte(std::string_view bytes, std::size_t at) {
  return at < bytes.size() ? static_cast<std::uint8_t>(bytes[at]) : 0;
}

// Printable UTF-8, or UTF-16 with its mark. A cut at the end of `head` may split a character.
bool IsText(std::string_view head) {
  if (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF")) {
    const std::size_t high = Byte(head, 0) == 0xFF ? 3 : 2;
    return head.size() >= 8 && Byte(head, high) == 0 && Byte(head, high + 2) == 0 &&
           Byte(head, high + 4) == 0;
  }
  const bool printable = std::all_of(head.begin(), head.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte != 0x7F) || (byte >= '\t' && byte <= '\r');
  });
  if (!printable) return false;
  for (std::size_t cut = 0; cut <= std::min<std::size_t>(3, head.size()); ++cut) {
    if (IsValidUtf8(head.substr(0, head.size() - cut))) return cut < head.size();
  }
  return false;
}

MediaFormat DescribeText(std::string_view head) {
  if (head.starts_with("\xEF\xBB\xBF")) head.remove_prefix(3);
  head.remove_prefix(std::min(head.find_first_not_of(" \t\r\n"), head.size()));
  if (head.starts_with("<")) {
    return head.find("<MPD") != std::string_view::npos ? Refused("a playlist")
                                                       : Refused("a web page or XML");
  }
  for (const std::string_view playlist : {"#EXTM3U", "#extm3u", "ffconcat", "[playlist]"}) {
    if (head.starts_with(playlist)) {
      return Refused("a playlist, which names sound and holds none");
    }
  }
  return Refused("text");
}

}  // namespace

MediaFormat FindMediaFormat(std::string_view head) {
  head = head.substr(0, kMediaHeadBytes);
  for (const Row& row : kRows) {
    if (!Fits(head, row.bytes)) continue;
    MediaFormat format = row.format;
    if (format.container == Container::kMatroska &&
        head.substr(0, 64).find("webm") != std::string_view::npos) {
      format.media_type = "video/webm";
    }
    return format;
  }
  constexpr std::size_t kTarMagic = 257;
  if (head.size() > kTarMagic && head.substr(kTarMagic).starts_with("ustar")) {
    return Refused("an archive (tar)");
  }
  return IsText(head) ? DescribeText(head) : MediaFormat();
}

std::size_t MpegFrameLength(std::string_view bytes) {
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

std::size_t AdtsFrameLength(std::string_view bytes) {
  if (bytes.size() < 7 || Byte(bytes, 0) != 0xFF || (Byte(bytes, 1) & 0xF6) != 0xF0) return 0;
  const std::size_t length = (std::size_t{Byte(bytes, 3)} & 3) << 11 |
                             std::size_t{Byte(bytes, 4)} << 3 | Byte(bytes, 5) >> 5;
  return length < 7 ? 0 : length;
}

}  // namespace vang
