#include "services/ingestion/media_type.h"

#include <algorithm>

#include "libs/base/utf8.h"

namespace vang {
namespace {

using std::string_view_literals::operator""sv;

struct Magic {
  std::size_t offset;
  std::string_view bytes;
  std::string_view meaning;
};

// The first that fits wins.
constexpr Magic kSound[] = {
    {8, "WAVE"sv, "audio/wav"},         {8, "AVI "sv, "video/x-msvideo"},
    {8, "AIFF"sv, "audio/aiff"},        {8, "AIFC"sv, "audio/aiff"},
    {0, "OggS"sv, "audio/ogg"},         {0, "fLaC"sv, "audio/flac"},
    {0, "ID3"sv, "audio/mpeg"},         {0, "#!AMR-WB"sv, "audio/amr-wb"},
    {0, "#!AMR"sv, "audio/amr"},        {0, "\x30\x26\xB2\x75\x8E\x66\xCF\x11"sv, "audio/x-ms-wma"},
    {0, "caff\0\1"sv, "audio/x-caf"},   {0, ".snd"sv, "audio/basic"},
    {0, "wvpk"sv, "audio/x-wavpack"},   {0, "FLV\1"sv, "video/x-flv"},
    {0, "\0\0\1\xBA"sv, "video/mpeg"},  {4, "ftypM4A"sv, "audio/mp4"},
    {4, "ftypM4B"sv, "audio/mp4"},      {4, "ftyp3g"sv, "video/3gpp"},
    {4, "ftypqt"sv, "video/quicktime"}, {4, "moov"sv, "video/quicktime"},
    {4, "mdat"sv, "video/quicktime"},
};

constexpr Magic kImages[] = {
    {4, "ftypheic"sv, "an image (HEIC)"},   {4, "ftypmif1"sv, "an image (HEIF)"},
    {4, "ftypavif"sv, "an image (AVIF)"},   {8, "WEBP"sv, "an image (WebP)"},
    {0, "\x89PNG\r\n"sv, "an image (PNG)"}, {0, "\xFF\xD8\xFF"sv, "an image (JPEG)"},
    {0, "GIF8"sv, "an image (GIF)"},        {0, "II*\0"sv, "an image (TIFF)"},
    {0, "MM\0*"sv, "an image (TIFF)"},
};

constexpr Magic kOther[] = {
    {0, "PK\3\4"sv, "a ZIP archive or an Office document"},
    {0, "PK\5\6"sv, "an empty ZIP archive"},
    {0, "\x1F\x8B"sv, "a gzip archive"},
    {0, "BZh"sv, "a bzip2 archive"},
    {0, "\xFD\x37zXZ"sv, "an xz archive"},
    {0, "\x28\xB5\x2F\xFD"sv, "a zstd archive"},
    {0, "7z\xBC\xAF"sv, "a 7z archive"},
    {0, "Rar!\x1A"sv, "a RAR archive"},
    {257, "ustar"sv, "a tar archive"},
    {0, "%PDF-"sv, "a PDF document"},
    {0, "\xD0\xCF\x11\xE0"sv, "an Office document"},
    {0, "{\\rtf"sv, "an RTF document"},
    {0,
     "\x7F"
     "ELF"sv,
     "a program"},
    {0, "MThd"sv, "a MIDI file, which holds notes and no sound"},
};

template <std::size_t N>
std::string_view Find(const Magic (&table)[N], std::string_view head) {
  for (const Magic& magic : table) {
    if (head.size() >= magic.offset && head.substr(magic.offset).starts_with(magic.bytes)) {
      return magic.meaning;
    }
  }
  return {};
}

unsigned char Byte(std::string_view head, std::size_t at) {
  return at < head.size() ? static_cast<unsigned char>(head[at]) : 0;
}

// Sound without a header of its own: MPEG layers 1-3 and AAC in ADTS begin with eleven set bits.
std::string_view FindFrame(std::string_view head) {
  const unsigned second = Byte(head, 1);
  const unsigned third = Byte(head, 2);
  if (Byte(head, 0) != 0xFF || (second & 0xE0) != 0xE0) return {};
  if ((second & 0xF6) == 0xF0) return "audio/aac";
  const bool version = (second & 0x18) != 0x08;
  const bool layer = (second & 0x06) != 0;
  const bool rates = (third & 0xF0) != 0xF0 && (third & 0x0C) != 0x0C;
  return version && layer && rates ? "audio/mpeg" : std::string_view();
}

std::string_view FindMatroska(std::string_view head) {
  if (!head.starts_with("\x1A\x45\xDF\xA3")) return {};
  return head.substr(0, 64).find("webm") != std::string_view::npos ? "video/webm"
                                                                   : "video/x-matroska";
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

std::string_view DescribeText(std::string_view head) {
  head.remove_prefix(std::min(head.find_first_not_of(" \t\r\n"), head.size()));
  std::string start(head.substr(0, 15));
  std::transform(start.begin(), start.end(), start.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (start.starts_with("<!doctype html") || start.starts_with("<html")) return "a web page";
  if (start.starts_with("#extm3u")) return "a playlist, which names sound and holds none";
  return "text";
}

}  // namespace

Result<std::string> SniffMediaType(std::string_view head) {
  std::string_view refused = Find(kImages, head);
  if (refused.empty()) {
    if (const auto sound = Find(kSound, head); !sound.empty()) return std::string(sound);
    if (const auto sound = FindMatroska(head); !sound.empty()) return std::string(sound);
    // After the rarer brands of sound and of images.
    if (head.size() >= 8 && head.substr(4, 4) == "ftyp") return std::string("video/mp4");
    refused = Find(kOther, head);
  }
  if (refused.empty() && IsText(head)) refused = DescribeText(head);
  if (!refused.empty()) {
    return Status(Code::kUnimplemented,
                  "this is " + std::string(refused) +
                      ", whatever its name says; send sound or video (wav, mp3, m4a, ogg, opus, "
                      "webm, flac, amr, wma, mp4, …)");
  }
  if (const auto sound = FindFrame(head); !sound.empty()) return std::string(sound);
  return std::string("application/octet-stream");
}

}  // namespace vang
