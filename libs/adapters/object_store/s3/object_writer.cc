#include "libs/adapters/object_store/s3/object_writer.h"

#include <algorithm>

#include "libs/adapters/object_store/s3/crc32c.h"
#include "libs/adapters/object_store/s3/spool.h"

namespace vang::s3 {
namespace {

// Hundreds of uploads may be under way at once.
constexpr std::size_t kMaxInMemory = 1 << 20;

}  // namespace

Status S3ObjectWriter::Write(std::string_view bytes) {
  VANG_RETURN_IF_ERROR(state_);
  state_ = Keep(bytes).Wrap("cannot store an object");
  if (state_.ok()) Account(bytes);
  return state_;
}

Status S3ObjectWriter::Keep(std::string_view bytes) {
  if (bytes.size() > part_bytes_ * kMaxParts - size_) {
    return Status(
        Code::kOutOfRange,
        "an object may have " + std::to_string(part_bytes_ * kMaxParts) + " bytes at most");
  }
  if (!spool_.valid()) {
    if (memory_.size() + bytes.size() <= kMaxInMemory) {
      memory_.append(bytes);
      return {};
    }
    VANG_ASSIGN_OR_RETURN(spool_, CreateSpool(spool_folder_));
    VANG_RETURN_IF_ERROR(WriteAt(spool_.get(), 0, memory_));
    memory_ = std::string();
  }
  return WriteAt(spool_.get(), size_, bytes);
}

void S3ObjectWriter::Account(std::string_view bytes) {
  size_ += bytes.size();
  content_.crc32c = Crc32c(content_.crc32c, bytes);
  while (!bytes.empty()) {
    // A full part ends when another byte comes, so that the last one is never empty.
    if (part_.size == part_bytes_) EndPart();
    const auto n =
        static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), part_bytes_ - part_.size));
    part_hash_.Update(bytes.substr(0, n));
    part_.crc32c = Crc32c(part_.crc32c, bytes.substr(0, n));
    part_.size += n;
    bytes.remove_prefix(n);
  }
}

void S3ObjectWriter::EndPart() {
  part_.sha256 = part_hash_.HexDigest();
  part_hash_ = Sha256();
  const std::uint64_t next = part_.offset + part_.size;
  content_.parts.push_back(std::move(part_));
  part_ = Part();
  part_.offset = next;
}

Result<bool> S3ObjectWriter::Commit(const Context& context, const std::string& key) {
  VANG_RETURN_IF_ERROR(state_);
  VANG_RETURN_IF_ERROR(context.Check());
  VANG_RETURN_IF_ERROR(CheckObjectKey(key));
  state_ = FailedPrecondition("this object was committed already");
  EndPart();
  content_.bytes = memory_;
  content_.file = spool_.get();
  auto made = send_(context, key, content_);
  if (!made.ok()) return made.status().Wrap("cannot store object " + key);
  return made;
}

}  // namespace vang::s3
