#include "libs/adapters/key_store/sqlite/sqlite_key_store.h"

#include <algorithm>

#include "libs/adapters/sqlite/database.h"

namespace vang {
namespace {

using sqlite::Connection;
using sqlite::Durability;
using sqlite::Statement;

const std::vector<std::string>& Migrations() {
  static const std::vector<std::string> migrations = {R"sql(
CREATE TABLE keys(
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  tenant TEXT NOT NULL,
  scopes TEXT NOT NULL,
  secret_hash TEXT NOT NULL UNIQUE,
  prefix TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  revoked_at BIGINT);
CREATE INDEX keys_tenant ON keys(tenant, created_at);
)sql"};
  return migrations;
}

constexpr std::string_view kFindByHash =
    "SELECT id, name, tenant, scopes, secret_hash, prefix, created_at, revoked_at FROM keys"
    " WHERE secret_hash=?";
constexpr std::string_view kListTenant =
    "SELECT id, name, tenant, scopes, secret_hash, prefix, created_at, revoked_at FROM keys"
    " WHERE tenant=? ORDER BY created_at, id";

// Scopes are words without spaces, so one space between them keeps them apart.
std::string Join(const std::vector<std::string>& scopes) {
  std::string joined;
  for (const std::string& scope : scopes) joined += (joined.empty() ? "" : " ") + scope;
  return joined;
}

std::vector<std::string> Split(const std::string& joined) {
  std::vector<std::string> scopes;
  for (std::size_t at = 0; at < joined.size();) {
    const std::size_t end = std::min(joined.find(' ', at), joined.size());
    scopes.push_back(joined.substr(at, end - at));
    at = end + 1;
  }
  return scopes;
}

ApiKey KeyOf(const Statement& s) {
  return {s.Text(0), s.Text(1), s.Text(2), Split(s.Text(3)),
          s.Text(4), s.Text(5), s.Int(6),  s.OptionalInt(7)};
}

class SqliteKeyStore : public KeyStore {
 public:
  explicit SqliteKeyStore(std::unique_ptr<sqlite::Database> database)
      : database_(std::move(database)) {}

  Status Put(const Context& context, const ApiKey& key) override {
    return database_->Write(context, Durability::kDurable, [&](Connection& c) {
      return c
          .Prepare(
              "INSERT INTO keys(id, name, tenant, scopes, secret_hash, prefix, created_at,"
              " revoked_at) VALUES(?,?,?,?,?,?,?,?)")
          .Bind(key.id)
          .Bind(key.name)
          .Bind(key.tenant)
          .Bind(Join(key.scopes))
          .Bind(key.secret_hash)
          .Bind(key.prefix)
          .Bind(key.created_at)
          .Bind(key.revoked_at)
          .Run();
    });
  }

  Result<ApiKey> FindByHash(const Context& context, const std::string& secret_hash) override {
    ApiKey key;
    const Status status = database_->Read(context, [&](Connection& c) -> Status {
      Statement s = c.Prepare(kFindByHash);
      VANG_ASSIGN_OR_RETURN(const bool found, s.Bind(secret_hash).Step());
      if (!found) return NotFound("there is no such key");
      key = KeyOf(s);
      return {};
    });
    if (!status.ok()) return status;
    return key;
  }

  Result<std::vector<ApiKey>> List(const Context& context, const std::string& tenant) override {
    std::vector<ApiKey> keys;
    const Status status = database_->Read(context, [&](Connection& c) -> Status {
      Statement s = c.Prepare(kListTenant);
      s.Bind(tenant);
      while (true) {
        VANG_ASSIGN_OR_RETURN(const bool row, s.Step());
        if (!row) return {};
        keys.push_back(KeyOf(s));
      }
    });
    if (!status.ok()) return status;
    return keys;
  }

  Status Revoke(const Context& context, const std::string& tenant, const std::string& id,
                TimeMs at) override {
    return database_->Write(context, Durability::kDurable, [&](Connection& c) -> Status {
      VANG_RETURN_IF_ERROR(c.Prepare("UPDATE keys SET revoked_at=coalesce(revoked_at, ?)"
                                     " WHERE tenant=? AND id=?")
                               .Bind(at)
                               .Bind(tenant)
                               .Bind(id)
                               .Run());
      return c.changes() > 0 ? Status() : NotFound("there is no key " + id);
    });
  }

  Result<int> CountActive(const Context& context) override {
    std::int64_t count = 0;
    const Status status = database_->Read(context, [&](Connection& c) -> Status {
      Statement s = c.Prepare("SELECT count(*) FROM keys WHERE revoked_at IS NULL");
      VANG_RETURN_IF_ERROR(s.Step().status());
      count = s.Int(0);
      return {};
    });
    if (!status.ok()) return status;
    return static_cast<int>(count);
  }

  Status Ping(const Context& context) override { return CountActive(context).status(); }

 private:
  const std::unique_ptr<sqlite::Database> database_;
};

}  // namespace

Result<std::unique_ptr<KeyStore>> OpenSqliteKeyStore(const SqliteKeyStoreConfig& config) {
  VANG_ASSIGN_OR_RETURN(auto database,
                        sqlite::Database::Open({config.path, Migrations(), 1, 1'024}));
  return std::unique_ptr<KeyStore>(std::make_unique<SqliteKeyStore>(std::move(database)));
}

}  // namespace vang
