// The metadata store on the shared SQLite layer: one write transaction per Change, reads on
// read-only connections.
#include "libs/adapters/metadata_store/sqlite/sqlite_metadata_store.h"

#include <algorithm>
#include <tuple>

#include "libs/adapters/metadata_store/folded_title.h"
#include "libs/adapters/metadata_store/sqlite/migrations.h"
#include "libs/adapters/metadata_store/sqlite/rows.h"
#include "libs/adapters/sqlite/database.h"

namespace vang {
namespace {

using sqlite::Connection;
using sqlite::Durability;
using sqlite::Statement;

Result<bool> InInbox(Connection& c, const std::string& event_id) {
  return c.Prepare("SELECT 1 FROM inbox WHERE event_id=?").Bind(event_id).Step();
}

// An event that could never be published would block the outbox for ever, so it is refused here.
Status AppendOutbox(Connection& c, const Event& event) {
  const std::string text = EncodeEvent(event);
  if (const auto decoded = DecodeEvent(text); !decoded.ok()) {
    return decoded.status().Wrap("event " + event.subject + " breaks its schema");
  }
  return c.Prepare("INSERT INTO outbox(event) VALUES(?)").Bind(text).Run();
}

Status ApplyChange(Connection& c, const Change& change, const std::string& inbox_event_id) {
  if (!inbox_event_id.empty()) {
    VANG_RETURN_IF_ERROR(c.Prepare("INSERT INTO inbox VALUES(?)").Bind(inbox_event_id).Run());
  }
  for (const Mutation& mutation : change.mutations) VANG_RETURN_IF_ERROR(Apply(c, mutation));
  for (const Event& event : change.outbox) VANG_RETURN_IF_ERROR(AppendOutbox(c, event));
  return {};
}

// For LIKE: what the user typed is text and no pattern.
std::string Containing(const std::string& text) {
  std::string pattern = "%";
  for (char c : FoldTitle(text)) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + "%";
}

class SqliteMetadataStore : public MetadataStore {
 public:
  explicit SqliteMetadataStore(std::unique_ptr<sqlite::Database> database)
      : database_(std::move(database)) {}

  Result<bool> Commit(const Context& context, const Change& change) override {
    bool applied = false;
    const std::string inbox = change.inbox_event_id.value_or("");
    const Status status =
        database_->Write(context, Durability::kDurable, [&](Connection& c) -> Status {
          if (!inbox.empty()) {
            VANG_ASSIGN_OR_RETURN(const bool seen, InInbox(c, inbox));
            if (seen) return {};
          }
          applied = true;
          return ApplyChange(c, change, inbox);
        });
    if (!status.ok()) return status;
    return applied;
  }

  Result<bool> Update(const Context& context, const std::string& recording_id,
                      const std::string& inbox_event_id, const Plan& plan) override {
    bool applied = false;
    const Status status =
        database_->Write(context, Durability::kDurable, [&](Connection& c) -> Status {
          VANG_ASSIGN_OR_RETURN(const bool seen, InInbox(c, inbox_event_id));
          if (seen) return {};
          applied = true;
          VANG_ASSIGN_OR_RETURN(const RecordingRows rows, ReadRows(c, recording_id));
          VANG_ASSIGN_OR_RETURN(const Change change, plan(rows));
          return ApplyChange(c, change, inbox_event_id);
        });
    if (!status.ok()) return status;
    return applied;
  }

  Result<Recording> GetRecording(const Context& context, const std::string& tenant,
                                 const std::string& id) override {
    std::optional<Recording> found;
    const Status status = database_->Read(context, [&](Connection& c) -> Status {
      VANG_ASSIGN_OR_RETURN(found, FindRecording(c, id));
      return {};
    });
    if (!status.ok()) return status;
    if (!found || found->tenant != tenant) return NotFound("there is no recording " + id);
    return *std::move(found);
  }

  Result<std::vector<Recording>> ListRecordings(const Context& context,
                                                const RecordingFilter& filter,
                                                const std::string& cursor, int max) override;

  Result<RecordingRows> GetRows(const Context& context, const std::string& tenant,
                                const std::string& id) override {
    RecordingRows rows;
    const Status status = database_->Read(context, [&](Connection& c) -> Status {
      VANG_ASSIGN_OR_RETURN(rows, ReadRows(c, id));
      return {};
    });
    if (!status.ok()) return status;
    if (!rows.recording || rows.recording->tenant != tenant) {
      return NotFound("there is no recording " + id);
    }
    return rows;
  }

  Result<DeletionReceipt> GetReceipt(const Context& context, const std::string& tenant,
                                     const std::string& id) override {
    DeletionReceipt receipt;
    const Status status = database_->Read(context, [&](Connection& c) -> Status {
      Statement s = c.Prepare(
          "SELECT recording_id, tenant, deleted_by, at FROM receipts"
          " WHERE tenant=? AND recording_id=?");
      VANG_ASSIGN_OR_RETURN(const bool found, s.Bind(tenant).Bind(id).Step());
      if (!found) return NotFound("recording " + id + " was not deleted");
      receipt = {s.Text(0), s.Text(1), s.Text(2), s.Int(3)};
      return {};
    });
    if (!status.ok()) return status;
    return receipt;
  }

