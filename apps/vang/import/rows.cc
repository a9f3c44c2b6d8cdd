#include "apps/vang/import/rows.h"

#include <array>

#include "libs/adapters/key_store/schema.h"
#include "libs/adapters/metadata_store/schema.h"
#include "libs/adapters/postgres/connect.h"
#include "libs/adapters/postgres/database.h"
#include "libs/adapters/postgres/text.h"
#include "libs/adapters/registry_store/schema.h"

namespace vang::cli {
namespace {

struct Part {
  const char* file;
  const sql::Schema& (*schema)();
};
constexpr std::array<Part, 3> kParts = {
    {{"metadata.db", &MetadataSchema}, {"keys.db", &KeySchema}, {"registry.db", &RegistrySchema}}};
// Its events are published, and then they are in the log.
constexpr char kOutbox[] = "outbox";
// For one answer.
constexpr Duration kPatience{60'000};

// Whether PostgreSQL can hold all texts of the row.
Status CheckTexts(const Table& table, const Row& row) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    const auto* text = std::get_if<std::string>(&row[i]);
    if (text == nullptr) continue;
    VANG_RETURN_IF_ERROR(postgres::CheckText(*text).Wrap("table " + table.name + ", row " +
                                                         NameOf(table, row) + ", column " +
                                                         table.columns[i].name));
  }
  return {};
}

Status CheckTexts(sqlite::Connection& c, const Table& table) {
  Status first;
  int others = -1;
  VANG_RETURN_IF_ERROR(ForEachRow(c, table, [&](const Row& row) -> Status {
    Status status = CheckTexts(table, row);
    if (!status.ok() && ++others == 0) first = std::move(status);
    return {};
  }));
  if (first.ok()) return {};
  const std::string more =
      others > 0 ? "; so have " + std::to_string(others) + " other rows of the table" : "";
  return InvalidArgument(first.message() + more +
                         ". Start Vang on the folder once more, change that text or delete what "
                         "it belongs to, and import again");
}

// A transaction that can only look.
Status BeginLook(postgres::Connection& c, const Context& context) {
  c.Begin(context, kPatience);
  c.Prepare("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").Send();
  return c.Flush();
}

// Empty when there is no such table.
Result<Digest> DigestAt(postgres::Connection& c, const Table& table) {
  auto there = c.Prepare("SELECT 1 WHERE to_regclass(?) IS NOT NULL");
  VANG_ASSIGN_OR_RETURN(const bool found, there.Bind('"' + table.name + '"').Step());
  if (!found) return Digest();
  return DigestOf(c, table);
}

}  // namespace

Result<Rows> Rows::Open(const Context& context, const std::filesystem::path& data) {
  Rows rows;
  for (const Part& part : kParts) {
    Source source;
    source.file = part.file;
    VANG_ASSIGN_OR_RETURN(
        source.database,
        sqlite::Database::Open(
            {(data / part.file).string(), sql::StepsFor(part.schema(), sql::Dialect::kSqlite), 1}));
    VANG_RETURN_IF_ERROR(source.database
                             ->Read(context,
                                    [&](sqlite::Connection& c) -> Status {
                                      VANG_ASSIGN_OR_RETURN(source.tables, TablesOf(c, {kOutbox}));
                                      source.digests.clear();
                                      for (const Table& table : source.tables) {
                                        VANG_RETURN_IF_ERROR(CheckTexts(c, table));
                                        VANG_ASSIGN_OR_RETURN(Digest digest, DigestOf(c, table));
                                        source.digests.push_back(std::move(digest));
                                      }
                                      return {};
                                    })
                             .Wrap(part.file));
    rows.sources_.push_back(std::move(source));
  }
  return rows;
}

std::int64_t Rows::count() const {
  std::int64_t count = 0;
  for (const Source& source : sources_) {
    for (const Digest& digest : source.digests) count += digest.rows;
  }
  return count;
}

std::size_t Rows::tables() const {
  std::size_t count = 0;
  for (const Source& source : sources_) count += source.tables.size();
  return count;
}

Result<bool> Rows::AreAt(const Context& context, const postgres::Config& destination) const {
  VANG_ASSIGN_OR_RETURN(const auto c, postgres::Connect(destination, context));
  VANG_RETURN_IF_ERROR(BeginLook(*c, context));
  bool any = false;
  bool missing = false;
  std::string other;
  for (const Source& source : sources_) {
    for (std::size_t i = 0; i < source.tables.size(); ++i) {
      VANG_ASSIGN_OR_RETURN(const Digest there, DigestAt(*c, source.tables[i]));
      const Digest& ours = source.digests[i];
      any = any || there.rows > 0;
      if (there.rows == 0) {
        missing = missing || ours.rows > 0;
      } else if (there != ours && other.empty()) {
        other = "table " + source.tables[i].name + " has " + std::to_string(there.rows) +
                " rows there that are not the " + std::to_string(ours.rows) + " of this folder";
      }
    }
  }
  if (other.empty() && any && missing) other = "some tables have rows there and others have none";
  if (!other.empty()) {
    return FailedPrecondition("PostgreSQL at " + postgres::ServerName(destination) + ", schema " +
                              destination.schema + ", already holds other data: " + other +
                              ". Give the import a schema of its own (postgres.schema), or an "
                              "empty database");
  }
  return !missing;
}

Status Rows::MoveTo(const Context& context, const postgres::Config& destination) const {
  std::unique_ptr<postgres::Database> database;
  for (const Part& part : kParts) {
    VANG_ASSIGN_OR_RETURN(database, postgres::Database::Open(destination, part.schema()));
    // Makes the tables, or says why not.
    VANG_RETURN_IF_ERROR(
        database->Read(context, [](postgres::Connection&) -> Status { return {}; }));
  }
  return database->Write(
      context, sql::Durability::kDurable, [&](postgres::Connection& c) -> Status {
        for (const Source& source : sources_) {
          VANG_RETURN_IF_ERROR(
              source.database->Read(context, [&](sqlite::Connection& from) -> Status {
                for (std::size_t i = 0; i < source.tables.size(); ++i) {
                  const Table& table = source.tables[i];
                  const std::string insert = InsertInto(table);
                  VANG_RETURN_IF_ERROR(ForEachRow(from, table, [&](const Row& row) -> Status {
                    auto statement = c.Prepare(insert);
                    for (std::size_t j = 0; j < row.size(); ++j) {
                      Bind(statement, table.columns[j], row[j]);
                    }
                    return statement.Run();
                  }));
                  VANG_ASSIGN_OR_RETURN(const Digest arrived, DigestOf(c, table));
                  if (arrived == source.digests[i]) continue;
                  return DataLoss("the rows of table " + table.name +
                                  " arrived otherwise than they were sent; nothing was kept");
                }
                return {};
              }));
        }
        return {};
      });
}

}  // namespace vang::cli
