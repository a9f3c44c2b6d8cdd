// The outer fields of an ONNX file (protobuf ModelProto), skipping the graph by seeking. A string
// is only read when it is short, so the file cannot make us hold more than a megabyte.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "libs/base/file.h"
#include "libs/speech/model_folder.h"

namespace vang {
namespace {

// Field numbers of onnx.proto.
constexpr std::uint64_t kGraphField = 7;
constexpr std::uint64_t kMetadataField = 14;
constexpr std::uint64_t kKeyField = 1;
constexpr std::uint64_t kValueField = 2;
constexpr std::size_t kMaxFields = 4096;
constexpr std::size_t kMaxEntry = 64 << 10;
constexpr std::size_t kMaxEntries = 256;

std::optional<std::uint64_t> TakeVarint(std::string_view* bytes) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !bytes->empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes->front());
    bytes->remove_prefix(1);
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

// StringStringEntryProto; false when it is not one.
bool TakeEntry(std::string_view bytes, std::map<std::string, std::string>* metadata) {
  std::string key, value;
  while (!bytes.empty()) {
    const auto tag = TakeVarint(&bytes);
    if (!tag || (*tag & 7) != 2) return false;
    const auto length = TakeVarint(&bytes);
    if (!length || *length > bytes.size()) return false;
    const std::string_view text = bytes.substr(0, *length);
    bytes.remove_prefix(*length);
    if (*tag >> 3 == kKeyField) key = text;
    if (*tag >> 3 == kValueField) value = text;
  }
  if (metadata->size() < kMaxEntries) (*metadata)[key] = value;
  return true;
}

Result<std::string> ReadAt(int fd, std::uint64_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t got = 0;
  while (got < size) {
    const ssize_t n = ::pread(fd, bytes.data() + got, size - got, static_cast<off_t>(offset + got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus(errno, "reading an ONNX file");
    if (n == 0) break;
    got += static_cast<std::size_t>(n);
  }
  bytes.resize(got);
  return bytes;
}

}  // namespace

Result<std::map<std::string, std::string>> ReadOnnxMetadata(const std::filesystem::path& path) {
  const auto bad = [&path](std::string_view why) {
    return InvalidArgument(path.string() + " is not an ONNX file: " + std::string(why));
  };
  // Not blocking, so that a pipe under that name cannot hold us.
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) return ErrnoStatus(errno, "cannot open " + path.string());
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return ErrnoStatus(errno, "fstat " + path.string());
  if (!S_ISREG(info.st_mode)) return bad("it is not a regular file");
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size == 0) return bad("it is empty");

  std::map<std::string, std::string> metadata;
  bool has_graph = false;
  std::uint64_t position = 0;
  for (std::size_t fields = 0; position < size; ++fields) {
    if (fields == kMaxFields) return bad("it has too many fields");
    // A tag and a length are at most ten bytes each.
    VANG_ASSIGN_OR_RETURN(const std::string head, ReadAt(file.get(), position, 20));
    std::string_view rest = head;
    const auto tag = TakeVarint(&rest);
    if (!tag || *tag >> 3 == 0) return bad("it is cut off or damaged");
    std::uint64_t skip = 0;
    switch (*tag & 7) {
      case 0:
        if (!TakeVarint(&rest)) return bad("it is cut off or damaged");
        break;
      case 1:
        skip = 8;
        break;
      case 2: {
        const auto length = TakeVarint(&rest);
        if (!length) return bad("it is cut off or damaged");
        skip = *length;
        break;
      }
      case 5:
        skip = 4;
        break;
      default:
        return bad("it is cut off or damaged");
    }
    position += head.size() - rest.size();
    if (position > size || skip > size - position) return bad("it is cut off");
    if ((*tag & 7) == 2 && *tag >> 3 == kGraphField) has_graph = true;
    if ((*tag & 7) == 2 && *tag >> 3 == kMetadataField && skip <= kMaxEntry) {
      VANG_ASSIGN_OR_RETURN(const std::string entry, ReadAt(file.get(), position, skip));
      if (!TakeEntry(entry, &metadata)) return bad("its metadata is damaged");
    }
    position += skip;
  }
  if (!has_graph) return bad("it holds no graph");
  return metadata;
}

}  // namespace vang
