// Objects as files. Content grows in tmp/, is synced, and is then linked to its name: link(2) never
// replaces, so a key is written once even by racing writers, and a name never shows half a file.
// The folder is synced before Commit returns, also by the writer that lost the race, because the
// winner may not have come to it yet.
#include "libs/adapters/object_store/fs/fs_object_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <system_error>

#include "libs/base/guarded.h"
#include "libs/base/uuid.h"

namespace vang {
namespace {

namespace fs = std::filesystem;

// Folders known to be synced into their parents; forgotten (and synced once more) beyond this.
constexpr std::size_t kMaxKnownFolders = 10'000;

Status OpenStatus(int error_number, const std::string& key) {
  if (error_number == ENOENT || error_number == ENOTDIR || error_number == ELOOP) {
    return NotFound("there is no object " + key);
  }
  return ErrnoStatus(error_number, "cannot open object " + key);
}

// A folder may be gone by now, with the last object in it: whoever removed it syncs the one above.
Status SyncUnlessGone(const fs::path& folder) {
  const Status status = SyncFolder(folder);
  return status.code() == Code::kNotFound ? Status() : status;
}

class FsObjectStore : public ObjectStore {
 public:
  FsObjectStore(const fs::path& root, FileDescriptor lock)
      : objects_(root / "objects"), tmp_(root / "tmp"), lock_(std::move(lock)) {}

  Result<std::unique_ptr<ObjectWriter>> Create(const Context& context) override;
  Status Put(const Context& context, const std::string& key, std::string_view bytes) override;
  Result<std::string> Get(const Context& context, const std::string& key,
                          std::size_t limit) override;
  Result<FileDescriptor> OpenFile(const Context& context, const std::string& key) override;
  Result<ObjectInfo> Stat(const Context& context, const std::string& key) override;
  Status Delete(const Context& context, const std::string& key) override;
  Result<std::vector<ObjectInfo>> List(const Context& context, const std::string& prefix,
                                       const std::string& after, int max) override;
  Status Ping(const Context& context) override;

  // Gives the synced file `from` the name `key`, durably. False when the key was there.
  Result<bool> LinkInto(const fs::path& from, const std::string& key);

 private:
  using Folders = std::set<fs::path>;

  // Makes `folder` below objects_ and syncs every level of it that this process has not synced.
  Status EnsureFolder(Folders& known, const fs::path& folder);
  Status Walk(const Context& context, const std::string& folder_key, const std::string& prefix,
              const std::string& after, std::size_t max, std::vector<ObjectInfo>* found);

  const fs::path objects_;
  const fs::path tmp_;
  const FileDescriptor lock_;
  // Also keeps a Delete from removing the folder that a Commit is about to link into.
  Guarded<Folders> folders_;
};

class FsObjectWriter : public ObjectWriter {
 public:
  FsObjectWriter(FsObjectStore* store, fs::path path, FileDescriptor file)
      : store_(store), path_(std::move(path)), file_(std::move(file)) {}
  ~FsObjectWriter() override { ::unlink(path_.c_str()); }

  Status Write(std::string_view bytes) override {
    VANG_RETURN_IF_ERROR(state_);
    state_ = WriteAll(file_.get(), bytes).Wrap("cannot store an object");
    if (state_.ok()) size_ += bytes.size();
    return state_;
  }

  std::uint64_t size() const override { return size_; }

  Result<bool> Commit(const Context& context, const std::string& key) override {
    VANG_RETURN_IF_ERROR(state_);
    VANG_RETURN_IF_ERROR(context.Check());
    VANG_RETURN_IF_ERROR(CheckObjectKey(key));
    state_ = FailedPrecondition("this object was committed already");
    if (::fsync(file_.get()) != 0) return ErrnoStatus(errno, "cannot sync object " + key);
    return store_->LinkInto(path_, key);
  }

