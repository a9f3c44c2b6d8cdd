// SQLite as our adapters use it: one connection owns all writes and all checkpoints, on a thread of
// its own that commits what has queued up together (group commit); readers are separate read-only
// connections. This is also what keeps clear of the WAL-reset defect of SQLite before 3.51.3, which
// needs two connections that write or checkpoint at once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/adapters/sql/database.h"
#include "libs/adapters/sql/schema.h"
#include "libs/base/context.h"
#include "libs/base/status.h"

struct sqlite3;
struct sqlite3_stmt;

namespace vang::sqlite {

// A prepared statement with its parameters bound in order. Returned to its connection's cache when
// it goes. A failed bind or step shows in the next Step's Status.
class Statement {
 public:
  Statement(sqlite3* db, sqlite3_stmt* statement) : db_(db), statement_(statement) {}
  ~Statement();
  Statement(Statement&& other) noexcept
      : db_(other.db_), statement_(std::exchange(other.statement_, nullptr)), next_(other.next_) {}
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& Bind(std::string_view text);
  Statement& Bind(const char* text) { return Bind(std::string_view(text)); }
  Statement& Bind(const std::string& text) { return Bind(std::string_view(text)); }
  Statement& Bind(std::int64_t value);
  Statement& Bind(int value) { return Bind(static_cast<std::int64_t>(value)); }
  Statement& Bind(double value);
  Statement& BindNull();
  // Bytes that are no text; Text() reads them back.
  Statement& BindBlob(std::string_view bytes);
  template <typename T>
  Statement& Bind(const std::optional<T>& value) {
    return value ? Bind(*value) : BindNull();
  }

  // True = there is a row.
  Result<bool> Step();
  // Steps to the end, for statements without rows.
  Status Run();
  // The same; how many rows it changed.
  Result<int> RunCounting();
  // See libs/adapters/sql/database.h: nothing to do here.
  Statement& Send() { return *this; }

  std::string Text(int column) const;
  std::int64_t Int(int column) const;
  double Double(int column) const;
  bool IsNull(int column) const;
  std::optional<std::int64_t> OptionalInt(int column) const;
  std::optional<double> OptionalDouble(int column) const;

 private:
  sqlite3* db_;
  sqlite3_stmt* statement_;
  int next_ = 1;
};

// A connection, used by one thread at a time. Statements are prepared once per SQL text, so the
// text must not hold values.
class Connection {
 public:
  explicit Connection(sqlite3* db);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // `sql` must be valid for this schema: anything else is a bug of ours and aborts.
  Statement Prepare(std::string_view sql);
  // After IN: the texts of a bound JSON array.
  static constexpr const char* kJsonTexts = "(SELECT value FROM json_each(?))";

  // Nothing to do: the one writer runs one transaction after the other.
  void Lock(std::string_view /*name*/) {}
  // One or more statements without parameters.
  Status Execute(const std::string& sql);
  // Rows that the last statement changed.
  int changes() const;

 private:
  struct Cache;
  sqlite3* db_;
  std::unique_ptr<Cache> cache_;
};

using sql::Durability;

struct DatabaseConfig {
  std::string path;
  // migrations[i] takes the schema from version i to i + 1; applied once, in order, each
  // atomically.
  std::vector<std::string> migrations;
  int readers = 2;
  // Writes that may wait; a further one waits for room until its context ends.
  std::size_t queue_limit = 1'024;
};

// Thread-safe.
class Database {
 public:
  static Result<std::unique_ptr<Database>> Open(DatabaseConfig config);
  // Finishes what is queued, then checkpoints and closes.
  ~Database();

  // Runs `work` in a write transaction, maybe together with others; its failure undoes it alone. OK
  // means committed with the durability asked for. kResourceExhausted when the disk is full; after
  // an I/O error every later call is kDataLoss, because what a failed fsync left behind is not
  // known.
  using Work = std::function<Status(Connection&)>;
  Status Write(const Context& context, Durability durability, const Work& work);

  // Runs `work` on a read-only connection: what is committed, as of its first statement.
  Status Read(const Context& context, const Work& work);

 private:
  struct Impl;
  explicit Database(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace vang::sqlite
