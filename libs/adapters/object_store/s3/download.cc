#include "libs/adapters/object_store/s3/download.h"

#include <algorithm>

#include "libs/adapters/object_store/s3/answers.h"
#include "libs/adapters/object_store/s3/crc32c.h"
#include "libs/adapters/object_store/s3/multipart_upload.h"
#include "libs/adapters/object_store/s3/spool.h"

namespace vang::s3 {
namespace {

constexpr std::uint64_t kStretchBytes = std::uint64_t{64} << 20;
constexpr std::size_t kMaxEtagBytes = 1'024;
const std::pair<std::string, std::string> kWithChecksum = {"x-amz-checksum-mode", "ENABLED"};

// That of the whole, when the answer has one; one over the checksums of parts is of no use here.
std::optional<std::string> WholeChecksum(const http::Headers& headers) {
  const std::string value(headers.Get(kChecksumHeader));
  if (value.empty() || value.find('-') != std::string::npos ||
      headers.Get("x-amz-checksum-type") == "COMPOSITE") {
    return std::nullopt;
  }
  return value;
}

Status CheckWhole(const std::string& object, const std::optional<std::string>& expected,
                  std::uint32_t crc) {
  if (!expected || *expected == Crc32cText(crc)) return {};
  return DataLoss("object " + object + " arrived with other bytes than were stored");
}

Status TooLarge(const std::string& object, std::size_t limit) {
  return Status(Code::kOutOfRange,
                "object " + object + " is larger than " + std::to_string(limit) + " bytes");
}

// The bytes [begin, end) of the object into `spool`, continuing `crc`.
Status DownloadStretch(const Context& context, Client& client, const std::string& object,
                       const Head& head, std::uint64_t begin, std::uint64_t end, int spool,
                       std::uint32_t* crc) {
  std::uint64_t at = begin;
  std::uint32_t sum = *crc;
  Status written;
  Call call{.method = "GET", .key = object};
  call.headers.emplace_back("If-Match", head.etag);
  const bool whole = begin == 0 && end == head.size;
  if (!whole) {
    call.headers.emplace_back("Range",
                              "bytes=" + std::to_string(begin) + "-" + std::to_string(end - 1));
  }
  call.restart = [&] {
    at = begin;
    sum = *crc;
  };
  call.sink = [&](std::string_view bytes) {
    if (bytes.size() > end - at) {
      written = DataLoss("the server sends more of object " + object + " than was asked for");
    } else {
      written = WriteAt(spool, at, bytes);
    }
    if (!written.ok()) return false;
    sum = Crc32c(sum, bytes);
    at += bytes.size();
    return true;
  };
  VANG_ASSIGN_OR_RETURN(const Answer answer, client.Send(context, call));
  if (answer.status() == 412)
    return Aborted("object " + object + " was replaced while it was read");
  VANG_RETURN_IF_ERROR(client.StatusOf(call, answer));
  VANG_RETURN_IF_ERROR(written);
  if (!whole) {
    VANG_ASSIGN_OR_RETURN(const ContentRange range,
                          ParseContentRange(answer.response.headers.Get("Content-Range")));
    if (answer.status() != 206 || range.begin != begin || range.end != end ||
        range.size != head.size) {
      return DataLoss("the server sends other bytes of object " + object + " than were asked for");
    }
  }
  if (at != end || answer.response.headers.Get("ETag") != head.etag) {
    return DataLoss("object " + object + " arrived cut short");
  }
  *crc = sum;
  return {};
}

}  // namespace

Result<Head> ReadHead(const Context& context, Client& client, const std::string& object) {
  VANG_ASSIGN_OR_RETURN(
      const Answer answer,
      client.SendOk(context, {.method = "HEAD", .key = object, .headers = {kWithChecksum}}));
  const http::Headers& headers = answer.response.headers;
  Head head;
  VANG_ASSIGN_OR_RETURN(head.size, ParseSize(headers.Get("Content-Length")));
  head.etag = headers.Get("ETag");
  if (head.etag.empty() || head.etag.size() > kMaxEtagBytes) {
    return DataLoss("the server gives no ETag for object " + object);
  }
  head.crc32c = WholeChecksum(headers);
  return head;
}

Result<std::string> DownloadToMemory(const Context& context, Client& client,
                                     const std::string& object, std::size_t limit) {
  std::string bytes;
  bool too_large = false;
  Call call{.method = "GET", .key = object, .headers = {kWithChecksum}};
  call.restart = [&] { bytes.clear(); };
  call.sink = [&](std::string_view more) {
    too_large = more.size() > limit - bytes.size();
    if (!too_large) bytes.append(more);
    return !too_large;
  };
  VANG_ASSIGN_OR_RETURN(const Answer answer, client.SendOk(context, call));
  if (too_large) return TooLarge(object, limit);
  VANG_RETURN_IF_ERROR(
      CheckWhole(object, WholeChecksum(answer.response.headers), Crc32c(0, bytes)));
  return bytes;
}

Result<FileDescriptor> DownloadToFile(const Context& context, Client& client,
                                      const std::string& object,
                                      const std::filesystem::path& folder) {
  VANG_ASSIGN_OR_RETURN(const Head head, ReadHead(context, client, object));
  VANG_ASSIGN_OR_RETURN(const FileDescriptor spool, CreateSpool(folder));
  std::uint32_t crc = 0;
  for (std::uint64_t begin = 0; begin < head.size; begin += kStretchBytes) {
    const std::uint64_t end = std::min(head.size, begin + kStretchBytes);
    VANG_RETURN_IF_ERROR(
        DownloadStretch(context, client, object, head, begin, end, spool.get(), &crc));
  }
  VANG_RETURN_IF_ERROR(CheckWhole(object, head.crc32c, crc));
  return ReopenForReading(spool);
}

}  // namespace vang::s3
