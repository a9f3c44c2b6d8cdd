#include "libs/adapters/metadata_store/sqlite/rows.h"

#include "libs/adapters/metadata_store/folded_title.h"
#include "libs/base/sha256.h"

namespace vang {
namespace {

using sqlite::Connection;
using sqlite::Statement;

Status DeleteOf(Connection& connection, std::string_view sql, const std::string& recording_id) {
  return connection.Prepare(sql).Bind(recording_id).Run();
}

Status Put(Connection& c, const PutRecording& put) {
  const Recording& r = put.row;
  VANG_RETURN_IF_ERROR(
      c.Prepare("INSERT INTO recordings(id, tenant, sha256, object_key, bytes, title, folded_title,"
                " file_name, media_type, created_at, updated_at, duration, speech_seconds, status,"
                " status_detail, failed_stage, failed_code, current_version)"
                " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
                " ON CONFLICT(id) DO UPDATE SET tenant=excluded.tenant, sha256=excluded.sha256,"
                " object_key=excluded.object_key, bytes=excluded.bytes, title=excluded.title,"
                " folded_title=excluded.folded_title, file_name=excluded.file_name,"
                " media_type=excluded.media_type, created_at=excluded.created_at,"
                " updated_at=excluded.updated_at, duration=excluded.duration,"
                " speech_seconds=excluded.speech_seconds, status=excluded.status,"
                " status_detail=excluded.status_detail, failed_stage=excluded.failed_stage,"
                " failed_code=excluded.failed_code, current_version=excluded.current_version")
          .Bind(r.id)
          .Bind(r.tenant)
          .Bind(r.sha256)
          .Bind(r.object_key)
          .Bind(r.bytes)
          .Bind(r.title)
          .Bind(FoldTitle(r.title))
          .Bind(r.file_name)
          .Bind(r.media_type)
          .Bind(r.created_at)
          .Bind(r.updated_at)
          .Bind(r.duration)
          .Bind(r.speech_seconds)
          .Bind(r.status)
          .Bind(r.status_detail)
          .Bind(r.failed_stage)
          .Bind(r.failed_code)
          .Bind(r.current_version)
          .Run());
  VANG_RETURN_IF_ERROR(DeleteOf(c, "DELETE FROM recording_tags WHERE recording_id=?", r.id));
  for (std::size_t i = 0; i < r.tags.size(); ++i) {
    VANG_RETURN_IF_ERROR(c.Prepare("INSERT INTO recording_tags VALUES(?,?,?)")
                             .Bind(r.id)
                             .Bind(static_cast<std::int64_t>(i))
                             .Bind(r.tags[i])
                             .Run());
  }
  VANG_RETURN_IF_ERROR(DeleteOf(c, "DELETE FROM recording_speakers WHERE recording_id=?", r.id));
  for (std::size_t i = 0; i < r.speakers.size(); ++i) {
    VANG_RETURN_IF_ERROR(c.Prepare("INSERT INTO recording_speakers VALUES(?,?,?,?)")
                             .Bind(r.id)
                             .Bind(static_cast<std::int64_t>(i))
                             .Bind(r.speakers[i].first)
                             .Bind(r.speakers[i].second)
                             .Run());
  }
  return {};
}

Status Put(Connection& c, const PutVersion& put) {
  const TranscriptVersion& v = put.row;
  std::int64_t number = v.number;
  if (number == 0) {
    Statement next = c.Prepare(
        "SELECT coalesce(max(number), 0) + 1 FROM versions"
        " WHERE recording_id=?");
    VANG_RETURN_IF_ERROR(next.Bind(v.recording_id).Step().status());
    number = next.Int(0);
  }
  return c
      .Prepare(
          "INSERT INTO versions(recording_id, version_id, number, model_id, raw_key,"
          " readable_key, segments, words, indexed_points, created_at)"
          " VALUES(?,?,?,?,?,?,?,?,?,?)"
          " ON CONFLICT(recording_id, version_id) DO UPDATE SET number=excluded.number,"
          " model_id=excluded.model_id, raw_key=excluded.raw_key,"
          " readable_key=excluded.readable_key, segments=excluded.segments,"
          " words=excluded.words, indexed_points=excluded.indexed_points,"
          " created_at=excluded.created_at")
      .Bind(v.recording_id)
      .Bind(v.version_id)
      .Bind(number)
      .Bind(v.model_id)
      .Bind(v.raw_key)
      .Bind(v.readable_key)
      .Bind(v.segments)
      .Bind(v.words)
      .Bind(v.indexed_points)
      .Bind(v.created_at)
      .Run();
}

Status Put(Connection& c, const PutStage& put) {
  return c
      .Prepare(
          "INSERT INTO stages(recording_id, version_id, stage, at) VALUES(?,?,?,?)"
          " ON CONFLICT(recording_id, version_id, stage) DO UPDATE SET at=excluded.at")
      .Bind(put.row.recording_id)
      .Bind(put.row.version_id)
      .Bind(put.row.stage)
      .Bind(put.row.at)
      .Run();
}

Status Put(Connection& c, const PutEdit& put) {
  const TranscriptEdit& e = put.row;
  return c
      .Prepare(
          "INSERT INTO edits(recording_id, position, id, version_id, segment, old_text,"
          " new_text, speaker, author, at)"
          " SELECT ?1, coalesce(max(position), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9"
          " FROM edits WHERE recording_id=?1"
          " ON CONFLICT(id) DO UPDATE SET version_id=excluded.version_id,"
          " segment=excluded.segment, old_text=excluded.old_text,"
          " new_text=excluded.new_text, speaker=excluded.speaker,"
          " author=excluded.author, at=excluded.at")
      .Bind(e.recording_id)
      .Bind(e.id)
      .Bind(e.version_id)
      .Bind(e.segment)
      .Bind(e.old_text)
      .Bind(e.new_text)
      .Bind(e.speaker)
      .Bind(e.author)
      .Bind(e.at)
      .Run();
}

Status Put(Connection& c, const EraseRecording& erase) {
  const DeletionReceipt& receipt = erase.receipt;
  for (const char* sql :
       {"DELETE FROM recording_tags WHERE recording_id=?",
        "DELETE FROM recording_speakers WHERE recording_id=?",
        "DELETE FROM edits WHERE recording_id=?", "DELETE FROM stages WHERE recording_id=?",
        "DELETE FROM versions WHERE recording_id=?", "DELETE FROM recordings WHERE id=?"}) {
    VANG_RETURN_IF_ERROR(DeleteOf(c, sql, receipt.recording_id));
  }
  return c
      .Prepare(
          "INSERT INTO receipts(recording_id, tenant, deleted_by, at) VALUES(?,?,?,?)"
          " ON CONFLICT(recording_id) DO UPDATE SET tenant=excluded.tenant,"
          " deleted_by=excluded.deleted_by, at=excluded.at")
      .Bind(receipt.recording_id)
      .Bind(receipt.tenant)
      .Bind(receipt.deleted_by)
      .Bind(receipt.at)
      .Run();
}

}  // namespace

Status Apply(Connection& connection, const Mutation& mutation) {
  return std::visit([&](const auto& put) { return Put(connection, put); }, mutation);
}

Result<std::optional<Recording>> FindRecording(Connection& c, const std::string& id) {
  Recording r;
  {
    Statement s = c.Prepare(
        "SELECT id, tenant, sha256, object_key, bytes, title, file_name, media_type, created_at,"
        " updated_at, duration, speech_seconds, status, status_detail, failed_stage, failed_code,"
        " current_version FROM recordings WHERE id=?");
    VANG_ASSIGN_OR_RETURN(const bool found, s.Bind(id).Step());
    if (!found) return std::optional<Recording>();
    r.id = s.Text(0);
    r.tenant = s.Text(1);
    r.sha256 = s.Text(2);
    r.object_key = s.Text(3);
    r.bytes = s.Int(4);
    r.title = s.Text(5);
    r.file_name = s.Text(6);
    r.media_type = s.Text(7);
    r.created_at = s.Int(8);
    r.updated_at = s.Int(9);
    r.duration = s.OptionalDouble(10);
    r.speech_seconds = s.OptionalDouble(11);
    r.status = s.Text(12);
    r.status_detail = s.Text(13);
    r.failed_stage = s.Text(14);
    r.failed_code = s.Text(15);
    r.current_version = s.Text(16);
  }
  Statement tags =
      c.Prepare("SELECT tag FROM recording_tags WHERE recording_id=? ORDER BY position");
  tags.Bind(id);
  while (true) {
    VANG_ASSIGN_OR_RETURN(const bool row, tags.Step());
    if (!row) break;
    r.tags.push_back(tags.Text(0));
  }
  Statement speakers = c.Prepare(
      "SELECT label, name FROM recording_speakers WHERE recording_id=? ORDER BY position");
  speakers.Bind(id);
  while (true) {
    VANG_ASSIGN_OR_RETURN(const bool row, speakers.Step());
    if (!row) break;
    r.speakers.emplace_back(speakers.Text(0), speakers.Text(1));
  }
  return std::optional<Recording>(std::move(r));
}

Result<RecordingRows> ReadRows(Connection& c, const std::string& id) {
  RecordingRows rows;
  VANG_ASSIGN_OR_RETURN(rows.recording, FindRecording(c, id));
  if (!rows.recording) return rows;
  Statement versions = c.Prepare(
      "SELECT version_id, number, model_id, raw_key, readable_key, segments, words,"
      " indexed_points, created_at FROM versions WHERE recording_id=? ORDER BY number");
  versions.Bind(id);
  while (true) {
    VANG_ASSIGN_OR_RETURN(const bool row, versions.Step());
    if (!row) break;
    rows.versions.push_back({id, versions.Text(0), versions.Int(1), versions.Text(2),
                             versions.Text(3), versions.Text(4), versions.Int(5), versions.Int(6),
                             versions.Int(7), versions.Int(8)});
  }
  Statement stages = c.Prepare(
      "SELECT version_id, stage, at FROM stages WHERE recording_id=? ORDER BY at, version_id,"
      " stage");
  stages.Bind(id);
  while (true) {
    VANG_ASSIGN_OR_RETURN(const bool row, stages.Step());
    if (!row) break;
    rows.stages.push_back({id, stages.Text(0), stages.Text(1), stages.Int(2)});
  }
  Statement edits = c.Prepare(
      "SELECT id, version_id, segment, old_text, new_text, speaker, author, at FROM edits"
      " WHERE recording_id=? ORDER BY position");
  edits.Bind(id);
  while (true) {
    VANG_ASSIGN_OR_RETURN(const bool row, edits.Step());
    if (!row) break;
    TranscriptEdit edit{edits.Text(0), id,           edits.Text(1), edits.Int(2), edits.Text(3),
                        edits.Text(4), std::nullopt, edits.Text(6), edits.Int(7)};
    if (!edits.IsNull(5)) edit.speaker = edits.Text(5);
    rows.edits.push_back(std::move(edit));
  }
  return rows;
}

Result<std::string> HashTables(Connection& c) {
  struct Table {
    const char* sql;
    int columns;
  };
  static constexpr Table kTables[] = {
      {"SELECT * FROM recordings ORDER BY id", 18},
      {"SELECT * FROM recording_tags ORDER BY recording_id, position", 3},
      {"SELECT * FROM recording_speakers ORDER BY recording_id, position", 4},
      {"SELECT * FROM versions ORDER BY recording_id, version_id", 10},
      {"SELECT * FROM stages ORDER BY recording_id, version_id, stage", 4},
      {"SELECT * FROM edits ORDER BY recording_id, position", 10},
      {"SELECT * FROM receipts ORDER BY recording_id", 4},
  };
  Sha256 hash;
  for (const Table& table : kTables) {
    hash.Update(table.sql);
    Statement s = c.Prepare(table.sql);
    while (true) {
      VANG_ASSIGN_OR_RETURN(const bool row, s.Step());
      if (!row) break;
      // Each field with its length, so that no two different rows read the same.
      for (int i = 0; i < table.columns; ++i) {
        const std::string text = s.Text(i);
        hash.Update(s.IsNull(i) ? "-" : std::to_string(text.size()) + ":");
        hash.Update(text);
      }
    }
  }
  return hash.HexDigest();
}

}  // namespace vang
