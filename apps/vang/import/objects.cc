#include "apps/vang/import/objects.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <vector>

#include "apps/vang/console.h"
#include "libs/base/clock.h"
#include "libs/base/sha256.h"
#include "libs/common/transcript.h"

namespace vang::cli {
namespace {

constexpr int kPage = 1'000;
constexpr std::size_t kChunk = std::size_t{256} << 10;
// A call may take this long, and longer for an object that is large: as if the line were very slow.
constexpr Duration kCall{60'000};
constexpr std::uint64_t kSlowestBytesPerMillisecond = 256;

Context Bounded(const Context& context, std::uint64_t size = 0) {
  return context.WithTimeout(
      kCall + Duration(static_cast<std::int64_t>(size / kSlowestBytesPerMillisecond)));
}

// The objects of a store in the order of their keys.
class Listing {
 public:
  explicit Listing(ObjectStore* store) : store_(store), ended_(store == nullptr) {}

  // Nothing at the end.
  Result<std::optional<ObjectInfo>> Next(const Context& context) {
    if (at_ == page_.size() && !ended_) {
      const std::string after = page_.empty() ? "" : page_.back().key;
      VANG_ASSIGN_OR_RETURN(page_, store_->List(Bounded(context), "", after, kPage));
      at_ = 0;
      ended_ = page_.size() < kPage;
    }
    if (at_ == page_.size()) return std::optional<ObjectInfo>();
    return std::optional<ObjectInfo>(page_[at_++]);
  }

 private:
  ObjectStore* store_;
  std::vector<ObjectInfo> page_;
  std::size_t at_ = 0;
  bool ended_;
};

Status OtherData(const std::string& what) {
  return FailedPrecondition("the bucket already holds other data: " + what +
                            ". Give the import a bucket of its own (s3.bucket)");
}

// Hands the file's bytes on and gives their SHA-256.
Result<std::string> Drain(const Context& context, const FileDescriptor& file,
                          const std::function<Status(std::string_view)>& take) {
  Sha256 hash;
  std::vector<char> buffer(kChunk);
  while (true) {
    VANG_RETURN_IF_ERROR(context.Check());
    const ssize_t n = ::read(file.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus(errno, "cannot read");
    if (n == 0) return hash.HexDigest();
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(n));
    hash.Update(bytes);
    VANG_RETURN_IF_ERROR(take(bytes));
  }
}

Result<std::string> HashOf(const Context& context, ObjectStore& store, const std::string& key) {
  VANG_ASSIGN_OR_RETURN(const FileDescriptor file, store.OpenFile(context, key));
  return Drain(context, file, [](std::string_view) { return Status(); });
}

// The name of an audio object is its hash; other objects have none to be held against.
Status CheckSource(const std::string& key, const std::string& sha256) {
  const std::size_t last = key.rfind('/');
  const std::string named = key.substr(last + 1);
  if (key != AudioKey(key.substr(0, key.find('/')), named) || named == sha256) return {};
  return DataLoss("the audio object " + key + " is damaged in the data folder (its SHA-256 is " +
                  sha256 +
                  "): bring it back from a backup, or delete its recording, and import "
                  "again");
}

// Writes the object; its SHA-256. It may be there already.
Result<std::string> Copy(const Context& context, ObjectStore& from, ObjectStore& to,
                         const std::string& key) {
  VANG_ASSIGN_OR_RETURN(const FileDescriptor file, from.OpenFile(context, key));
  VANG_ASSIGN_OR_RETURN(const auto writer, to.Create(context));
  VANG_ASSIGN_OR_RETURN(const std::string sha256, Drain(context, file, [&](std::string_view bytes) {
                          return writer->Write(bytes);
                        }));
  VANG_RETURN_IF_ERROR(CheckSource(key, sha256));
  VANG_RETURN_IF_ERROR(writer->Commit(context, key).status());
  return sha256;
}

Status MoveOne(const Context& context, ObjectStore& from, ObjectStore& to, const ObjectInfo& object,
               Marks* marks, ObjectCounts* counts) {
  const auto there = to.Stat(context, object.key);
  if (!there.ok() && there.status().code() != Code::kNotFound) return there.status();
  if (there.ok() && there->size == object.size && marks->Holds(object.key, object.size)) {
    ++counts->remembered;
    return {};
  }
  std::string sha256;
  if (there.ok()) {
    VANG_ASSIGN_OR_RETURN(sha256, HashOf(context, from, object.key));
    VANG_RETURN_IF_ERROR(CheckSource(object.key, sha256));
  } else {
    VANG_ASSIGN_OR_RETURN(sha256, Copy(context, from, to, object.key));
  }
  VANG_ASSIGN_OR_RETURN(const std::string arrived, HashOf(context, to, object.key));
  if (arrived != sha256) {
    if (there.ok()) return OtherData("object " + object.key + " has other bytes there");
    return DataLoss("the object arrived with other bytes");
  }
  ++(there.ok() ? counts->compared : counts->copied);
  return marks->Add(object.key, object.size, sha256);
}

}  // namespace

Result<ObjectCounts> LookAtObjects(const Context& context, ObjectStore& from, ObjectStore* to) {
  ObjectCounts counts;
  Listing ours(&from), theirs(to);
  VANG_ASSIGN_OR_RETURN(std::optional<ObjectInfo> other, theirs.Next(context));
  while (true) {
    VANG_ASSIGN_OR_RETURN(const std::optional<ObjectInfo> object, ours.Next(context));
    if (other && (!object || other->key < object->key)) {
      return OtherData("object " + other->key + " is not in this folder");
    }
    if (!object) return counts;
    ++counts.all;
    counts.bytes += object->size;
    if (!other || other->key != object->key) continue;
    if (other->size != object->size) {
      return OtherData("object " + other->key + " has another size there");
    }
    ++counts.there;
    VANG_ASSIGN_OR_RETURN(other, theirs.Next(context));
  }
}

Status MoveObjects(const Context& context, ObjectStore& from, ObjectStore& to, Marks* marks,
                   const Progress& progress, ObjectCounts* counts) {
  Listing ours(&from);
  std::int64_t done = 0;
  std::uint64_t bytes = 0;
  while (true) {
    VANG_ASSIGN_OR_RETURN(const std::optional<ObjectInfo> object, ours.Next(context));
    if (!object) return {};
    progress(fmt::format("objects: {} of {}, {} of {}", ++done, counts->all, FormatBytes(bytes),
                         FormatBytes(counts->bytes)));
    VANG_RETURN_IF_ERROR(MoveOne(Bounded(context, object->size), from, to, *object, marks, counts)
                             .Wrap("object " + object->key));
    bytes += object->size;
  }
}

}  // namespace vang::cli
