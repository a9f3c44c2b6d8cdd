#include "libs/adapters/postgres/connection.h"

#include <libpq-fe.h>
#include <poll.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <map>

#include "libs/adapters/postgres/errors.h"
#include "libs/adapters/postgres/text.h"
#include "libs/base/descriptor_io.h"

namespace vang::postgres {
namespace {

constexpr Duration kRollbackLimit{5'000};
// What waits to be sent goes out by itself beyond this many statements or bytes.
constexpr std::size_t kMostWaiting = 256;
constexpr std::size_t kMostBytesWaiting = std::size_t{1} << 20;

// Types of parameters, from the server's catalogue, where they never change.
constexpr Oid kInt8 = 20, kText = 25, kFloat8 = 701;

struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultHandle = std::unique_ptr<PGresult, Clear>;

std::string Field(const PGresult* result, int field) {
  const char* text = PQresultErrorField(result, field);
  return text == nullptr ? std::string() : text;
}

}  // namespace

struct Statement::Command {
  std::string sql;
  std::vector<std::optional<std::string>> values;
  std::vector<Oid> types;
  std::size_t bytes = 0;
  Status refused;  // by us: a value that cannot be sent
  bool queued = false;
  bool preparing = false;
  ResultHandle result;

  void Add(std::optional<std::string> value, Oid type) {
    bytes += value ? value->size() : 0;
    values.push_back(std::move(value));
    types.push_back(type);
  }
};

struct Connection::Impl {
  PGconn* connection;
  std::string schema;
  std::map<std::string, std::string, std::less<>> names;  // SQL to the name it is prepared under
  std::uint64_t next_name = 0;
  std::vector<std::shared_ptr<Statement::Command>> queue;
  std::size_t queued_bytes = 0;
};

Statement::Statement(Connection* connection, std::string_view sql)
    : connection_(connection), command_(std::make_shared<Command>()) {
  command_->sql = sql;
}

Statement& Statement::Bind(std::string_view text) {
  if (Status status = CheckText(text); !status.ok()) command_->refused = std::move(status);
  command_->Add(std::string(text), kText);
  return *this;
}

Statement& Statement::Bind(std::int64_t value) {
  command_->Add(std::to_string(value), kInt8);
  return *this;
}

Statement& Statement::Bind(double value) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  command_->Add(std::string(text.data(), end), kFloat8);
  return *this;
}

Statement& Statement::MakeNull() {
  command_->values.back().reset();
  return *this;
}

Statement& Statement::Send() {
  connection_->Queue(command_);
  return *this;
}

Result<bool> Statement::Step() {
  connection_->Queue(command_);
  if (command_->result == nullptr) VANG_RETURN_IF_ERROR(connection_->Flush());
  return ++row_ < PQntuples(command_->result.get());
}

Status Statement::Run() {
  Send();
  VANG_RETURN_IF_ERROR(connection_->failed_);
  const Connection::Impl& impl = *connection_->impl_;
  const bool full = impl.queue.size() >= kMostWaiting || impl.queued_bytes >= kMostBytesWaiting;
  return full ? connection_->Flush() : Status();
}

Result<int> Statement::RunCounting() {
  Send();
  VANG_RETURN_IF_ERROR(connection_->Flush());
  return std::atoi(PQcmdTuples(command_->result.get()));
}

std::string Statement::Text(int column) const {
  const PGresult* result = command_->result.get();
  return {PQgetvalue(result, row_, column),
          static_cast<std::size_t>(PQgetlength(result, row_, column))};
}

std::int64_t Statement::Int(int column) const {
  return std::strtoll(PQgetvalue(command_->result.get(), row_, column), nullptr, 10);
}

double Statement::Double(int column) const {
  const char* text = PQgetvalue(command_->result.get(), row_, column);
  double value = 0;
  std::from_chars(text, text + PQgetlength(command_->result.get(), row_, column), value);
  return value;
}

bool Statement::IsNull(int column) const {
  return PQgetisnull(command_->result.get(), row_, column) != 0;
}

std::optional<std::int64_t> Statement::OptionalInt(int column) const {
  if (IsNull(column)) return std::nullopt;
  return Int(column);
}

std::optional<double> Statement::OptionalDouble(int column) const {
  if (IsNull(column)) return std::nullopt;
  return Double(column);
}

Connection::Connection(pg_conn* connection, std::string schema)
    : impl_(new Impl{connection, std::move(schema), {}, 0, {}, 0}) {}

Connection::~Connection() { PQfinish(impl_->connection); }

void Connection::Begin(const Context& context, Duration limit) {
  context_ = context;
  limit_ = limit;
  impl_->queue.clear();
  impl_->queued_bytes = 0;
  failed_ = {};
  conflict_ = refused_ = false;
}

Statement Connection::Prepare(std::string_view sql) { return Statement(this, sql); }

void Connection::Lock(std::string_view name) {
  Prepare("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))").Bind(LockName(name)).Send();
}

std::string Connection::LockName(std::string_view name) const {
  return impl_->schema + "/" + std::string(name);
}

void Connection::Queue(const std::shared_ptr<Statement::Command>& command) {
  if (command->queued) return;
  command->queued = true;
  if (failed_.ok()) failed_ = command->refused;
  impl_->queued_bytes += command->bytes;
  impl_->queue.push_back(command);
}

Status Connection::Flush() {
  VANG_RETURN_IF_ERROR(failed_);
  const auto batch = std::move(impl_->queue);
  impl_->queue.clear();
  impl_->queued_bytes = 0;
  if (!batch.empty()) failed_ = Exchange(batch);
  return failed_;
}

Status Connection::Lost() {
  lost_ = true;
  std::string reason = PQerrorMessage(impl_->connection);
  while (reason.ends_with('\n')) reason.pop_back();
  return Unavailable("the connection to PostgreSQL broke: " + reason);
}

Status Connection::SendOne(Statement::Command& command) {
  auto name = impl_->names.find(command.sql);
  command.preparing = name == impl_->names.end();
  if (command.preparing) {
    name = impl_->names.emplace(command.sql, "v" + std::to_string(impl_->next_name++)).first;
    if (PQsendPrepare(impl_->connection, name->second.c_str(),
                      NumberParameters(command.sql).c_str(), static_cast<int>(command.types.size()),
                      command.types.data()) != 1) {
      return Lost();
    }
  }
  std::vector<const char*> values;
  for (const auto& value : command.values) values.push_back(value ? value->c_str() : nullptr);
  if (PQsendQueryPrepared(impl_->connection, name->second.c_str(), static_cast<int>(values.size()),
                          values.data(), nullptr, nullptr, 0) != 1) {
    return Lost();
  }
  return {};
}

Status Connection::Exchange(const std::vector<std::shared_ptr<Statement::Command>>& batch) {
  const Context context = context_.WithTimeout(limit_);
  VANG_RETURN_IF_ERROR(context.Check());
  for (const auto& command : batch) VANG_RETURN_IF_ERROR(SendOne(*command));
  if (PQpipelineSync(impl_->connection) != 1) return Lost();
  Status first;
  for (const auto& command : batch) {
    if (command->preparing) {
      Status status = Receive(context, nullptr);
      if (!status.ok()) impl_->names.erase(command->sql);
      if (first.ok()) first = std::move(status);
    }
    Status status = Receive(context, command.get());
    if (first.ok()) first = std::move(status);
    if (lost_) break;
  }
  if (!lost_) {
    const Status status = Receive(context, nullptr);  // of the sync
    if (first.ok()) first = status;
  }
  return first;
}

// The answer to one thing sent. An error that the server answers with says that this and the rest
// of the batch was not done; a connection that breaks without one says nothing.
Status Connection::Receive(const Context& context, Statement::Command* command) {
  Status status;
  while (true) {
    if (Status waited = WaitForResult(context); !waited.ok()) {
      return status.ok() ? waited : status;
    }
    ResultHandle result(PQgetResult(impl_->connection));
    if (result == nullptr) return status;
    switch (PQresultStatus(result.get())) {
      case PGRES_PIPELINE_SYNC:
        return status;
      case PGRES_TUPLES_OK:
      case PGRES_COMMAND_OK:
        if (command != nullptr) command->result = std::move(result);
        break;
      case PGRES_PIPELINE_ABORTED:
        status = Aborted("an earlier statement of the batch failed");
        break;
      default: {
        const std::string sqlstate = Field(result.get(), PG_DIAG_SQLSTATE);
        if (sqlstate.empty()) return Lost();
        refused_ = true;
        status = ErrorStatus(sqlstate, Field(result.get(), PG_DIAG_MESSAGE_PRIMARY));
        conflict_ = conflict_ || IsConflict(sqlstate);
        if (EndsConnection(sqlstate)) {
          lost_ = true;
          return status;
        }
      }
    }
  }
}

Status Connection::WaitForResult(const Context& context) {
  PGconn* connection = impl_->connection;
  while (true) {
    const int unsent = PQflush(connection);
    if (unsent < 0) return Lost();
    if (PQisBusy(connection) == 0) return {};
    pollfd waiting{PQsocket(connection), static_cast<short>(unsent > 0 ? POLLIN | POLLOUT : POLLIN),
                   0};
    if (const Status ready = WaitUntilReady(context, {&waiting, 1}, limit_); !ready.ok()) {
      lost_ = true;
      return ready.Wrap("waiting for PostgreSQL");
    }
    if ((waiting.revents & ~POLLOUT) != 0 && PQconsumeInput(connection) != 1) return Lost();
  }
}

Status Connection::Execute(const std::string& script) {
  VANG_RETURN_IF_ERROR(Flush());
  PGconn* connection = impl_->connection;
  const Context context = context_.WithTimeout(limit_);
  if (PQexitPipelineMode(connection) != 1 || PQsendQuery(connection, script.c_str()) != 1) {
    return failed_ = Lost();
  }
  while (true) {
    if (Status waited = WaitForResult(context); !waited.ok()) return failed_ = waited;
    const ResultHandle result(PQgetResult(connection));
    if (result == nullptr) break;
    if (PQresultStatus(result.get()) != PGRES_FATAL_ERROR) continue;
    const std::string sqlstate = Field(result.get(), PG_DIAG_SQLSTATE);
    if (sqlstate.empty() || EndsConnection(sqlstate)) return failed_ = Lost();
    failed_ = ErrorStatus(sqlstate, Field(result.get(), PG_DIAG_MESSAGE_PRIMARY));
  }
  if (PQenterPipelineMode(connection) != 1) return failed_ = Lost();
  return failed_;
}

void Connection::Rollback() {
  if (lost_ || PQtransactionStatus(impl_->connection) == PQTRANS_IDLE) return;
  const bool conflict = conflict_;
  Begin(Context(), kRollbackLimit);
  Prepare("ROLLBACK").Send();
  if (!Flush().ok()) lost_ = true;
  conflict_ = conflict;
  refused_ = true;
}

bool Connection::Quiet() {
  pollfd waiting{PQsocket(impl_->connection), POLLIN, 0};
  return !lost_ && ::poll(&waiting, 1, 0) == 0 && PQstatus(impl_->connection) == CONNECTION_OK;
}

}  // namespace vang::postgres
