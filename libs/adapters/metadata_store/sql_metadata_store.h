// The metadata store over any relational database, see libs/adapters/sql/database.h: one write
// transaction per Change, reads as of one moment.
#pragma once

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "libs/adapters/metadata_store/folded_title.h"
#include "libs/adapters/metadata_store/schema.h"
#include "libs/adapters/metadata_store/sql_changes.h"
#include "libs/adapters/metadata_store/sql_rows.h"
#include "libs/adapters/sql/database.h"
#include "libs/ports/metadata_store.h"

namespace vang {

// A fixed text: each filter that is not asked for is switched off by its flag.
inline constexpr std::string_view kListRecordings =
    "SELECT " VANG_RECORDING_COLUMNS
    " FROM recordings WHERE tenant=?"
    " AND (?=0 OR created_at < ? OR (created_at = ? AND id < ?))"
    " AND (?=0 OR status=?)"
    " AND (?=0 OR EXISTS(SELECT 1 FROM recording_tags t"
    "                    WHERE t.recording_id=recordings.id AND t.tag=?))"
    " AND (?=0 OR folded_title LIKE ? ESCAPE '\\')"
    " AND (?=0 OR created_at >= ?) AND (?=0 OR created_at < ?)"
    " ORDER BY created_at DESC, id DESC LIMIT ?";

// The recordings that a change touches: two transactions that share one run one after the other.
inline std::set<std::string> RecordingsOf(const Change& change) {
  struct Id {
    const std::string& operator()(const PutRecording& put) { return put.row.id; }
    const std::string& operator()(const PutVersion& put) { return put.row.recording_id; }
    const std::string& operator()(const PutStage& put) { return put.row.recording_id; }
    const std::string& operator()(const PutEdit& put) { return put.row.recording_id; }
    const std::string& operator()(const EraseRecording& erase) {
      return erase.receipt.recording_id;
    }
  };
  std::set<std::string> ids;
  for (const Mutation& mutation : change.mutations) ids.insert(std::visit(Id(), mutation));
  return ids;
}

// Puts the event into the inbox; a row = it was not there. Nothing is sent for an empty id.
auto Remember(auto& c, const std::string& event_id) {
  auto statement = c.Prepare("INSERT INTO inbox VALUES(?) ON CONFLICT DO NOTHING RETURNING 1");
  if (!event_id.empty()) statement.Bind(event_id).Send();
  return statement;
}

// For LIKE: what the user typed is text and no pattern.
inline std::string LikeContaining(const std::string& text) {
  std::string pattern = "%";
  for (char c : FoldTitle(text)) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + "%";
}

template <typename Database>
class SqlMetadataStore : public MetadataStore {
 public:
  explicit SqlMetadataStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  Result<bool> Commit(const Context& context, const Change& change) override {
    bool applied = false;
    const std::string inbox = change.inbox_event_id.value_or("");
    VANG_RETURN_IF_ERROR(
        database_->Write(context, sql::Durability::kDurable, [&](auto& c) -> Status {
          for (const std::string& id : RecordingsOf(change)) c.Lock("recording/" + id);
          auto fresh = Remember(c, inbox);
          applied = true;
          if (!inbox.empty()) {
            VANG_ASSIGN_OR_RETURN(applied, fresh.Step());
          }
          return applied ? ApplyChange(c, change) : Status();
        }));
    return applied;
  }

  Result<bool> Update(const Context& context, const std::string& recording_id,
                      const std::string& inbox_event_id, const Plan& plan) override {
    bool applied = false;
    VANG_RETURN_IF_ERROR(
        database_->Write(context, sql::Durability::kDurable, [&](auto& c) -> Status {
          c.Lock("recording/" + recording_id);
          auto fresh = Remember(c, inbox_event_id);
          applied = true;
          RecordingRows rows;
          {
            RowsQuery query(c, recording_id);
            if (!inbox_event_id.empty()) {
              VANG_ASSIGN_OR_RETURN(applied, fresh.Step());
            }
            if (!applied) return {};
            VANG_ASSIGN_OR_RETURN(rows, query.Read());
          }
          VANG_ASSIGN_OR_RETURN(const Change change, plan(rows));
          return ApplyChange(c, change);
        }));
    return applied;
  }

  Result<Recording> GetRecording(const Context& context, const std::string& tenant,
                                 const std::string& id) override {
    VANG_ASSIGN_OR_RETURN(RecordingRows rows, GetRows(context, tenant, id));
    return *std::move(rows.recording);
  }

