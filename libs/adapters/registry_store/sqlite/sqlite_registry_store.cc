// Datasets, models and aliases in SQLite. An alias is a stack of changes: the last one tells what
// it names, and a rollback undoes the last promotion that no rollback has undone yet.
#include "libs/adapters/registry_store/sqlite/sqlite_registry_store.h"

#include "libs/adapters/sqlite/database.h"

namespace vang {
namespace {

using sqlite::Connection;
using sqlite::Durability;
using sqlite::Statement;

const std::vector<std::string>& Migrations() {
  static const std::vector<std::string> migrations = {R"sql(
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
)sql"};
  return migrations;
}

// Columns edit_id … split, from `first` on.
DatasetItem ItemOf(const Statement& s, int first = 0) {
  return {s.Text(first),       s.Text(first + 1), s.Text(first + 2), s.Double(first + 3),
          s.Double(first + 4), s.Text(first + 5), s.Text(first + 6), s.Text(first + 7)};
}

Statement& BindItem(Statement& s, const DatasetItem& item) {
  return s.Bind(item.edit_id)
      .Bind(item.recording_id)
      .Bind(item.audio_key)
      .Bind(item.offset)
      .Bind(item.duration)
      .Bind(item.text)
      .Bind(item.speaker)
      .Bind(item.split);
}

RegisteredModel ModelOf(const Statement& s) {
  return {s.Text(0), s.Text(1), s.Text(2), s.Text(3), s.Text(4), s.Int(5)};
}

Result<std::vector<AliasChange>> History(Connection& c, const std::string& alias) {
  std::vector<AliasChange> history;
  Statement s = c.Prepare(
      "SELECT alias, model_id, previous_model_id, action, at FROM alias_changes WHERE alias=?"
      " ORDER BY position");
  s.Bind(alias);
  while (true) {
    VANG_ASSIGN_OR_RETURN(const bool row, s.Step());
    if (!row) return history;
    history.push_back({s.Text(0), s.Text(1), s.Text(2), s.Text(3), s.Int(4)});
  }
}

Status AppendChange(Connection& c, const AliasChange& change) {
  return c
      .Prepare(
          "INSERT INTO alias_changes SELECT ?1, coalesce(max(position), 0) + 1, ?2, ?3, ?4, ?5"
          " FROM alias_changes WHERE alias=?1")
      .Bind(change.alias)
      .Bind(change.model_id)
      .Bind(change.previous_model_id)
      .Bind(change.action)
      .Bind(change.at)
      .Run();
}

// What the alias named before the last promotion that was not rolled back; empty when nothing.
std::string RollbackTarget(const std::vector<AliasChange>& history) {
  std::vector<std::string> promoted_over;
  for (const AliasChange& change : history) {
    if (change.action == "promote") {
      promoted_over.push_back(change.previous_model_id);
    } else if (!promoted_over.empty()) {
      promoted_over.pop_back();
    }
  }
  return promoted_over.empty() ? std::string() : promoted_over.back();
}

class SqliteRegistryStore : public RegistryStore {
 public:
  explicit SqliteRegistryStore(std::unique_ptr<sqlite::Database> database)
      : database_(std::move(database)) {}

  Status PutCorrection(const Context& context, const std::string& tenant,
                       const DatasetItem& item) override {
    return database_->Write(context, Durability::kDurable, [&](Connection& c) {
      Statement s = c.Prepare(
          "INSERT INTO corrections(edit_id, recording_id, audio_key, start, duration, text,"
          " speaker, split, tenant) VALUES(?,?,?,?,?,?,?,?,?)"
          " ON CONFLICT(edit_id) DO UPDATE SET tenant=excluded.tenant,"
          " recording_id=excluded.recording_id, audio_key=excluded.audio_key,"
          " start=excluded.start, duration=excluded.duration, text=excluded.text,"
          " speaker=excluded.speaker, split=excluded.split");
      return BindItem(s, item).Bind(tenant).Run();
    });
  }

  Result<std::vector<DatasetItem>> ListCorrections(const Context& context,
                                                   const std::string& tenant) override {
    std::vector<DatasetItem> items;
    const Status status = database_->Read(context, [&](Connection& c) -> Status {
      Statement s = c.Prepare(
          "SELECT edit_id, recording_id, audio_key, start, duration, text, speaker, split"
          " FROM corrections WHERE tenant=? ORDER BY edit_id");
      s.Bind(tenant);
      while (true) {
        VANG_ASSIGN_OR_RETURN(const bool row, s.Step());
        if (!row) return {};
        items.push_back(ItemOf(s));
      }
    });
    if (!status.ok()) return status;
    return items;
  }