 private:
  FsObjectStore* const store_;
  const fs::path path_;
  const FileDescriptor file_;
  std::uint64_t size_ = 0;
  Status state_;  // the first failure, or that it is done with
};

Result<std::unique_ptr<ObjectWriter>> FsObjectStore::Create(const Context& context) {
  VANG_RETURN_IF_ERROR(context.Check());
  fs::path path = tmp_ / RandomHex(16);
  FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
  if (!file.valid()) return ErrnoStatus(errno, "cannot create " + path.string());
  return std::unique_ptr<ObjectWriter>(
      std::make_unique<FsObjectWriter>(this, std::move(path), std::move(file)));
}

Status FsObjectStore::Put(const Context& context, const std::string& key, std::string_view bytes) {
  VANG_RETURN_IF_ERROR(CheckObjectKey(key));
  VANG_ASSIGN_OR_RETURN(const auto writer, Create(context));
  VANG_RETURN_IF_ERROR(writer->Write(bytes));
  return writer->Commit(context, key).status();
}

Status FsObjectStore::EnsureFolder(Folders& known, const fs::path& folder) {
  if (folder == objects_ || known.count(folder) > 0) return {};
  VANG_RETURN_IF_ERROR(EnsureFolder(known, folder.parent_path()));
  if (::mkdir(folder.c_str(), 0750) != 0 && errno != EEXIST) {
    return ErrnoStatus(errno, "cannot create folder " + folder.string());
  }
  VANG_RETURN_IF_ERROR(SyncFolder(folder.parent_path()));
  if (known.size() >= kMaxKnownFolders) known.clear();
  known.insert(folder);
  return {};
}

Result<bool> FsObjectStore::LinkInto(const fs::path& from, const std::string& key) {
  const fs::path to = objects_ / key;
  bool is_new = true;
  {
    auto folders = folders_.Lock();
    VANG_RETURN_IF_ERROR(EnsureFolder(*folders, to.parent_path()));
    if (::link(from.c_str(), to.c_str()) != 0) {
      if (errno != EEXIST) return ErrnoStatus(errno, "cannot store object " + key);
      is_new = false;
    }
  }
  struct stat info {};
  if (::stat(to.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    return FailedPrecondition("object " + key + " cannot be stored: its name is a folder's");
  }
  VANG_RETURN_IF_ERROR(SyncUnlessGone(to.parent_path()));
  return is_new;
}

Result<std::string> FsObjectStore::Get(const Context& context, const std::string& key,
                                       std::size_t limit) {
  VANG_ASSIGN_OR_RETURN(const FileDescriptor file, OpenFile(context, key));
  std::string bytes;
  char buffer[65536];
  while (true) {
    const ssize_t n = ::read(file.get(), buffer, sizeof(buffer));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus(errno, "cannot read object " + key);
    if (n == 0) return bytes;
    if (static_cast<std::size_t>(n) > limit - bytes.size()) {
      return Status(Code::kOutOfRange,
                    "object " + key + " is larger than " + std::to_string(limit) + " bytes");
    }
    bytes.append(buffer, static_cast<std::size_t>(n));
  }
}

Result<FileDescriptor> FsObjectStore::OpenFile(const Context& context, const std::string& key) {
  VANG_RETURN_IF_ERROR(context.Check());
  VANG_RETURN_IF_ERROR(CheckObjectKey(key));
  FileDescriptor file(::open((objects_ / key).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file.valid()) return OpenStatus(errno, key);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return ErrnoStatus(errno, "cannot stat object " + key);
  if (!S_ISREG(info.st_mode)) return NotFound("there is no object " + key);
  return file;
}

Result<ObjectInfo> FsObjectStore::Stat(const Context& context, const std::string& key) {
  VANG_ASSIGN_OR_RETURN(const FileDescriptor file, OpenFile(context, key));
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return ErrnoStatus(errno, "cannot stat object " + key);
  return ObjectInfo{key, static_cast<std::uint64_t>(info.st_size)};
}

Status FsObjectStore::Delete(const Context& context, const std::string& key) {
  VANG_RETURN_IF_ERROR(context.Check());
  VANG_RETURN_IF_ERROR(CheckObjectKey(key));
  const fs::path path = objects_ / key;
  fs::path folder = path.parent_path();
  {
    auto folders = folders_.Lock();
    if (::unlink(path.c_str()) != 0) {
      if (errno == ENOENT || errno == ENOTDIR || errno == EISDIR) return {};
      return ErrnoStatus(errno, "cannot delete object " + key);
    }
    // Folders that this leaves empty go too: their names hold the ids of what was deleted.
    while (folder.parent_path() != objects_ && ::rmdir(folder.c_str()) == 0) {
      folders->erase(folder);
      folder = folder.parent_path();
    }
  }
  return SyncUnlessGone(folder);
}

Result<std::vector<ObjectInfo>> FsObjectStore::List(const Context& context,
                                                    const std::string& prefix,
                                                    const std::string& after, int max) {
  std::vector<ObjectInfo> found;
  if (max <= 0) return found;
  VANG_RETURN_IF_ERROR(Walk(context, "", prefix, after, static_cast<std::size_t>(max), &found));
  return found;
}

Status FsObjectStore::Walk(const Context& context, const std::string& folder_key,
                           const std::string& prefix, const std::string& after, std::size_t max,
                           std::vector<ObjectInfo>* found) {
  VANG_RETURN_IF_ERROR(context.Check());
  // A folder's name sorts with its '/', so that keys come out in the order of their bytes.
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(objects_ / folder_key, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code gone;
    const bool is_folder = it->is_directory(gone);
    names.push_back(folder_key + it->path().filename().string() + (is_folder ? "/" : ""));
  }
  if (error == std::errc::no_such_file_or_directory) return {};  // deleted meanwhile
  if (error) return ErrnoStatus(error.value(), "cannot list objects at " + folder_key);
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    if (found->size() >= max) return {};
    if (name.ends_with('/')) {
      const bool may_match = name.starts_with(prefix) || prefix.starts_with(name);
      const bool may_follow = name > after || after.starts_with(name);
      if (may_match && may_follow) {
        VANG_RETURN_IF_ERROR(Walk(context, name, prefix, after, max, found));
      }
    } else if (name > after && name.starts_with(prefix)) {
      struct stat info {};
      if (::stat((objects_ / name).c_str(), &info) != 0) continue;  // deleted meanwhile
      found->push_back({name, static_cast<std::uint64_t>(info.st_size)});
    }
  }
  return {};
}

Status FsObjectStore::Ping(const Context& context) {
  VANG_ASSIGN_OR_RETURN(const auto writer, Create(context));
  return writer->Write("ping").Wrap("objects cannot be written; free some space");
}

// Removes what unfinished uploads of a process that died left behind. The lock on tmp/ is shared
// by all who have the store open; only one that is alone may sweep.
Result<FileDescriptor> LockAndSweep(const fs::path& tmp) {
  FileDescriptor lock(::open(tmp.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock.valid()) return ErrnoStatus(errno, "cannot open folder " + tmp.string());
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) {
    std::error_code error;
    for (fs::directory_iterator it(tmp, error), end; !error && it != end; it.increment(error)) {
      std::error_code ignored;
      fs::remove(it->path(), ignored);
    }
  }
  if (::flock(lock.get(), LOCK_SH) != 0) return ErrnoStatus(errno, "cannot lock " + tmp.string());
  return lock;
}

}  // namespace

Result<std::unique_ptr<ObjectStore>> OpenFsObjectStore(const FsObjectStoreConfig& config) {
  std::error_code error;
  const fs::path root = fs::absolute(config.root, error);
  if (error) return ErrnoStatus(error.value(), "cannot resolve " + config.root.string());
  VANG_RETURN_IF_ERROR(CreateFoldersDurably(root / "objects"));
  VANG_RETURN_IF_ERROR(CreateFoldersDurably(root / "tmp"));
  VANG_ASSIGN_OR_RETURN(FileDescriptor lock, LockAndSweep(root / "tmp"));
  return std::unique_ptr<ObjectStore>(std::make_unique<FsObjectStore>(root, std::move(lock)));
}

}  // namespace vang
