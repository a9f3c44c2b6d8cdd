// Rows of the metadata tables as structs, for any relational database.
#pragma once

#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "libs/adapters/sql/database.h"
#include "libs/base/sha256.h"
#include "libs/common/json.h"
#include "libs/ports/metadata_store.h"

namespace vang {

// What RecordingOf reads.
#define VANG_RECORDING_COLUMNS                                                               \
  "id, tenant, sha256, object_key, bytes, title, file_name, media_type, created_at,"         \
  " updated_at, duration, speech_seconds, status, status_detail, failed_stage, failed_code," \
  " current_version"

// Without tags and speakers.
Recording RecordingOf(const auto& s) {
  Recording r;
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
  return r;
}

// All rows of one recording, asked for together and read afterwards.
template <typename Connection>
class RowsQuery {
 public:
  RowsQuery(Connection& c, const std::string& id)
      : id_(id),
        recording_(c.Prepare("SELECT " VANG_RECORDING_COLUMNS " FROM recordings WHERE id=?")),
        tags_(c.Prepare("SELECT tag FROM recording_tags WHERE recording_id=? ORDER BY position")),
        speakers_(c.Prepare("SELECT label, name FROM recording_speakers WHERE recording_id=?"
                            " ORDER BY position")),
        versions_(c.Prepare(
            "SELECT version_id, number, model_id, raw_key, readable_key, segments, words,"
            " indexed_points, created_at FROM versions WHERE recording_id=? ORDER BY number")),
        stages_(c.Prepare("SELECT version_id, stage, at FROM stages WHERE recording_id=?"
                          " ORDER BY at, version_id, stage")),
        edits_(c.Prepare("SELECT id, version_id, segment, old_text, new_text, speaker, author, at"
                         " FROM edits WHERE recording_id=? ORDER BY position")) {
    for (Statement* s : {&recording_, &tags_, &speakers_, &versions_, &stages_, &edits_}) {
      s->Bind(id).Send();
    }
  }

  // Empty when the recording is absent.
  Result<RecordingRows> Read() {
    RecordingRows rows;
    VANG_ASSIGN_OR_RETURN(const bool found, recording_.Step());
    if (!found) return rows;
    Recording& recording = rows.recording.emplace(RecordingOf(recording_));
    VANG_RETURN_IF_ERROR(
        sql::ForEachRow(tags_, [&](const auto& row) { recording.tags.push_back(row.Text(0)); }));
    VANG_RETURN_IF_ERROR(sql::ForEachRow(speakers_, [&](const auto& row) {
      recording.speakers.emplace_back(row.Text(0), row.Text(1));
    }));
    VANG_RETURN_IF_ERROR(sql::ForEachRow(versions_, [&](const auto& row) {
      rows.versions.push_back({id_, row.Text(0), row.Int(1), row.Text(2), row.Text(3), row.Text(4),
                               row.Int(5), row.Int(6), row.Int(7), row.Int(8)});
    }));
    VANG_RETURN_IF_ERROR(sql::ForEachRow(stages_, [&](const auto& row) {
      rows.stages.push_back({id_, row.Text(0), row.Text(1), row.Int(2)});
    }));
    VANG_RETURN_IF_ERROR(sql::ForEachRow(edits_, [&](const auto& row) {
      TranscriptEdit edit{row.Text(0), id_,          row.Text(1), row.Int(2), row.Text(3),
                          row.Text(4), std::nullopt, row.Text(6), row.Int(7)};
      if (!row.IsNull(5)) edit.speaker = row.Text(5);
      rows.edits.push_back(std::move(edit));
    }));
    return rows;
  }

 private:
  using Statement = decltype(std::declval<Connection&>().Prepare(""));

  const std::string id_;
  Statement recording_, tags_, speakers_, versions_, stages_, edits_;
};

// Fills in the tags and speakers of a page of recordings with two statements.
template <typename Connection>
Status ReadTagsAndSpeakers(Connection& c, std::vector<Recording>& page) {
  JsonArray ids;
  std::map<std::string, Recording*> by_id;
  for (Recording& recording : page) {
    ids.emplace_back(recording.id);
    by_id[recording.id] = &recording;
  }
  const std::string list = WriteJson(ids);
  const std::string where = std::string(" WHERE recording_id IN ") + Connection::kJsonTexts;
  auto tags = c.Prepare("SELECT recording_id, tag FROM recording_tags" + where +
                        " ORDER BY recording_id, position");
  tags.Bind(list).Send();
  auto speakers = c.Prepare("SELECT recording_id, label, name FROM recording_speakers" + where +
                            " ORDER BY recording_id, position");
  speakers.Bind(list).Send();
  VANG_RETURN_IF_ERROR(sql::ForEachRow(
      tags, [&](const auto& row) { by_id.at(row.Text(0))->tags.push_back(row.Text(1)); }));
  return sql::ForEachRow(speakers, [&](const auto& row) {
    by_id.at(row.Text(0))->speakers.emplace_back(row.Text(1), row.Text(2));
  });
}

// SHA-256 over the tables that a rebuild restores; the same whichever database holds them.
Result<std::string> HashTables(auto& c) {
  struct Table {
    const char* sql;
    std::string_view types;  // of the columns: t text, i integer, d floating point
  };
  static constexpr std::array<Table, 7> kTables = {{
      {"SELECT " VANG_RECORDING_COLUMNS " FROM recordings ORDER BY id", "ttttitttiiddttttt"},
      {"SELECT recording_id, position, tag FROM recording_tags ORDER BY 1, 2", "tit"},
      {"SELECT recording_id, position, label, name FROM recording_speakers ORDER BY 1, 2", "titt"},
      {"SELECT recording_id, version_id, number, model_id, raw_key, readable_key, segments, words,"
       " indexed_points, created_at FROM versions ORDER BY 1, 2",
       "ttitttiiii"},
      {"SELECT recording_id, version_id, stage, at FROM stages ORDER BY 1, 2, 3", "ttti"},
      {"SELECT recording_id, position, id, version_id, segment, old_text, new_text, speaker,"
       " author, at FROM edits ORDER BY 1, 2",
       "tittitttti"},
      {"SELECT recording_id, tenant, deleted_by, at FROM receipts ORDER BY 1", "ttti"},
  }};
  Sha256 hash;
  for (const Table& table : kTables) {
    hash.Update(table.sql);
    auto s = c.Prepare(table.sql);
    VANG_RETURN_IF_ERROR(sql::ForEachRow(s, [&](const auto& row) {
      for (int i = 0; i < static_cast<int>(table.types.size()); ++i) {
        std::string text = row.Text(i);
        if (table.types[static_cast<std::size_t>(i)] == 'd' && !row.IsNull(i)) {
          std::array<char, 32> shortest;
          text.assign(
              shortest.data(),
              std::to_chars(shortest.data(), shortest.data() + shortest.size(), row.Double(i)).ptr);
        }
        // Each field with its length, so that no two different rows read the same.
        hash.Update(row.IsNull(i) ? "-" : std::to_string(text.size()) + ":");
        hash.Update(text);
      }
    }));
  }
  return hash.HexDigest();
}

}  // namespace vang
