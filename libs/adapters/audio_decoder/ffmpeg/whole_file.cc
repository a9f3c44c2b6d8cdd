#include "libs/adapters/audio_decoder/ffmpeg/whole_file.h"

#include <algorithm>
#include <string_view>

namespace vang {
namespace {

// More than any real file has; 4 hours in fragments of 100 ms have a quarter of it. FFmpeg reads
// every chunk, also behind the sound, before it gives the first sample.
constexpr int kMostChunks = 1'000'000;

Status CutOff(const AudioFormat& format, std::uint64_t missing) {
  return InvalidArgument("the " + format.name + " file is cut off: " + std::to_string(missing) +
                         " bytes are missing");
}

Status NeedBytesUntil(const InputFile& file, const AudioFormat& format, std::uint64_t end) {
  return end > file.size() ? CutOff(format, end - file.size()) : Status();
}

// A chunk of a file that is a row of them: `header` bytes, then `size`.
struct Chunk {
  std::string id;
  std::uint64_t header = 8;
  std::uint64_t size = 0;
  bool open = false;  // the size was left open: the chunk goes to the end of the file
  std::uint64_t alignment = 1;
};

// Goes from chunk to chunk from `at` and checks those, or only the first, that `is_sound` picks.
// `read` gives the chunk at an offset.
template <typename Read, typename IsSound>
Status CheckChunks(const InputFile& file, const AudioFormat& format, std::uint64_t at, Read read,
                   IsSound is_sound, bool only_first) {
  bool heard = false;
  for (int i = 0; at < file.size(); ++i) {
    if (i == kMostChunks) {
      return InvalidArgument("the " + format.name + " file is corrupt: it has more than " +
                             std::to_string(kMostChunks) + " chunks");
    }
    const Chunk chunk = read(at);
    // Zeros behind the sound: room that a recorder reserved.
    if (chunk.open || (heard && chunk.id == std::string(chunk.id.size(), '\0'))) return {};
    const std::uint64_t room = file.size() - at;
    const bool fits = chunk.size <= room && chunk.header <= room - chunk.size;
    if (is_sound(chunk.id) && !(heard && only_first)) {
      heard = true;
      if (!fits) return CutOff(format, chunk.size - (room - std::min(room, chunk.header)));
    }
    // What does not fit and is not sound is junk behind the file.
    if (!fits) return {};
    const std::uint64_t length = chunk.header + chunk.size;
    at += (length + chunk.alignment - 1) / chunk.alignment * chunk.alignment;
  }
  return {};
}

// Recorders that cannot go back write 0 or something close to the largest number.
bool IsOpenSize32(std::uint64_t size) { return size == 0 || size >= 0x7FFFF000; }

Status CheckWav(const InputFile& file, const AudioFormat& format) {
  // RF64 keeps the real size of its data in the chunk ds64, which comes first.
  const std::string front = file.At(0, 48);
  const bool rf64 = front.compare(0, 4, "RF64") == 0 && front.compare(12, 4, "ds64") == 0;
  const std::uint64_t long_size = LittleEndian(front, 28, 8);
  auto read = [&](std::uint64_t at) {
    const std::string bytes = file.At(at, 8);
    Chunk chunk{bytes.substr(0, 4), 8, LittleEndian(bytes, 4, 4), false, 2};
    if (chunk.id == "data" && rf64 && long_size != 0) {
      chunk.size = long_size;
    } else {
      chunk.open = chunk.id == "data" && IsOpenSize32(chunk.size);
    }
    return chunk;
  };
  return CheckChunks(
      file, format, 12, read, [](const std::string& id) { return id == "data"; }, true);
}

Status CheckAiff(const InputFile& file, const AudioFormat& format) {
  auto read = [&](std::uint64_t at) {
    const std::string bytes = file.At(at, 8);
    Chunk chunk{bytes.substr(0, 4), 8, BigEndian(bytes, 4, 4), false, 2};
    chunk.open = chunk.id == "SSND" && IsOpenSize32(chunk.size);
    return chunk;
  };
  return CheckChunks(
      file, format, 12, read, [](const std::string& id) { return id == "SSND"; }, true);
}

Status CheckCaf(const InputFile& file, const AudioFormat& format) {
  auto read = [&](std::uint64_t at) {
    const std::string bytes = file.At(at, 12);
    Chunk chunk{bytes.substr(0, 4), 12, BigEndian(bytes, 4, 8)};
    chunk.open = chunk.id == "data" && chunk.size == ~std::uint64_t{0};
    return chunk;
  };
  return CheckChunks(
      file, format, 8, read, [](const std::string& id) { return id == "data"; }, true);
}

// Wave64 and ASF: a 16-byte identifier and a little-endian size that counts its own header.
Chunk ReadGuidChunk(const InputFile& file, std::uint64_t at, std::uint64_t alignment) {
  const std::string bytes = file.At(at, 24);
  const std::uint64_t whole = LittleEndian(bytes, 16, 8);
  return Chunk{bytes.substr(0, 4), 24, whole < 24 ? 0 : whole - 24, whole < 24, alignment};
}

Status CheckWave64(const InputFile& file, const AudioFormat& format) {
  auto read = [&](std::uint64_t at) {
    Chunk chunk = ReadGuidChunk(file, at, 8);
    if (chunk.id == "data" && chunk.size >= std::uint64_t{1} << 62) chunk.open = true;
    return chunk;
  };
  return CheckChunks(
      file, format, 40, read, [](const std::string& id) { return id == "data"; }, true);
}

Status CheckAsf(const InputFile& file, const AudioFormat& format) {
  auto read = [&](std::uint64_t at) { return ReadGuidChunk(file, at, 1); };
  // The data object's identifier, 75B22636-668E-11CF-…, begins with these bytes.
  auto is_data = [](const std::string& id) { return id == "\x36\x26\xB2\x75"; };
  return CheckChunks(file, format, 0, read, is_data, true);
}

Status CheckAu(const InputFile& file, const AudioFormat& format) {
  const std::string head = file.At(0, 12);
  const std::uint64_t size = BigEndian(head, 8, 4);
  if (size == 0 || size == 0xFFFFFFFF) return {};
  return NeedBytesUntil(file, format, BigEndian(head, 4, 4) + size);
}

Status CheckMp4(const InputFile& file, const AudioFormat& format) {
  auto read = [&](std::uint64_t at) {
    const std::string bytes = file.At(at, 16);
    Chunk chunk{bytes.size() < 8 ? "" : bytes.substr(4, 4), 8, BigEndian(bytes, 0, 4)};
    std::uint64_t whole = chunk.size;
    if (whole == 1) {
      chunk.header = 16;
      whole = BigEndian(bytes, 8, 8);
    }
    chunk.open = whole < chunk.header;  // 0: to the end
    chunk.size = chunk.open ? 0 : whole - chunk.header;
    return chunk;
  };
  auto is_sound = [](const std::string& id) {
    return id == "moov" || id == "mdat" || id == "moof";
  };
  return CheckChunks(file, format, 0, read, is_sound, false);
}

// Only the last page can be cut. It is looked for from the end: a page is at most 65,307 bytes.
Status CheckOgg(const InputFile& file, const AudioFormat& format) {
  constexpr std::uint64_t kLargestPage = 27 + 255 + 255 * 255;
  const std::uint64_t from = file.size() > kLargestPage ? file.size() - kLargestPage : 0;
  const std::string tail = file.At(from, kLargestPage);
  std::uint64_t missing = 0;
  for (std::size_t at = tail.rfind("OggS"); at != std::string::npos;
       at = at == 0 ? std::string::npos : tail.rfind("OggS", at - 1)) {
    std::uint64_t end = at + 27;
    const std::uint64_t segments = BigEndian(tail, at + 26, 1);
    end += segments;
    for (std::uint64_t i = 0; i < segments; ++i) end += BigEndian(tail, at + 27 + i, 1);
    if (at + 27 + segments > tail.size()) end = std::max<std::uint64_t>(end, tail.size() + 1);
    // Any page that ends with the file will do: the letters may also stand inside of one.
    if (end == tail.size()) return {};
    if (missing == 0 && end > tail.size()) missing = end - tail.size();
  }
  return missing == 0 ? Status() : CutOff(format, missing);
}

// LAME and FFmpeg write the number of bytes into the first frame.
Status CheckMp3(const InputFile& file, const AudioFormat& format) {
  const std::string frame = file.At(format.start, 64);
  if (frame.size() < 64) return {};
  const bool version1 = (frame[1] & 0x08) != 0;
  const bool mono = (frame[3] & 0xC0) == 0xC0;
  const std::size_t at = 4 + (version1 ? (mono ? 17U : 32U) : (mono ? 9U : 17U));
  const std::string tag = frame.substr(at, 4);
  if (tag != "Xing" && tag != "Info") return {};
  const std::uint64_t flags = BigEndian(frame, at + 4, 4);
  if ((flags & 2) == 0) return {};
  const std::uint64_t bytes = BigEndian(frame, at + 8 + ((flags & 1) != 0 ? 4 : 0), 4);
  return NeedBytesUntil(file, format, format.start + bytes);
}

}  // namespace

Status CheckFileIsWhole(const InputFile& file, const AudioFormat& format) {
  switch (format.container) {
    case Container::kWav:
      return CheckWav(file, format);
    case Container::kWave64:
      return CheckWave64(file, format);
    case Container::kAiff:
      return CheckAiff(file, format);
    case Container::kCaf:
      return CheckCaf(file, format);
    case Container::kAu:
      return CheckAu(file, format);
    case Container::kMp3:
      return CheckMp3(file, format);
    case Container::kOgg:
      return CheckOgg(file, format);
    case Container::kMp4:
      return CheckMp4(file, format);
    case Container::kAsf:
      return CheckAsf(file, format);
    case Container::kNone:
    case Container::kFlac:      // by its number of samples, see PromisedSeconds
    case Container::kMatroska:  // FFmpeg says it
    case Container::kAdts:
    case Container::kAmr:
      return {};
  }
  return {};
}

double PromisedSeconds(const InputFile& file, const AudioFormat& format) {
  if (format.container != Container::kFlac) return 0;
  // STREAMINFO: 20 bits of rate, 3 of channels, 5 of sample size, 36 of samples.
  const std::string info = file.At(format.start, 26);
  const std::uint64_t rate = BigEndian(info, 18, 4) >> 12;
  const std::uint64_t samples = BigEndian(info, 18, 8) & 0xFFFFFFFFF;
  return rate == 0 ? 0 : static_cast<double>(samples) / static_cast<double>(rate);
}

}  // namespace vang
