// PostgreSQL as the stores use it; has the shape of libs/adapters/sql/database.h.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

#include "libs/adapters/postgres/config.h"
#include "libs/adapters/postgres/connection.h"
#include "libs/adapters/postgres/pool.h"
#include "libs/adapters/sql/database.h"
#include "libs/adapters/sql/schema.h"
#include "libs/base/context.h"

namespace vang::postgres {

// Thread-safe. Retryable codes are as in errors.h and pool.h.
class Database {
 public:
  // Brings the schema up to date. A server that does not answer is no failure: the first call that
  // reaches it does the rest, until then calls are kUnavailable. Fails for what waiting cannot
  // mend: kInvalidArgument for the configuration, kFailedPrecondition for a newer schema.
  static Result<std::unique_ptr<Database>> Open(Config config, const sql::Schema& schema);

  using Work = std::function<Status(Connection&)>;

  // A transaction at READ COMMITTED; Connection::Lock keeps others away. Conflicts, and connections
  // lost before anything can have been committed, are tried again within the context. kUnavailable
  // with "may have been made" when the connection broke during the commit.
  Status Write(const Context& context, sql::Durability durability, const Work& work);

  // `work` sends one statement that is its own transaction; otherwise as Write.
  Status WriteAlone(const Context& context, const Work& work);

  // A read-only transaction with one snapshot.
  Status Read(const Context& context, const Work& work);

 private:
  enum class Kind { kDurable, kBuffered, kAlone, kRead };

  Database(Config config, const sql::Schema& schema);
  Status Ready(const Context& context);
  Status Transact(const Context& context, Kind kind, const Work& work);
  static Status Attempt(Connection& connection, Kind kind, const Work& work);

  const Config config_;
  const sql::Schema& schema_;
  Pool pool_;
  std::atomic<bool> ready_{false};
  std::mutex migrating_;
};

}  // namespace vang::postgres
