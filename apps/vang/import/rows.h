// The rows of the embedded databases and their way into PostgreSQL: metadata, keys and registry as
// they are, of all tenants, inbox and receipts too. All of them arrive in one transaction or none.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "apps/vang/import/tables.h"
#include "libs/adapters/postgres/config.h"
#include "libs/adapters/sqlite/database.h"
#include "libs/base/context.h"

namespace vang::cli {

// Used by one thread. The caller has the data folder's lock, and nobody else its databases open.
class Rows {
 public:
  // Reads everything once. kInvalidArgument, naming file, table, row and column, for text that
  // PostgreSQL refuses: NUL and malformed UTF-8, which SQLite takes.
  static Result<Rows> Open(const Context& context, const std::filesystem::path& data);

  std::int64_t count() const;
  std::size_t tables() const;

  // Whether the rows are at the destination: all, or none at all. kFailedPrecondition when it holds
  // others. Changes nothing there.
  Result<bool> AreAt(const Context& context, const postgres::Config& destination) const;

  // Makes the tables and puts the rows in. Nothing but empty tables when it fails: what has arrived
  // is compared with what was sent, by count and hash, before it is committed.
  Status MoveTo(const Context& context, const postgres::Config& destination) const;

 private:
  struct Source {
    std::string file;
    std::unique_ptr<sqlite::Database> database;
    std::vector<Table> tables;
    std::vector<Digest> digests;  // of the tables
  };

  Rows() = default;

  std::vector<Source> sources_;
};

}  // namespace vang::cli
