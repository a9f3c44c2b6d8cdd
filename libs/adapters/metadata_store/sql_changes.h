// Row changes of the metadata store as SQL, for any relational database.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "libs/adapters/metadata_store/folded_title.h"
#include "libs/adapters/sql/database.h"
#include "libs/ports/metadata_store.h"

namespace vang {

Status DeleteOf(auto& c, std::string_view sql, const std::string& recording_id) {
  return c.Prepare(sql).Bind(recording_id).Run();
}

// Binds a recording's row, without tags and speakers, to 18 parameters in the order of the table.
auto& BindRecording(auto& s, const Recording& r) {
  return s.Bind(r.id)
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
      .Bind(r.current_version);
}

Status ApplyOne(auto& c, const PutRecording& put) {
  const Recording& r = put.row;
  {
    auto s = c.Prepare(
        "INSERT INTO recordings VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
        " ON CONFLICT(id) DO UPDATE SET tenant=excluded.tenant, sha256=excluded.sha256,"
        " object_key=excluded.object_key, bytes=excluded.bytes, title=excluded.title,"
        " folded_title=excluded.folded_title, file_name=excluded.file_name,"
        " media_type=excluded.media_type, created_at=excluded.created_at,"
        " updated_at=excluded.updated_at, duration=excluded.duration,"
        " speech_seconds=excluded.speech_seconds, status=excluded.status,"
        " status_detail=excluded.status_detail, failed_stage=excluded.failed_stage,"
        " failed_code=excluded.failed_code, current_version=excluded.current_version");
    VANG_RETURN_IF_ERROR(BindRecording(s, r).Run());
  }
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

Status ApplyOne(auto& c, const PutVersion& put) {
  const TranscriptVersion& v = put.row;
  return c
      .Prepare(
          "INSERT INTO versions(recording_id, version_id, number, model_id, raw_key,"
          " readable_key, segments, words, indexed_points, created_at)"
          " VALUES(?1,?2,CASE WHEN ?3=0 THEN (SELECT coalesce(max(number), 0) + 1 FROM versions"
          " WHERE recording_id=?1) ELSE ?3 END,?4,?5,?6,?7,?8,?9,?10)"
          " ON CONFLICT(recording_id, version_id) DO UPDATE SET number=excluded.number,"
          " model_id=excluded.model_id, raw_key=excluded.raw_key,"
          " readable_key=excluded.readable_key, segments=excluded.segments,"
          " words=excluded.words, indexed_points=excluded.indexed_points,"
          " created_at=excluded.created_at")
      .Bind(v.recording_id)
      .Bind(v.version_id)
      .Bind(v.number)
      .Bind(v.model_id)
      .Bind(v.raw_key)
      .Bind(v.readable_key)
      .Bind(v.segments)
      .Bind(v.words)
      .Bind(v.indexed_points)
      .Bind(v.created_at)
      .Run();
}

Status ApplyOne(auto& c, const PutStage& put) {
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

Status ApplyOne(auto& c, const PutEdit& put) {
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

Status ApplyOne(auto& c, const EraseRecording& erase) {
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

// Applies one row change inside its caller's transaction.
Status Apply(auto& c, const Mutation& mutation) {
  return std::visit([&](const auto& change) { return ApplyOne(c, change); }, mutation);
}

// An event that could never be published would block the outbox for ever, so it is refused here.
inline Result<std::string> OutboxText(const Event& event) {
  std::string text = EncodeEvent(event);
  if (const auto decoded = DecodeEvent(text); !decoded.ok()) {
    return decoded.status().Wrap("event " + event.subject + " breaks its schema");
  }
  return text;
}

// The mutations, then the events.
Status ApplyChange(auto& c, const Change& change) {
  for (const Mutation& mutation : change.mutations) VANG_RETURN_IF_ERROR(Apply(c, mutation));
  for (const Event& event : change.outbox) {
    VANG_ASSIGN_OR_RETURN(const std::string text, OutboxText(event));
    VANG_RETURN_IF_ERROR(c.Prepare("INSERT INTO outbox(event) VALUES(?)").Bind(text).Run());
  }
  return {};
}

}  // namespace vang
