// The object store of the embedded shape: plain files under one folder, one file per key.
#pragma once

#include <filesystem>
#include <memory>

#include "libs/ports/object_store.h"

namespace vang {

struct FsObjectStoreConfig {
  // Made when it is missing. Holds objects/<key> and tmp/, where objects grow before they are
  // linked into place; the two must be on one file system.
  std::filesystem::path root;
};

// Sweeps what a crash left in tmp/, unless another process has the store open. kUnavailable or
// kPermissionDenied when the folders cannot be made.
Result<std::unique_ptr<ObjectStore>> OpenFsObjectStore(const FsObjectStoreConfig& config);

}  // namespace vang
