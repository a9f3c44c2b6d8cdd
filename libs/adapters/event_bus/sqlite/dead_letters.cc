#include "libs/adapters/event_bus/sqlite/dead_letters.h"

namespace vang::dead_letters {
namespace {

constexpr std::string_view kColumns =
    "id, consumer, body, code, reason, attempts, at, provisional FROM dead_letters ";

DeadLetter Read(const sqlite::Statement& row) {
  DeadLetter letter;
  letter.id = row.Text(0);
  letter.consumer = row.Text(1);
  const std::string body = row.Text(2);
  auto event = DecodeEvent(body);
  letter.event = event.ok() ? *std::move(event) : SalvageEvent(body);
  letter.code = row.Text(3);
  letter.reason = row.Text(4);
  letter.attempts = static_cast<int>(row.Int(5));
  letter.at = row.Int(6);
  letter.provisional = row.Int(7) != 0;
  return letter;
}

std::string RecordingOf(const Event& event) {
  const JsonValue* id = event.data.if_contains("recording_id");
  return id != nullptr && id->is_string() ? std::string(id->get_string()) : std::string();
}

}  // namespace

Status Put(sqlite::Connection& db, const DeadLetter& letter) {
  return db
      .Prepare(
          "INSERT INTO dead_letters(id, tenant, recording_id, consumer, body, code, reason, "
          "attempts, at, provisional) VALUES(?,?,?,?,?,?,?,?,?,?) "
          "ON CONFLICT(id) DO UPDATE SET code=excluded.code, reason=excluded.reason, "
          "attempts=excluded.attempts, at=excluded.at, provisional=excluded.provisional")
      .Bind(letter.id)
      .Bind(letter.event.tenant)
      .Bind(RecordingOf(letter.event))
      .Bind(letter.consumer)
      .Bind(EncodeEvent(letter.event))
      .Bind(letter.code)
      .Bind(letter.reason)
      .Bind(letter.attempts)
      .Bind(letter.at)
      .Bind(letter.provisional ? 1 : 0)
      .Run();
}

Result<std::vector<DeadLetter>> List(sqlite::Connection& db, const std::string& tenant,
                                     const std::string& cursor, int max) {
  sqlite::Statement rows =
      db.Prepare("SELECT " + std::string(kColumns) +
                 "WHERE tenant = ?1 AND provisional = 0 AND (?2 = '' OR number < "
                 "(SELECT number FROM dead_letters WHERE id = ?2)) ORDER BY number DESC LIMIT ?3");
  rows.Bind(tenant).Bind(cursor).Bind(max);
  std::vector<DeadLetter> letters;
  while (true) {
    VANG_ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return letters;
    letters.push_back(Read(rows));
  }
}

Result<DeadLetter> Get(sqlite::Connection& db, const std::string& id) {
  sqlite::Statement rows = db.Prepare("SELECT " + std::string(kColumns) + "WHERE id = ?");
  VANG_ASSIGN_OR_RETURN(const bool row, rows.Bind(id).Step());
  if (!row) return NotFound("there is no dead letter " + id);
  return Read(rows);
}

Status Delete(sqlite::Connection& db, const std::string& id) {
  VANG_RETURN_IF_ERROR(db.Prepare("DELETE FROM dead_letters WHERE id = ?").Bind(id).Run());
  return db.changes() > 0 ? Status() : NotFound("there is no dead letter " + id);
}

Result<int> Purge(sqlite::Connection& db, const std::string& recording_id) {
  VANG_RETURN_IF_ERROR(
      db.Prepare("DELETE FROM dead_letters WHERE recording_id = ?").Bind(recording_id).Run());
  return db.changes();
}

}  // namespace vang::dead_letters
