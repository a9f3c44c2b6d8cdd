#include "apps/vang/import/tables.h"

#include <algorithm>
#include <bit>

namespace vang::cli {
namespace {

Result<ColumnType> TypeOf(const std::string& declared) {
  if (declared == "TEXT") return ColumnType::kText;
  if (declared == "BIGINT" || declared == "INTEGER") return ColumnType::kInteger;
  if (declared == "DOUBLE PRECISION") return ColumnType::kNumber;
  return Internal("a column of type '" + declared + "' cannot be moved");
}

std::string Quoted(const std::string& name) { return '"' + name + '"'; }

std::string Join(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ",") + part;
  return text;
}

std::vector<std::string> Names(const Table& table, bool only_key) {
  std::vector<std::string> names;
  for (const Column& column : table.columns) {
    if (column.key || !only_key) names.push_back(Quoted(column.name));
  }
  return names;
}

// `count` parameters.
std::string Parameters(std::size_t count) { return Join(std::vector<std::string>(count, "?")); }

// The value as bytes; two different values of one type never read the same.
std::string BytesOf(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  return std::to_string(std::bit_cast<std::uint64_t>(std::get<double>(value)));
}

std::string Printable(std::string_view text) {
  std::string printable;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    printable += byte > 0x20 && byte < 0x7F ? c : '?';
  }
  return printable;
}

}  // namespace

Result<std::vector<Table>> TablesOf(sqlite::Connection& c,
                                    const std::vector<std::string>& without) {
  std::vector<Table> tables;
  auto rows = c.Prepare(
      "SELECT m.name, p.name, p.type, p.pk FROM sqlite_master m JOIN pragma_table_info(m.name) p"
      " WHERE m.type='table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY m.name, p.cid");
  while (true) {
    VANG_ASSIGN_OR_RETURN(const bool found, rows.Step());
    if (!found) return tables;
    const std::string name = rows.Text(0);
    if (std::find(without.begin(), without.end(), name) != without.end()) continue;
    if (tables.empty() || tables.back().name != name) tables.push_back({name, {}});
    VANG_ASSIGN_OR_RETURN(const ColumnType type, TypeOf(rows.Text(2)));
    tables.back().columns.push_back({rows.Text(1), type, rows.Int(3) > 0});
  }
}

std::string InsertInto(const Table& table) {
  return "INSERT INTO " + Quoted(table.name) + "(" + Join(Names(table, false)) + ") VALUES(" +
         Parameters(table.columns.size()) + ")";
}

std::string SelectPage(const Table& table, bool first, int limit) {
  const std::vector<std::string> key = Names(table, true);
  return "SELECT " + Join(Names(table, false)) + " FROM " + Quoted(table.name) +
         (first ? "" : " WHERE (" + Join(key) + ") > (" + Parameters(key.size()) + ")") +
         " ORDER BY " + Join(key) + " LIMIT " + std::to_string(limit);
}

std::string NameOf(const Table& table, const Row& row) {
  std::string name;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (!table.columns[i].key) continue;
    name += (name.empty() ? "" : " ") + table.columns[i].name + "=" + Printable(BytesOf(row[i]));
  }
  return name;
}

void Update(const Row& row, Sha256* hash) {
  for (const Value& value : row) {
    if (std::holds_alternative<std::monostate>(value)) {
      hash->Update("-");
      continue;
    }
    const std::string bytes = BytesOf(value);
    // Each with its length, so that no two different rows read the same.
    hash->Update(std::to_string(bytes.size()) + ":");
    hash->Update(bytes);
  }
}

}  // namespace vang::cli