  Result<int> EraseRecording(const Context& context, const std::string& tenant,
                             const std::string& recording_id) override {
    int erased = 0;
    const Status status =
        database_->Write(context, Durability::kDurable, [&](Connection& c) -> Status {
          VANG_RETURN_IF_ERROR(
              c.Prepare("DELETE FROM corrections WHERE tenant=? AND recording_id=?")
                  .Bind(tenant)
                  .Bind(recording_id)
                  .Run());
          erased = c.changes();
          VANG_RETURN_IF_ERROR(
              c.Prepare("DELETE FROM dataset_items WHERE recording_id=? AND dataset_id IN"
                        " (SELECT id FROM datasets WHERE tenant=?)")
                  .Bind(recording_id)
                  .Bind(tenant)
                  .Run());
          erased += c.changes();
          return {};
        });
    if (!status.ok()) return status;
    return erased;
  }

  Result<Dataset> AddDataset(const Context& context, Dataset dataset) override {
    const Status status =
        database_->Write(context, Durability::kDurable, [&](Connection& c) -> Status {
          {
            Statement next = c.Prepare(
                "SELECT coalesce(max(version), 0) + 1 FROM datasets WHERE tenant=? AND name=?");
            VANG_RETURN_IF_ERROR(next.Bind(dataset.tenant).Bind(dataset.name).Step().status());
            dataset.version = next.Int(0);
          }
          VANG_RETURN_IF_ERROR(c.Prepare("INSERT INTO datasets VALUES(?,?,?,?,?,?)")
                                   .Bind(dataset.id)
                                   .Bind(dataset.tenant)
                                   .Bind(dataset.name)
                                   .Bind(dataset.version)
                                   .Bind(dataset.created_at)
                                   .Bind(dataset.manifest_key)
                                   .Run());
          for (std::size_t i = 0; i < dataset.items.size(); ++i) {
            Statement s = c.Prepare("INSERT INTO dataset_items VALUES(?,?,?,?,?,?,?,?,?,?)");
            s.Bind(dataset.id).Bind(static_cast<std::int64_t>(i));
            VANG_RETURN_IF_ERROR(BindItem(s, dataset.items[i]).Run());
          }
          return {};
        });
    if (!status.ok()) return status;
    return dataset;
  }

  Result<Dataset> GetDataset(const Context& context, const std::string& tenant,
                             const std::string& id) override {
    Dataset dataset;
    const Status status = database_->Read(context, [&](Connection& c) -> Status {
      {
        Statement s = c.Prepare(
            "SELECT id, tenant, name, version, created_at, manifest_key FROM datasets"
            " WHERE tenant=? AND id=?");
        VANG_ASSIGN_OR_RETURN(const bool found, s.Bind(tenant).Bind(id).Step());
        if (!found) return NotFound("there is no dataset " + id);
        dataset = {s.Text(0), s.Text(1), s.Text(2), s.Int(3), s.Int(4), s.Text(5), {}};
      }
      Statement items = c.Prepare(
          "SELECT edit_id, recording_id, audio_key, start, duration, text, speaker, split"
          " FROM dataset_items WHERE dataset_id=? ORDER BY position");
      items.Bind(id);
      while (true) {
        VANG_ASSIGN_OR_RETURN(const bool row, items.Step());
        if (!row) return {};
        dataset.items.push_back(ItemOf(items));
      }
    });
    if (!status.ok()) return status;
    return dataset;
  }

  Result<std::vector<Dataset>> ListDatasets(const Context& context, const std::string& tenant,
                                            const std::string& cursor, int max) override {
    std::vector<Dataset> datasets;
    const Status status = database_->Read(context, [&](Connection& c) -> Status {
      Statement s = c.Prepare(
          "SELECT id, tenant, name, version, created_at, manifest_key FROM datasets"
          " WHERE tenant=? AND (?=0 OR (created_at, id) <"
          "   (SELECT created_at, id FROM datasets WHERE tenant=? AND id=?))"
          " ORDER BY created_at DESC, id DESC LIMIT ?");
      s.Bind(tenant).Bind(cursor.empty() ? 0 : 1).Bind(tenant).Bind(cursor).Bind(max);
      while (true) {
        VANG_ASSIGN_OR_RETURN(const bool row, s.Step());
        if (!row) return {};
        datasets.push_back({s.Text(0), s.Text(1), s.Text(2), s.Int(3), s.Int(4), s.Text(5), {}});
      }
    });
    if (!status.ok()) return status;
    return datasets;
  }

  Result<std::vector<Dataset>> NewestDatasets(const Context& context) override {
    std::vector<Dataset> datasets;
    const Status status = database_->Read(context, [&](Connection& c) -> Status {
      Statement s = c.Prepare(
          "SELECT id, tenant, name, version, created_at, manifest_key FROM datasets AS d"
          " WHERE NOT EXISTS (SELECT 1 FROM datasets AS e WHERE e.tenant=d.tenant"
          "   AND (e.created_at, e.id) > (d.created_at, d.id))"
          " ORDER BY tenant");
      while (true) {
        VANG_ASSIGN_OR_RETURN(const bool row, s.Step());
        if (!row) return {};
        datasets.push_back({s.Text(0), s.Text(1), s.Text(2), s.Int(3), s.Int(4), s.Text(5), {}});
      }
    });
    if (!status.ok()) return status;
    return datasets;
  }