  Result<std::vector<OutboxEntry>> ReadOutbox(const Context& context, int max) override {
    std::vector<OutboxEntry> entries;
    const Status status = database_->Read(context, [&](Connection& c) -> Status {
      Statement s = c.Prepare("SELECT position, event FROM outbox ORDER BY position LIMIT ?");
      s.Bind(max);
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
    });
    if (!status.ok()) return status;
    return entries;
  }

  Status MarkPublished(const Context& context,
                       const std::vector<std::int64_t>& positions) override {
    // Losing the mark publishes again, which the bus recognises: no need to wait for the medium.
    return database_->Write(context, Durability::kBuffered, [&](Connection& c) -> Status {
      for (const std::int64_t position : positions) {
        VANG_RETURN_IF_ERROR(c.Prepare("DELETE FROM outbox WHERE position=?").Bind(position).Run());
      }
      return {};
    });
  }

  Status Clear(const Context& context) override {
    return database_->Write(context, Durability::kDurable, [](Connection& c) {
      return c.Execute(
          "DELETE FROM recordings; DELETE FROM recording_tags; DELETE FROM recording_speakers;"
          "DELETE FROM versions; DELETE FROM stages; DELETE FROM edits; DELETE FROM receipts;"
          "DELETE FROM inbox");
    });
  }

  Result<std::string> ContentHash(const Context& context) override {
    std::string hash;
    const Status status = database_->Read(context, [&](Connection& c) -> Status {
      VANG_ASSIGN_OR_RETURN(hash, HashTables(c));
      return {};
    });
    if (!status.ok()) return status;
    return hash;
  }

  Status Ping(const Context& context) override {
    return database_->Write(context, Durability::kBuffered, [](Connection& c) {
      return c.Prepare("DELETE FROM inbox WHERE event_id=''").Run();
    });
  }

 private:
  const std::unique_ptr<sqlite::Database> database_;
};

Result<std::vector<Recording>> SqliteMetadataStore::ListRecordings(const Context& context,
                                                                   const RecordingFilter& filter,
                                                                   const std::string& cursor,
                                                                   int max) {
  TimeMs before_time = 0;
  std::string before_id;
  if (!cursor.empty()) {
    VANG_ASSIGN_OR_RETURN(std::tie(before_time, before_id), ParseRecordingCursor(cursor));
  }
  // A fixed set of texts: each filter that is not asked for is switched off by its flag.
  static constexpr std::string_view kSql =
      "SELECT id FROM recordings WHERE tenant=?"
      " AND (?=0 OR created_at < ? OR (created_at = ? AND id < ?))"
      " AND (?=0 OR status=?)"
      " AND (?=0 OR EXISTS(SELECT 1 FROM recording_tags t"
      "                    WHERE t.recording_id=recordings.id AND t.tag=?))"
      " AND (?=0 OR folded_title LIKE ? ESCAPE '\\')"
      " AND (?=0 OR created_at >= ?) AND (?=0 OR created_at < ?)"
      " ORDER BY created_at DESC, id DESC LIMIT ?";
  std::vector<Recording> found;
  const Status status = database_->Read(context, [&](Connection& c) -> Status {
    std::vector<std::string> ids;
    {
      Statement s = c.Prepare(kSql);
      s.Bind(filter.tenant);
      s.Bind(cursor.empty() ? 0 : 1).Bind(before_time).Bind(before_time).Bind(before_id);
      s.Bind(filter.status.empty() ? 0 : 1).Bind(filter.status);
      s.Bind(filter.tag.empty() ? 0 : 1).Bind(filter.tag);
      s.Bind(filter.title_contains.empty() ? 0 : 1).Bind(Containing(filter.title_contains));
      s.Bind(filter.created_from ? 1 : 0).Bind(filter.created_from.value_or(0));
      s.Bind(filter.created_to ? 1 : 0).Bind(filter.created_to.value_or(0));
      s.Bind(std::max(max, 0));
      while (true) {
        VANG_ASSIGN_OR_RETURN(const bool row, s.Step());
        if (!row) break;
        ids.push_back(s.Text(0));
      }
    }
    for (const std::string& id : ids) {
      VANG_ASSIGN_OR_RETURN(auto recording, FindRecording(c, id));
      if (recording) found.push_back(*std::move(recording));
    }
    return {};
  });
  if (!status.ok()) return status;
  return found;
}

}  // namespace

Result<std::unique_ptr<MetadataStore>> OpenSqliteMetadataStore(
    const SqliteMetadataStoreConfig& config) {
  VANG_ASSIGN_OR_RETURN(auto database,
                        sqlite::Database::Open({config.path, MetadataMigrations(), 2, 1'024}));
  return std::unique_ptr<MetadataStore>(std::make_unique<SqliteMetadataStore>(std::move(database)));
}

}  // namespace vang
