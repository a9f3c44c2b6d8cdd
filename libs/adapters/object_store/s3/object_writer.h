// Collects an object until its key is known, which is only at its end: its bytes name it. A small
// one waits in memory, a large one in a spool file; it goes to the server in Commit. So nothing is
// ever visible or left behind under another name, no copy is made on the server, and an upload that
// the server lost can begin anew.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "libs/adapters/object_store/s3/upload.h"
#include "libs/base/sha256.h"
#include "libs/ports/object_store.h"

namespace vang::s3 {

class S3ObjectWriter : public ObjectWriter {
 public:
  // Brings what was collected to a key.
  using Send = std::function<Result<bool>(const Context&, const std::string& key, const Content&)>;

  S3ObjectWriter(std::filesystem::path spool_folder, std::uint64_t part_bytes, Send send)
      : spool_folder_(std::move(spool_folder)), part_bytes_(part_bytes), send_(std::move(send)) {}

  Status Write(std::string_view bytes) override;
  std::uint64_t size() const override { return size_; }
  Result<bool> Commit(const Context& context, const std::string& key) override;

 private:
  Status Keep(std::string_view bytes);
  // Takes the checks of `bytes`, part by part.
  void Account(std::string_view bytes);
  void EndPart();

  const std::filesystem::path spool_folder_;
  const std::uint64_t part_bytes_;
  const Send send_;
  std::uint64_t size_ = 0;
  std::string memory_;
  FileDescriptor spool_;  // once it has grown beyond memory
  Content content_;
  Part part_;  // the one that grows
  Sha256 part_hash_;
  Status state_;  // the first failure, or that it is done with
};

}  // namespace vang::s3