  Status PutModel(const Context& context, const RegisteredModel& model) override {
    return database_->Write(context, Durability::kDurable, [&](Connection& c) {
      return c
          .Prepare(
              "INSERT INTO models VALUES(?,?,?,?,?,?)"
              " ON CONFLICT(id) DO UPDATE SET kind=excluded.kind, family=excluded.family,"
              " folder=excluded.folder, card=excluded.card, created_at=excluded.created_at")
          .Bind(model.id)
          .Bind(model.kind)
          .Bind(model.family)
          .Bind(model.folder)
          .Bind(model.card)
          .Bind(model.created_at)
          .Run();
    });
  }

  Result<std::vector<RegisteredModel>> ListModels(const Context& context) override {
    std::vector<RegisteredModel> models;
    const Status status = database_->Read(context, [&](Connection& c) -> Status {
      Statement s = c.Prepare(
          "SELECT id, kind, family, folder, card, created_at FROM models ORDER BY created_at, id");
      while (true) {
        VANG_ASSIGN_OR_RETURN(const bool row, s.Step());
        if (!row) return {};
        models.push_back(ModelOf(s));
      }
    });
    if (!status.ok()) return status;
    return models;
  }

  Result<RegisteredModel> GetModel(const Context& context, const std::string& id) override {
    RegisteredModel model;
    const Status status = database_->Read(context, [&](Connection& c) -> Status {
      Statement s =
          c.Prepare("SELECT id, kind, family, folder, card, created_at FROM models WHERE id=?");
      VANG_ASSIGN_OR_RETURN(const bool found, s.Bind(id).Step());
      if (!found) return NotFound("there is no model " + id);
      model = ModelOf(s);
      return {};
    });
    if (!status.ok()) return status;
    return model;
  }

  Result<std::string> GetAlias(const Context& context, const std::string& alias) override {
    VANG_ASSIGN_OR_RETURN(const auto history, AliasHistory(context, alias));
    if (history.empty()) return NotFound("the alias " + alias + " names no model");
    return history.back().model_id;
  }

  Result<AliasChange> SetAlias(const Context& context, const std::string& alias,
                               const std::string& model_id, TimeMs at) override {
    AliasChange change{alias, model_id, "", "promote", at};
    const Status status =
        database_->Write(context, Durability::kDurable, [&](Connection& c) -> Status {
          VANG_ASSIGN_OR_RETURN(const bool exists,
                                c.Prepare("SELECT 1 FROM models WHERE id=?").Bind(model_id).Step());
          if (!exists) return NotFound("there is no model " + model_id);
          VANG_ASSIGN_OR_RETURN(const auto history, History(c, alias));
          if (!history.empty()) change.previous_model_id = history.back().model_id;
          return AppendChange(c, change);
        });
    if (!status.ok()) return status;
    return change;
  }

  Result<AliasChange> RollbackAlias(const Context& context, const std::string& alias,
                                    TimeMs at) override {
    AliasChange change{alias, "", "", "rollback", at};
    const Status status =
        database_->Write(context, Durability::kDurable, [&](Connection& c) -> Status {
          VANG_ASSIGN_OR_RETURN(const auto history, History(c, alias));
          change.model_id = RollbackTarget(history);
          if (change.model_id.empty()) {
            return FailedPrecondition("the alias " + alias +
                                      " named nothing before: promote another model instead");
          }
          change.previous_model_id = history.back().model_id;
          return AppendChange(c, change);
        });
    if (!status.ok()) return status;
    return change;
  }

  Result<std::vector<AliasChange>> AliasHistory(const Context& context,
                                                const std::string& alias) override {
    std::vector<AliasChange> history;
    const Status status = database_->Read(context, [&](Connection& c) -> Status {
      VANG_ASSIGN_OR_RETURN(history, History(c, alias));
      return {};
    });
    if (!status.ok()) return status;
    return history;
  }

  Status Ping(const Context& context) override { return ListModels(context).status(); }

 private:
  const std::unique_ptr<sqlite::Database> database_;
};

}  // namespace

Result<std::unique_ptr<RegistryStore>> OpenSqliteRegistryStore(
    const SqliteRegistryStoreConfig& config) {
  VANG_ASSIGN_OR_RETURN(auto database,
                        sqlite::Database::Open({config.path, Migrations(), 1, 1'024}));
  return std::unique_ptr<RegistryStore>(std::make_unique<SqliteRegistryStore>(std::move(database)));
}

}  // namespace vang
