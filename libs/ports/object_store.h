// Audio, transcripts, datasets and models: immutable bytes under a key that starts with a tenant.
// A key is written once; writing the same key again with the same bytes changes nothing.
// Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/context.h"
#include "libs/base/file.h"
#include "libs/base/status.h"

namespace vang {

struct ObjectInfo {
  std::string key;
  std::uint64_t size = 0;
};

// An object in the making. Destroyed before Commit, it leaves nothing behind. Not thread-safe.
class ObjectWriter {
 public:
  virtual ~ObjectWriter() = default;
  // kResourceExhausted when the disk is full.
  virtual Status Write(std::string_view bytes) = 0;
  virtual std::uint64_t size() const = 0;
  // Durable under `key` when it returns. True = new; false = the key existed and is unchanged.
  virtual Result<bool> Commit(const Context& context, const std::string& key) = 0;
};

class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  virtual Result<std::unique_ptr<ObjectWriter>> Create(const Context& context) = 0;

  // A small object in one call; durable when it returns.
  virtual Status Put(const Context& context, const std::string& key, std::string_view bytes) = 0;

  // The whole object; kNotFound, or kOutOfRange over `limit` bytes.
  virtual Result<std::string> Get(const Context& context, const std::string& key,
                                  std::size_t limit = std::size_t{256} << 20) = 0;

  // A read-only, seekable descriptor of the object; a remote store spools into an unlinked file.
  virtual Result<FileDescriptor> OpenFile(const Context& context, const std::string& key) = 0;

  virtual Result<ObjectInfo> Stat(const Context& context, const std::string& key) = 0;

  // Deleting what is not there is OK.
  virtual Status Delete(const Context& context, const std::string& key) = 0;

  // Keys that start with `prefix` and sort after `after`, sorted, at most `max`.
  virtual Result<std::vector<ObjectInfo>> List(const Context& context, const std::string& prefix,
                                               const std::string& after, int max) = 0;

  // OK when objects can be written. Cheap: called by /readyz.
  virtual Status Ping(const Context& context) = 0;

  // What there is to know about the store behind, such as what its server cannot do; for /readyz.
  // Empty when there is nothing to say, or when it is not known yet.
  virtual std::string Facts() const { return {}; }
};

// A key is 1..1024 bytes of [A-Za-z0-9._-] in parts split by '/', no part empty, "." or "..".
Status CheckObjectKey(std::string_view key);

}  // namespace vang
