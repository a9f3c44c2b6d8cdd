// The registry store over any relational database, see libs/adapters/sql/database.h. An alias is a
// stack of changes: the last one tells what it names, and a rollback undoes the last promotion that
// no rollback has undone yet.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "libs/adapters/registry_store/schema.h"
#include "libs/adapters/sql/database.h"
#include "libs/ports/registry_store.h"

namespace vang {

// Columns edit_id, recording_id, audio_key, start, duration, text, speaker, split.
DatasetItem ItemOf(const auto& s) {
  return {s.Text(0),   s.Text(1), s.Text(2), s.Double(3),
          s.Double(4), s.Text(5), s.Text(6), s.Text(7)};
}

// Columns id, tenant, name, version, created_at, manifest_key.
Dataset DatasetOf(const auto& s) {
  return {s.Text(0), s.Text(1), s.Text(2), s.Int(3), s.Int(4), s.Text(5), {}};
}

auto& BindItem(auto& s, const DatasetItem& item) {
  return s.Bind(item.edit_id)
      .Bind(item.recording_id)
      .Bind(item.audio_key)
      .Bind(item.offset)
      .Bind(item.duration)
      .Bind(item.text)
      .Bind(item.speaker)
      .Bind(item.split);
}

// Columns id, kind, family, folder, card, created_at.
RegisteredModel ModelOf(const auto& s) {
  return {s.Text(0), s.Text(1), s.Text(2), s.Text(3), s.Text(4), s.Int(5)};
}

Result<std::vector<AliasChange>> AliasChanges(auto& c, const std::string& alias) {
  std::vector<AliasChange> history;
  auto s = c.Prepare(
      "SELECT alias, model_id, previous_model_id, action, at FROM alias_changes WHERE alias=?"
      " ORDER BY position");
  s.Bind(alias);
  VANG_RETURN_IF_ERROR(sql::ForEachRow(s, [&](const auto& row) {
    history.push_back({row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.Int(4)});
  }));
  return history;
}

Status AppendAliasChange(auto& c, const AliasChange& change) {
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
inline std::string RollbackTarget(const std::vector<AliasChange>& history) {
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

template <typename Database>
class SqlRegistryStore : public RegistryStore {
 public:
  explicit SqlRegistryStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}

  Status PutCorrection(const Context& context, const std::string& tenant,
                       const DatasetItem& item) override {
    return database_->Write(context, sql::Durability::kDurable, [&](auto& c) {
      auto s = c.Prepare(
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
    const Status status = database_->Read(context, [&](auto& c) -> Status {
      auto s = c.Prepare(
          "SELECT edit_id, recording_id, audio_key, start, duration, text, speaker, split"
          " FROM corrections WHERE tenant=? ORDER BY edit_id");
      s.Bind(tenant);
      items.clear();
      return sql::ForEachRow(s, [&](const auto& row) { items.push_back(ItemOf(row)); });
    });
    if (!status.ok()) return status;
    return items;
  }

  Result<int> EraseRecording(const Context& context, const std::string& tenant,
                             const std::string& recording_id) override {
    int erased = 0;
    const Status status =
        database_->Write(context, sql::Durability::kDurable, [&](auto& c) -> Status {
          VANG_ASSIGN_OR_RETURN(
              const int corrections,
              c.Prepare("DELETE FROM corrections WHERE tenant=? AND recording_id=?")
                  .Bind(tenant)
                  .Bind(recording_id)
                  .RunCounting());
          VANG_ASSIGN_OR_RETURN(
              const int items,
              c.Prepare("DELETE FROM dataset_items WHERE recording_id=? AND dataset_id IN"
                        " (SELECT id FROM datasets WHERE tenant=?)")
                  .Bind(recording_id)
                  .Bind(tenant)
                  .RunCounting());
          erased = corrections + items;
          return {};
        });
    if (!status.ok()) return status;
    return erased;
  }

  Result<Dataset> AddDataset(const Context& context, Dataset dataset) override {
    const Status status =
        database_->Write(context, sql::Durability::kDurable, [&](auto& c) -> Status {
          c.Lock("dataset/" + dataset.tenant + "/" + dataset.name);
          {
            auto next = c.Prepare(
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
            auto s = c.Prepare("INSERT INTO dataset_items VALUES(?,?,?,?,?,?,?,?,?,?)");
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
    const Status status = database_->Read(context, [&](auto& c) -> Status {
      {
        auto s = c.Prepare(
            "SELECT id, tenant, name, version, created_at, manifest_key FROM datasets"
            " WHERE tenant=? AND id=?");
        VANG_ASSIGN_OR_RETURN(const bool found, s.Bind(tenant).Bind(id).Step());
        if (!found) return NotFound("there is no dataset " + id);
        dataset = DatasetOf(s);
      }
      auto items = c.Prepare(
          "SELECT edit_id, recording_id, audio_key, start, duration, text, speaker, split"
          " FROM dataset_items WHERE dataset_id=? ORDER BY position");
      items.Bind(id);
      return sql::ForEachRow(items, [&](const auto& row) { dataset.items.push_back(ItemOf(row)); });
    });
    if (!status.ok()) return status;
    return dataset;
  }

  Result<std::vector<Dataset>> ListDatasets(const Context& context, const std::string& tenant,
                                            const std::string& cursor, int max) override {
    std::vector<Dataset> datasets;
    const Status status = database_->Read(context, [&](auto& c) -> Status {
      auto s = c.Prepare(
          "SELECT id, tenant, name, version, created_at, manifest_key FROM datasets"
          " WHERE tenant=? AND (?=0 OR (created_at, id) <"
          "   (SELECT created_at, id FROM datasets WHERE tenant=? AND id=?))"
          " ORDER BY created_at DESC, id DESC LIMIT ?");
      s.Bind(tenant).Bind(cursor.empty() ? 0 : 1).Bind(tenant).Bind(cursor).Bind(max);
      datasets.clear();
      return sql::ForEachRow(s, [&](const auto& row) { datasets.push_back(DatasetOf(row)); });
    });
    if (!status.ok()) return status;
    return datasets;
  }

  Result<std::vector<Dataset>> NewestDatasets(const Context& context) override {
    std::vector<Dataset> datasets;
    const Status status = database_->Read(context, [&](auto& c) -> Status {
      auto s = c.Prepare(
          "SELECT id, tenant, name, version, created_at, manifest_key FROM datasets AS d"
          " WHERE NOT EXISTS (SELECT 1 FROM datasets AS e WHERE e.tenant=d.tenant"
          "   AND (e.created_at, e.id) > (d.created_at, d.id))"
          " ORDER BY tenant");
      datasets.clear();
      return sql::ForEachRow(s, [&](const auto& row) { datasets.push_back(DatasetOf(row)); });
    });
    if (!status.ok()) return status;
    return datasets;
  }

  Status PutModel(const Context& context, const RegisteredModel& model) override {
    return database_->Write(context, sql::Durability::kDurable, [&](auto& c) {
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
    const Status status = database_->Read(context, [&](auto& c) -> Status {
      auto s = c.Prepare(
          "SELECT id, kind, family, folder, card, created_at FROM models ORDER BY created_at, id");
      models.clear();
      return sql::ForEachRow(s, [&](const auto& row) { models.push_back(ModelOf(row)); });
    });
    if (!status.ok()) return status;
    return models;
  }

  Result<RegisteredModel> GetModel(const Context& context, const std::string& id) override {
    RegisteredModel model;
    const Status status = database_->Read(context, [&](auto& c) -> Status {
      auto s =
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
        database_->Write(context, sql::Durability::kDurable, [&](auto& c) -> Status {
          c.Lock("alias/" + alias);
          VANG_ASSIGN_OR_RETURN(const bool exists,
                                c.Prepare("SELECT 1 FROM models WHERE id=?").Bind(model_id).Step());
          if (!exists) return NotFound("there is no model " + model_id);
          VANG_ASSIGN_OR_RETURN(const auto history, AliasChanges(c, alias));
          change.previous_model_id = history.empty() ? "" : history.back().model_id;
          return AppendAliasChange(c, change);
        });
    if (!status.ok()) return status;
    return change;
  }

  Result<AliasChange> RollbackAlias(const Context& context, const std::string& alias,
                                    TimeMs at) override {
    AliasChange change{alias, "", "", "rollback", at};
    const Status status =
        database_->Write(context, sql::Durability::kDurable, [&](auto& c) -> Status {
          c.Lock("alias/" + alias);
          VANG_ASSIGN_OR_RETURN(const auto history, AliasChanges(c, alias));
          change.model_id = RollbackTarget(history);
          if (change.model_id.empty()) {
            return FailedPrecondition("the alias " + alias +
                                      " named nothing before: promote another model instead");
          }
          change.previous_model_id = history.back().model_id;
          return AppendAliasChange(c, change);
        });
    if (!status.ok()) return status;
    return change;
  }

  Result<std::vector<AliasChange>> AliasHistory(const Context& context,
                                                const std::string& alias) override {
    std::vector<AliasChange> history;
    const Status status = database_->Read(context, [&](auto& c) -> Status {
      VANG_ASSIGN_OR_RETURN(history, AliasChanges(c, alias));
      return {};
    });
    if (!status.ok()) return status;
    return history;
  }

  Status Ping(const Context& context) override { return ListModels(context).status(); }

 private:
  const std::unique_ptr<Database> database_;
};

}  // namespace vang
