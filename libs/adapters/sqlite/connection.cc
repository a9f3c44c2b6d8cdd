#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>
#include <map>

#include "libs/adapters/sqlite/database.h"
#include "libs/adapters/sqlite/errors.h"

namespace vang::sqlite {

Status ErrorStatus(sqlite3* db, std::string_view what) {
  const std::string message = std::string(what) + ": " + sqlite3_errmsg(db);
  switch (sqlite3_errcode(db) & 0xFF) {
    case SQLITE_FULL:
      return ResourceExhausted(message);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_IOERR:
      return DataLoss(message);
    case SQLITE_CONSTRAINT:
      return AlreadyExists(message);
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return PermissionDenied(message);
    default:
      return Unavailable(message);
  }
}

Statement::~Statement() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Statement& Statement::Bind(std::string_view text) {
  // SQLITE_TRANSIENT, spelled out: its macro is an old-style cast.
  sqlite3_bind_text64(statement_, next_++, text.data() == nullptr ? "" : text.data(), text.size(),
                      reinterpret_cast<sqlite3_destructor_type>(-1), SQLITE_UTF8);
  return *this;
}

Statement& Statement::BindBlob(std::string_view bytes) {
  sqlite3_bind_blob64(statement_, next_++, bytes.data() == nullptr ? "" : bytes.data(),
                      bytes.size(), reinterpret_cast<sqlite3_destructor_type>(-1));
  return *this;
}

Statement& Statement::Bind(std::int64_t value) {
  sqlite3_bind_int64(statement_, next_++, value);
  return *this;
}

Statement& Statement::Bind(double value) {
  sqlite3_bind_double(statement_, next_++, value);
  return *this;
}

Statement& Statement::BindNull() {
  sqlite3_bind_null(statement_, next_++);
  return *this;
}

Result<bool> Statement::Step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return ErrorStatus(db_, "the database refused a statement");
}

Status Statement::Run() {
  while (true) {
    VANG_ASSIGN_OR_RETURN(const bool row, Step());
    if (!row) return {};
  }
}

Result<int> Statement::RunCounting() {
  VANG_RETURN_IF_ERROR(Run());
  return sqlite3_changes(db_);
}

std::string Statement::Text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (text == nullptr) return {};
  return {text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::int64_t Statement::Int(int column) const { return sqlite3_column_int64(statement_, column); }

double Statement::Double(int column) const { return sqlite3_column_double(statement_, column); }

bool Statement::IsNull(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::optional<std::int64_t> Statement::OptionalInt(int column) const {
  if (IsNull(column)) return std::nullopt;
  return Int(column);
}

std::optional<double> Statement::OptionalDouble(int column) const {
  if (IsNull(column)) return std::nullopt;
  return Double(column);
}

struct Connection::Cache {
  std::map<std::string, sqlite3_stmt*, std::less<>> statements;
};

Connection::Connection(sqlite3* db) : db_(db), cache_(std::make_unique<Cache>()) {}

Connection::~Connection() {
  for (const auto& [sql, statement] : cache_->statements) sqlite3_finalize(statement);
  sqlite3_close(db_);
}

Statement Connection::Prepare(std::string_view sql) {
  auto found = cache_->statements.find(sql);
  if (found == cache_->statements.end()) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                           &statement, nullptr) != SQLITE_OK) {
      std::fprintf(stderr, "bad SQL: %s\n%.*s\n", sqlite3_errmsg(db_), static_cast<int>(sql.size()),
                   sql.data());
      std::abort();
    }
    found = cache_->statements.emplace(std::string(sql), statement).first;
  }
  return Statement(db_, found->second);
}

Status Connection::Execute(const std::string& sql) {
  if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return ErrorStatus(db_, "the database refused a statement");
  }
  return {};
}

int Connection::changes() const { return sqlite3_changes(db_); }

}  // namespace vang::sqlite
