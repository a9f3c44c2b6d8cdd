#include "apps/vang/import/marks.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace vang::cli {
namespace {

constexpr std::size_t kSha256Digits = 64;

std::string Mark(const std::string& key, std::uint64_t size) {
  return std::to_string(size) + " " + key;
}

}  // namespace

Result<Marks> Marks::Read(const std::filesystem::path& path, const std::string& destination) {
  Marks marks(path, "vang import to " + destination);
  auto text = ReadFile(path);
  if (text.status().code() == Code::kNotFound) return marks;
  VANG_RETURN_IF_ERROR(text.status().Wrap("reading what was imported already"));
  while (true) {
    const std::size_t end = text->find('\n', marks.whole_);
    if (end == std::string::npos) return marks;  // at the end, or torn
    const std::string line = text->substr(marks.whole_, end - marks.whole_);
    if (marks.whole_ == 0 && line != marks.head_) return marks;
    if (marks.whole_ > 0 && line.size() > kSha256Digits) {
      marks.marked_.insert(line.substr(kSha256Digits + 1));
    }
    marks.whole_ = end + 1;
  }
}

bool Marks::Holds(const std::string& key, std::uint64_t size) const {
  return marked_.contains(Mark(key, size));
}

Status Marks::Add(const std::string& key, std::uint64_t size, const std::string& sha256) {
  std::string line;
  if (!file_.valid()) {
    file_ = FileDescriptor(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    // What a crash has torn goes, and what belongs to another import.
    if (!file_.valid() || ::ftruncate(file_.get(), static_cast<off_t>(whole_)) != 0) {
      return ErrnoStatus(errno, "cannot write " + path_.string());
    }
    if (whole_ == 0) line = head_ + "\n";
  }
  line += sha256 + " " + Mark(key, size) + "\n";
  VANG_RETURN_IF_ERROR(WriteAll(file_.get(), line).Wrap(path_.string()));
  marked_.insert(Mark(key, size));
  return {};
}

Status Marks::Remove() {
  file_.Reset();
  marked_.clear();
  whole_ = 0;
  if (::unlink(path_.c_str()) != 0 && errno != ENOENT) {
    return ErrnoStatus(errno, "cannot remove " + path_.string());
  }
  return {};
}

}  // namespace vang::cli
