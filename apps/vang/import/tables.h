// Rows of any table as values, read in the order of their primary key and hashed, from either kind
// of database: what is moved is compared without knowing what it means.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "libs/adapters/sqlite/database.h"
#include "libs/base/sha256.h"

namespace vang::cli {

enum class ColumnType { kText, kInteger, kNumber };

struct Column {
  std::string name;
  ColumnType type = ColumnType::kText;
  bool key = false;  // part of the primary key
};

struct Table {
  std::string name;
  std::vector<Column> columns;
};

// NULL, or what the column's type says.
using Value = std::variant<std::monostate, std::string, std::int64_t, double>;
using Row = std::vector<Value>;

// How many rows, and SHA-256 over all their values in the order of the primary key.
struct Digest {
  std::int64_t rows = 0;
  std::string sha256;

  friend bool operator==(const Digest&, const Digest&) = default;
};

// The tables of a database by name, but for those in `without`. kInternal for a column of a type
// that no schema of ours has.
Result<std::vector<Table>> TablesOf(sqlite::Connection& c, const std::vector<std::string>& without);

// "INSERT INTO …", with a parameter for each column.
std::string InsertInto(const Table& table);
// The next `limit` rows by primary key; after the first page with the key of the row before as
// parameters.
std::string SelectPage(const Table& table, bool first, int limit);

// `id=3 name=x` of the primary key, fit for a terminal whatever bytes it holds.
std::string NameOf(const Table& table, const Row& row);

void Update(const Row& row, Sha256* hash);

template <typename Statement>
void Bind(Statement& statement, const Column& column, const Value& value) {
  const bool null = std::holds_alternative<std::monostate>(value);
  if (column.type == ColumnType::kText) {
    statement.Bind(null ? std::nullopt : std::optional(std::get<std::string>(value)));
  } else if (column.type == ColumnType::kInteger) {
    statement.Bind(null ? std::nullopt : std::optional(std::get<std::int64_t>(value)));
  } else {
    statement.Bind(null ? std::nullopt : std::optional(std::get<double>(value)));
  }
}

template <typename Statement>
Row ReadRow(const Statement& statement, const Table& table) {
  Row row;
  for (int i = 0; i < static_cast<int>(table.columns.size()); ++i) {
    const ColumnType type = table.columns[static_cast<std::size_t>(i)].type;
    if (statement.IsNull(i)) {
      row.emplace_back();
    } else if (type == ColumnType::kText) {
      row.emplace_back(statement.Text(i));
    } else if (type == ColumnType::kInteger) {
      row.emplace_back(statement.Int(i));
    } else {
      row.emplace_back(statement.Double(i));
    }
  }
  return row;
}

// Page by page, so that a table of any size takes little memory. `c` is in one transaction.
template <typename Connection>
Status ForEachRow(Connection& c, const Table& table,
                  const std::function<Status(const Row&)>& visit) {
  constexpr int kPage = 1'000;
  Row last;
  while (true) {
    auto page = c.Prepare(SelectPage(table, last.empty(), kPage));
    for (std::size_t i = 0; i < last.size(); ++i) {
      if (table.columns[i].key) Bind(page, table.columns[i], last[i]);
    }
    int rows = 0;
    while (true) {
      VANG_ASSIGN_OR_RETURN(const bool found, page.Step());
      if (!found) break;
      Row row = ReadRow(page, table);
      VANG_RETURN_IF_ERROR(visit(row));
      last = std::move(row);
      ++rows;
    }
    if (rows < kPage) return {};
  }
}

template <typename Connection>
Result<Digest> DigestOf(Connection& c, const Table& table) {
  Digest digest;
  Sha256 hash;
  VANG_RETURN_IF_ERROR(ForEachRow(c, table, [&](const Row& row) -> Status {
    Update(row, &hash);
    ++digest.rows;
    return {};
  }));
  digest.sha256 = hash.HexDigest();
  return digest;
}

}  // namespace vang::cli