  Result<std::vector<Recording>> ListRecordings(const Context& context,
                                                const RecordingFilter& filter,
                                                const std::string& cursor, int max) override {
    TimeMs before_time = 0;
    std::string before_id;
    if (!cursor.empty()) {
      VANG_ASSIGN_OR_RETURN(std::tie(before_time, before_id), ParseRecordingCursor(cursor));
    }
    std::vector<Recording> page;
    VANG_RETURN_IF_ERROR(database_->Read(context, [&](auto& c) -> Status {
      auto s = c.Prepare(kListRecordings);
      s.Bind(filter.tenant);
      s.Bind(cursor.empty() ? 0 : 1).Bind(before_time).Bind(before_time).Bind(before_id);
      s.Bind(filter.status.empty() ? 0 : 1).Bind(filter.status);
      s.Bind(filter.tag.empty() ? 0 : 1).Bind(filter.tag);
      s.Bind(filter.title_contains.empty() ? 0 : 1).Bind(LikeContaining(filter.title_contains));
      s.Bind(filter.created_from ? 1 : 0).Bind(filter.created_from.value_or(0));
      s.Bind(filter.created_to ? 1 : 0).Bind(filter.created_to.value_or(0));
      s.Bind(std::max(max, 0));
      page.clear();
      VANG_RETURN_IF_ERROR(
          sql::ForEachRow(s, [&](const auto& row) { page.push_back(RecordingOf(row)); }));
      return page.empty() ? Status() : ReadTagsAndSpeakers(c, page);
    }));
    return page;
  }

  Result<std::vector<OwnedRecording>> ListAll(const Context& context, const std::string& after,
                                              int max) override {
    std::vector<OwnedRecording> page;
    VANG_RETURN_IF_ERROR(database_->Read(context, [&](auto& c) -> Status {
      auto s = c.Prepare("SELECT id, tenant FROM recordings WHERE id > ? ORDER BY id LIMIT ?");
      s.Bind(after).Bind(std::max(max, 0));
      page.clear();
      return sql::ForEachRow(s, [&](const auto& row) {
        page.push_back({row.Text(0), row.Text(1)});
      });
    }));
    return page;
  }

  Result<RecordingRows> GetRows(const Context& context, const std::string& tenant,
                                const std::string& id) override {
    RecordingRows rows;
    VANG_RETURN_IF_ERROR(database_->Read(context, [&](auto& c) -> Status {
      RowsQuery query(c, id);
      VANG_ASSIGN_OR_RETURN(rows, query.Read());
      return {};
    }));
    if (!rows.recording || rows.recording->tenant != tenant) {
      return NotFound("there is no recording " + id);
    }
    return rows;
  }

  Result<DeletionReceipt> GetReceipt(const Context& context, const std::string& tenant,
                                     const std::string& id) override {
    DeletionReceipt receipt;
    VANG_RETURN_IF_ERROR(database_->Read(context, [&](auto& c) -> Status {
      auto s = c.Prepare(
          "SELECT recording_id, tenant, deleted_by, at FROM receipts"
          " WHERE tenant=? AND recording_id=?");
      VANG_ASSIGN_OR_RETURN(const bool found, s.Bind(tenant).Bind(id).Step());
      if (!found) return NotFound("recording " + id + " was not deleted");
      receipt = {s.Text(0), s.Text(1), s.Text(2), s.Int(3)};
      return {};
    }));
    return receipt;
  }

  Result<std::vector<OutboxEntry>> ReadOutbox(const Context& context, int max) override {
    std::vector<OutboxEntry> entries;
    VANG_RETURN_IF_ERROR(database_->Read(context, [&](auto& c) -> Status {
      auto s = c.Prepare("SELECT position, event FROM outbox ORDER BY position LIMIT ?");
      s.Bind(std::max(max, 0));
      entries.clear();
      while (true) {
        VANG_ASSIGN_OR_RETURN(const bool row, s.Step());
        if (!row) return {};
        OutboxEntry entry;
        entry.position = s.Int(0);
        auto event = DecodeEvent(s.Text(1));
        if (!event.ok()) return DataLoss("the outbox is damaged: " + event.status().message());
        entry.event = *std::move(event);
        entries.push_back(std::move(entry));
      }
    }));
    return entries;
  }

  Status MarkPublished(const Context& context,
                       const std::vector<std::int64_t>& positions) override {
    // Losing the mark publishes again, which the bus recognises: no need to wait for the medium.
    return database_->Write(context, sql::Durability::kBuffered, [&](auto& c) -> Status {
      for (const std::int64_t position : positions) {
        VANG_RETURN_IF_ERROR(c.Prepare("DELETE FROM outbox WHERE position=?").Bind(position).Run());
      }
      return {};
    });
  }

  Status Clear(const Context& context) override {
    return database_->Write(context, sql::Durability::kDurable, [](auto& c) -> Status {
      for (const char* sql :
           {"DELETE FROM recordings", "DELETE FROM recording_tags",
            "DELETE FROM recording_speakers", "DELETE FROM versions", "DELETE FROM stages",
            "DELETE FROM edits", "DELETE FROM receipts", "DELETE FROM inbox"}) {
        VANG_RETURN_IF_ERROR(c.Prepare(sql).Run());
      }
      return {};
    });
  }

  Result<std::string> ContentHash(const Context& context) override {
    std::string hash;
    VANG_RETURN_IF_ERROR(database_->Read(context, [&](auto& c) -> Status {
      VANG_ASSIGN_OR_RETURN(hash, HashTables(c));
      return {};
    }));
    return hash;
  }

  Status Ping(const Context& context) override {
    return database_->Write(context, sql::Durability::kBuffered, [](auto& c) {
      return c.Prepare("DELETE FROM inbox WHERE event_id=''").Run();
    });
  }

 protected:
  Database& database() { return *database_; }

 private:
  const std::unique_ptr<Database> database_;
};

}  // namespace vang
