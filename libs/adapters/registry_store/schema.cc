#include "libs/adapters/registry_store/schema.h"

namespace vang {

const sql::Schema& RegistrySchema() {
  static const sql::Schema schema = {"registry", {R"sql(
CREATE TABLE corrections(
  edit_id TEXT NOT NULL PRIMARY KEY,
  tenant TEXT NOT NULL,
  recording_id TEXT NOT NULL,
  audio_key TEXT NOT NULL,
  start DOUBLE PRECISION NOT NULL,
  duration DOUBLE PRECISION NOT NULL,
  text TEXT NOT NULL,
  speaker TEXT NOT NULL,
  split TEXT NOT NULL);
CREATE INDEX corrections_tenant ON corrections(tenant, recording_id);

CREATE TABLE datasets(
  id TEXT NOT NULL PRIMARY KEY,
  tenant TEXT NOT NULL,
  name TEXT NOT NULL,
  version BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  manifest_key TEXT NOT NULL,
  UNIQUE(tenant, name, version));

CREATE TABLE dataset_items(
  dataset_id TEXT NOT NULL,
  position BIGINT NOT NULL,
  edit_id TEXT NOT NULL,
  recording_id TEXT NOT NULL,
  audio_key TEXT NOT NULL,
  start DOUBLE PRECISION NOT NULL,
  duration DOUBLE PRECISION NOT NULL,
  text TEXT NOT NULL,
  speaker TEXT NOT NULL,
  split TEXT NOT NULL,
  PRIMARY KEY(dataset_id, position));
CREATE INDEX dataset_items_recording ON dataset_items(recording_id);

CREATE TABLE models(
  id TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  family TEXT NOT NULL,
  folder TEXT NOT NULL,
  card TEXT NOT NULL,
  created_at BIGINT NOT NULL);

CREATE TABLE alias_changes(
  alias TEXT NOT NULL,
  position BIGINT NOT NULL,
  model_id TEXT NOT NULL,
  previous_model_id TEXT NOT NULL,
  action TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY(alias, position));
)sql"}};
  return schema;
}

}  // namespace vang
