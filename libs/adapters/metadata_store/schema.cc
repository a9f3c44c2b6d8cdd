#include "libs/adapters/metadata_store/schema.h"

namespace vang {

const sql::Schema& MetadataSchema() {
  static const sql::Schema schema = {"metadata", {R"sql(
CREATE TABLE recordings(
  id TEXT NOT NULL PRIMARY KEY,
  tenant TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  object_key TEXT NOT NULL,
  bytes BIGINT NOT NULL,
  title TEXT NOT NULL,
  folded_title TEXT NOT NULL,
  file_name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  duration DOUBLE PRECISION,
  speech_seconds DOUBLE PRECISION,
  status TEXT NOT NULL,
  status_detail TEXT NOT NULL,
  failed_stage TEXT NOT NULL,
  failed_code TEXT NOT NULL,
  current_version TEXT NOT NULL);
CREATE INDEX recordings_newest ON recordings(tenant, created_at, id);

CREATE TABLE recording_tags(
  recording_id TEXT NOT NULL,
  position BIGINT NOT NULL,
  tag TEXT NOT NULL,
  PRIMARY KEY(recording_id, position));
CREATE INDEX recording_tags_tag ON recording_tags(tag, recording_id);

CREATE TABLE recording_speakers(
  recording_id TEXT NOT NULL,
  position BIGINT NOT NULL,
  label TEXT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY(recording_id, position));

CREATE TABLE versions(
  recording_id TEXT NOT NULL,
  version_id TEXT NOT NULL,
  number BIGINT NOT NULL,
  model_id TEXT NOT NULL,
  raw_key TEXT NOT NULL,
  readable_key TEXT NOT NULL,
  segments BIGINT NOT NULL,
  words BIGINT NOT NULL,
  indexed_points BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY(recording_id, version_id));

CREATE TABLE stages(
  recording_id TEXT NOT NULL,
  version_id TEXT NOT NULL,
  stage TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY(recording_id, version_id, stage));

CREATE TABLE edits(
  recording_id TEXT NOT NULL,
  position BIGINT NOT NULL,
  id TEXT NOT NULL,
  version_id TEXT NOT NULL,
  segment BIGINT NOT NULL,
  old_text TEXT NOT NULL,
  new_text TEXT NOT NULL,
  speaker TEXT,
  author TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY(recording_id, position));
CREATE UNIQUE INDEX edits_id ON edits(id);

CREATE TABLE receipts(
  recording_id TEXT NOT NULL PRIMARY KEY,
  tenant TEXT NOT NULL,
  deleted_by TEXT NOT NULL,
  at BIGINT NOT NULL);

CREATE TABLE inbox(event_id TEXT NOT NULL PRIMARY KEY);

CREATE TABLE outbox(
  position COUNTER,
  event TEXT NOT NULL);
)sql"}};
  return schema;
}

}  // namespace vang
