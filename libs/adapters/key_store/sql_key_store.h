// The key store over any relational database, see libs/adapters/sql/database.h.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/adapters/key_store/schema.h"
#include "libs/adapters/sql/database.h"
#include "libs/ports/key_store.h"

namespace vang {

inline constexpr std::string_view kFindKeyByHash =
    "SELECT id, name, tenant, scopes, secret_hash, prefix, created_at, revoked_at FROM keys"
    " WHERE secret_hash=?";
inline constexpr std::string_view kListKeys =
    "SELECT id, name, tenant, scopes, secret_hash, prefix, created_at, revoked_at FROM keys"
    " WHERE tenant=? ORDER BY created_at, id";

// Scopes are words without spaces, so one space between them keeps them apart.
inline std::string JoinScopes(const std::vector<std::string>& scopes) {
  std::string joined;
  for (const std::string& scope : scopes) joined += (joined.empty() ? "" : " ") + scope;
  return joined;
}

inline std::vector<std::string> SplitScopes(const std::string& joined) {
  std::vector<std::string> scopes;
  for (std::size_t at = 0; at < joined.size();) {
    const std::size_t end = std::min(joined.find(' ', at), joined.size());
    scopes.push_back(joined.substr(at, end - at));
    at = end + 1;
  }
  return scopes;
}

ApiKey KeyOf(const auto& s) {
  return {s.Text(0), s.Text(1), s.Text(2), SplitScopes(s.Text(3)),
          s.Text(4), s.Text(5), s.Int(6),  s.OptionalInt(7)};
}

template <typename Database>
class SqlKeyStore : public KeyStore {
 public:
  explicit SqlKeyStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  Status Put(const Context& context, const ApiKey& key) override {
    return database_->Write(context, sql::Durability::kDurable, [&](auto& c) {
      return c
          .Prepare(
              "INSERT INTO keys(id, name, tenant, scopes, secret_hash, prefix, created_at,"
              " revoked_at) VALUES(?,?,?,?,?,?,?,?)")
          .Bind(key.id)
          .Bind(key.name)
          .Bind(key.tenant)
          .Bind(JoinScopes(key.scopes))
          .Bind(key.secret_hash)
          .Bind(key.prefix)
          .Bind(key.created_at)
          .Bind(key.revoked_at)
          .Run();
    });
  }

  Result<ApiKey> FindByHash(const Context& context, const std::string& secret_hash) override {
    ApiKey key;
    const Status status = database_->Read(context, [&](auto& c) -> Status {
      auto s = c.Prepare(kFindKeyByHash);
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
    const Status status = database_->Read(context, [&](auto& c) -> Status {
      auto s = c.Prepare(kListKeys);
      s.Bind(tenant);
      keys.clear();
      return sql::ForEachRow(s, [&](const auto& row) { keys.push_back(KeyOf(row)); });
    });
    if (!status.ok()) return status;
    return keys;
  }

  Status Revoke(const Context& context, const std::string& tenant, const std::string& id,
                TimeMs at) override {
    return database_->Write(context, sql::Durability::kDurable, [&](auto& c) -> Status {
      VANG_ASSIGN_OR_RETURN(
          const int changed,
          c.Prepare("UPDATE keys SET revoked_at=coalesce(revoked_at, ?) WHERE tenant=? AND id=?")
              .Bind(at)
              .Bind(tenant)
              .Bind(id)
              .RunCounting());
      return changed > 0 ? Status() : NotFound("there is no key " + id);
    });
  }

  Result<int> CountActive(const Context& context) override {
    std::int64_t count = 0;
    const Status status = database_->Read(context, [&](auto& c) -> Status {
      auto s = c.Prepare("SELECT count(*) FROM keys WHERE revoked_at IS NULL");
      VANG_RETURN_IF_ERROR(s.Step().status());
      count = s.Int(0);
      return {};
    });
    if (!status.ok()) return status;
    return static_cast<int>(count);
  }

  Status Ping(const Context& context) override { return CountActive(context).status(); }

 private:
  const std::unique_ptr<Database> database_;
};

}  // namespace vang
