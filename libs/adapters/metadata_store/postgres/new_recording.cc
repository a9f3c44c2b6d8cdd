#include "libs/adapters/metadata_store/postgres/new_recording.h"

#include <string>
#include <vector>

#include "libs/adapters/metadata_store/sql_changes.h"
#include "libs/adapters/postgres/text.h"

namespace vang {
namespace {

// held: the recording's lock, waited for before anything is written. go: a row unless the inbox has
// the event. The rest inserts for each row of go.
constexpr std::string_view kSql =
    "WITH held AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended(?20, 0))),"
    " fresh AS (INSERT INTO inbox SELECT ?19 FROM held WHERE ?19 <> ''"
    "  ON CONFLICT DO NOTHING RETURNING 1),"
    " go AS MATERIALIZED (SELECT 1 FROM held WHERE ?19 = '' UNION ALL SELECT 1 FROM fresh),"
    " recording AS (INSERT INTO recordings"
    "  SELECT ?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18 FROM go),"
    " tags AS (INSERT INTO recording_tags SELECT ?1, at - 1, tag"
    "  FROM go, unnest(CAST(?21 AS text[])) WITH ORDINALITY AS t(tag, at)),"
    " speakers AS (INSERT INTO recording_speakers SELECT ?1, at - 1, label, name"
    "  FROM go, unnest(CAST(?22 AS text[]), CAST(?23 AS text[])) WITH ORDINALITY"
    "   AS s(label, name, at)),"
    " events AS (INSERT INTO outbox(event) SELECT event"
    "  FROM go, unnest(CAST(?24 AS text[])) WITH ORDINALITY AS e(event, at) ORDER BY at)"
    " SELECT 1 FROM go";

}  // namespace

std::string_view NewRecordingSql() { return kSql; }

Result<bool> InsertNewRecording(postgres::Database& database, const Context& context,
                                const Recording& recording, const Change& change) {
  std::vector<std::string> labels, names, events;
  for (const auto& [label, name] : recording.speakers) {
    labels.push_back(label);
    names.push_back(name);
  }
  for (const Event& event : change.outbox) {
    VANG_ASSIGN_OR_RETURN(std::string text, OutboxText(event));
    events.push_back(std::move(text));
  }
  bool applied = false;
  VANG_RETURN_IF_ERROR(database.WriteAlone(context, [&](postgres::Connection& c) -> Status {
    auto statement = c.Prepare(kSql);
    BindRecording(statement, recording)
        .Bind(change.inbox_event_id.value_or(""))
        .Bind(c.LockName("recording/" + recording.id))
        .Bind(postgres::TextArray(recording.tags))
        .Bind(postgres::TextArray(labels))
        .Bind(postgres::TextArray(names))
        .Bind(postgres::TextArray(events));
    VANG_ASSIGN_OR_RETURN(applied, statement.Step());
    return {};
  }));
  return applied;
}

}  // namespace vang
