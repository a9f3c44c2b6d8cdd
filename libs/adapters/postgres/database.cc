#include "libs/adapters/postgres/database.h"

#include <random>
#include <thread>

#include "libs/adapters/postgres/migrate.h"
#include "libs/runtime/log.h"

namespace vang::postgres {
namespace {

// How long the wait for an answer goes on after the server's own time-outs.
constexpr Duration kGrace{5'000};
constexpr int kMostAttempts = 12;
constexpr Duration kLook{10};

// Before conflict number `n` is tried again: up to 2, 4, … 256 ms.
Duration Pause(int n) {
  static thread_local std::minstd_rand random{std::random_device{}()};
  return Duration(1 + static_cast<int>(random() % (2U << std::min(n, 7))));
}

}  // namespace

Database::Database(Config config, const sql::Schema& schema)
    : config_(config), schema_(schema), pool_(std::move(config)) {}

Result<std::unique_ptr<Database>> Database::Open(Config config, const sql::Schema& schema) {
  VANG_RETURN_IF_ERROR(CheckConfig(config));
  std::unique_ptr<Database> database(new Database(std::move(config), schema));
  const Status status = database->Ready(Context().WithTimeout(database->config_.connect_timeout));
  if (!status.ok() && !status.retryable()) return status;
  if (!status.ok()) {
    Log(LogLevel::kWarning, "postgres", "not there yet; going on without it",
        {{"server", ServerName(database->config_)}, {"error", status.message()}});
  }
  return database;
}

Status Database::Ready(const Context& context) {
  if (ready_) return {};
  // Looked at again and again: nobody waits here but beside the first call, and ThreadSanitizer
  // does not know a lock that is waited for until a time.
  std::unique_lock<std::mutex> lock(migrating_, std::defer_lock);
  while (!lock.try_lock()) {
    VANG_RETURN_IF_ERROR(context.Check());
    std::this_thread::sleep_for(kLook);
  }
  if (ready_) return {};
  VANG_ASSIGN_OR_RETURN(const Pool::Lease connection, pool_.Acquire(context));
  VANG_RETURN_IF_ERROR(Migrate(*connection, config_, schema_, context));
  ready_ = true;
  return {};
}

Status Database::Attempt(Connection& connection, Kind kind, const Work& work) {
  if (kind == Kind::kRead) {
    connection.Prepare("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").Send();
  } else if (kind != Kind::kAlone) {
    connection.Prepare("BEGIN ISOLATION LEVEL READ COMMITTED").Send();
  }
  if (kind == Kind::kBuffered) connection.Prepare("SET LOCAL synchronous_commit=off").Send();
  VANG_RETURN_IF_ERROR(work(connection));
  if (kind != Kind::kAlone) connection.Prepare("COMMIT").Send();
  return connection.Flush();
}

Status Database::Transact(const Context& context, Kind kind, const Work& work) {
  VANG_RETURN_IF_ERROR(context.Check());
  VANG_RETURN_IF_ERROR(Ready(context));
  for (int attempt = 1;; ++attempt) {
    bool committing = kind == Kind::kAlone;
    VANG_ASSIGN_OR_RETURN(const Pool::Lease connection, pool_.Acquire(context));
    connection->Begin(context, config_.statement_timeout + kGrace);
    Status status = Attempt(*connection, kind, [&](Connection& c) {
      Status done = work(c);
      committing = committing || done.ok();
      return done;
    });
    if (status.ok()) return {};
    connection->Rollback();
    const bool late = !context.Check().ok();
    if (kind != Kind::kRead && committing && connection->outcome_unknown()) {
      return status.Wrap("the change may have been made");
    }
    const bool again =
        connection->conflict() || (connection->lost() && status.code() == Code::kUnavailable);
    if (!again || late || attempt == kMostAttempts) return status;
    if (connection->conflict()) std::this_thread::sleep_for(context.Remaining(Pause(attempt)));
  }
}

Status Database::Write(const Context& context, sql::Durability durability, const Work& work) {
  const bool durable = durability == sql::Durability::kDurable;
  return Transact(context, durable ? Kind::kDurable : Kind::kBuffered, work);
}

Status Database::WriteAlone(const Context& context, const Work& work) {
  return Transact(context, Kind::kAlone, work);
}

Status Database::Read(const Context& context, const Work& work) {
  return Transact(context, Kind::kRead, work);
}

}  // namespace vang::postgres
