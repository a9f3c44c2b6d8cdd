#include "libs/adapters/postgres/migrate.h"

namespace vang::postgres {
namespace {

// The version that the store's tables have, 0 before the first step.
Result<std::int64_t> VersionOf(Connection& c, std::string_view store) {
  {
    auto table = c.Prepare("SELECT 1 WHERE to_regclass('schema_versions') IS NOT NULL");
    VANG_ASSIGN_OR_RETURN(const bool found, table.Step());
    if (!found) return std::int64_t{0};
  }
  auto version = c.Prepare("SELECT version FROM schema_versions WHERE store=?");
  VANG_ASSIGN_OR_RETURN(const bool found, version.Bind(store).Step());
  return found ? version.Int(0) : std::int64_t{0};
}

// A transaction that holds the lock, in a schema that exists.
Status BeginStep(Connection& c, const std::string& schema) {
  VANG_RETURN_IF_ERROR(
      c.Execute("BEGIN; SET LOCAL statement_timeout=0; SET LOCAL lock_timeout=0;"
                "SET LOCAL idle_in_transaction_session_timeout=0"));
  c.Lock("schema_versions");
  {
    // Making what is there needs a right that an ordinary user may lack.
    auto found = c.Prepare("SELECT 1 FROM pg_namespace WHERE nspname=?");
    VANG_ASSIGN_OR_RETURN(const bool exists, found.Bind(schema).Step());
    if (!exists) VANG_RETURN_IF_ERROR(c.Execute("CREATE SCHEMA " + schema));
  }
  return c.Execute(
      "CREATE TABLE IF NOT EXISTS schema_versions("
      "store TEXT NOT NULL PRIMARY KEY, version BIGINT NOT NULL)");
}

Status TakeSteps(Connection& c, const std::string& schema, std::string_view store,
                 const std::vector<std::string>& steps) {
  while (true) {
    VANG_RETURN_IF_ERROR(BeginStep(c, schema));
    VANG_ASSIGN_OR_RETURN(const std::int64_t version, VersionOf(c, store));
    if (version >= static_cast<std::int64_t>(steps.size())) return c.Execute("COMMIT");
    VANG_RETURN_IF_ERROR(c.Execute(steps[static_cast<std::size_t>(version)]));
    VANG_RETURN_IF_ERROR(c.Prepare("INSERT INTO schema_versions VALUES(?,?)"
                                   " ON CONFLICT(store) DO UPDATE SET version=excluded.version")
                             .Bind(store)
                             .Bind(version + 1)
                             .Run());
    VANG_RETURN_IF_ERROR(c.Execute("COMMIT"));
  }
}

}  // namespace

Status Migrate(Connection& c, const Config& config, const sql::Schema& schema,
               const Context& context) {
  c.Begin(context, config.statement_timeout);
  VANG_ASSIGN_OR_RETURN(const std::int64_t version, VersionOf(c, schema.store));
  const auto steps = sql::StepsFor(schema, sql::Dialect::kPostgres);
  const auto target = static_cast<std::int64_t>(steps.size());
  if (version > target) {
    return FailedPrecondition("the tables of the store '" + std::string(schema.store) +
                              "' were made by a newer Vang (schema " + std::to_string(version) +
                              "); upgrade Vang");
  }
  if (version == target) return {};
  c.Begin(Context().WithTimeout(config.migration_timeout).WithStop(context.stop()),
          config.migration_timeout);
  const Status status = TakeSteps(c, config.schema, schema.store, steps);
  c.Rollback();
  return status.Wrap("bringing the schema of the store '" + std::string(schema.store) +
                     "' up to date");
}

}  // namespace vang::postgres
