// `vang import`: an embedded data folder moves into PostgreSQL, an S3 store and NATS JetStream.
// First it looks, at both ends, and changes nothing; then objects, rows and events go in this
// order, so that whatever an event speaks of is there; then it looks again.
#include <fmt/format.h>

#include <filesystem>
#include <optional>

#include "apps/host/model_folders.h"
#include "apps/services/server_configs.h"
#include "apps/vang/commands.h"
#include "apps/vang/import/log.h"
#include "apps/vang/import/rows.h"
#include "apps/vang/installation.h"
#include "libs/adapters/event_bus/sqlite/sqlite_event_bus.h"
#include "libs/adapters/metadata_store/sqlite/sqlite_metadata_store.h"
#include "libs/adapters/object_store/fs/fs_object_store.h"
#include "libs/adapters/registry_store/sqlite/sqlite_registry_store.h"
#include "services/metadata/rebuild.h"

namespace vang::cli {
namespace {

using services::Settings;

constexpr char kMarks[] = "import.state";

struct Source {
  std::unique_ptr<DataLock> lock;
  std::unique_ptr<SqliteEventBus> bus;
  std::unique_ptr<ObjectStore> objects;
  std::vector<RegisteredModel> models;
  std::optional<Rows> rows;
};

struct Found {
  ObjectCounts objects;
  LogCounts log;
  bool rows_there = false;
};

Result<Source> OpenSource(const std::filesystem::path& data) {
  // Looked for before anything is opened, which would make it.
  for (const char* file : {"metadata.db", "events.db", "objects"}) {
    if (std::filesystem::exists(data / file)) continue;
    return NotFound("there is no Vang data in " + ForPeople(data) + " (no " + file +
                    "): name the folder that `vang serve` worked on with --data");
  }
  Source source;
  VANG_ASSIGN_OR_RETURN(source.lock, DataLock::Take(data));
  SqliteEventBusConfig bus;
  bus.path = (data / "events.db").string();
  VANG_ASSIGN_OR_RETURN(source.bus, OpenSqliteEventBus(bus));
  {
    // What waits in the outbox belongs to the log; a start of the server would bring it there, too.
    VANG_ASSIGN_OR_RETURN(const auto metadata,
                          OpenSqliteMetadataStore({(data / "metadata.db").string()}));
    VANG_RETURN_IF_ERROR(
        PublishOutbox(Context(), *source.bus, *metadata).Wrap("publishing the outbox"));
  }
  {
    VANG_ASSIGN_OR_RETURN(const auto registry,
                          OpenSqliteRegistryStore({(data / "registry.db").string()}));
    VANG_ASSIGN_OR_RETURN(source.models, registry->ListModels(Context()));
  }
  VANG_ASSIGN_OR_RETURN(source.objects, OpenFsObjectStore({data}));
  VANG_ASSIGN_OR_RETURN(source.rows, Rows::Open(Context(), data));
  return source;
}

// How long an S3 server may take to say what it can do.
constexpr Duration kOpenTimeout{30'000};

// Compares both ends and changes nothing.
Result<Found> Look(const Source& source, const Settings& settings) {
  Found found;
  VANG_ASSIGN_OR_RETURN(const postgres::Config tables, services::TablesConfig(settings));
  VANG_ASSIGN_OR_RETURN(found.rows_there, source.rows->AreAt(Context(), tables));
  VANG_ASSIGN_OR_RETURN(NatsEventBusConfig log, services::BusConfig(settings));
  log.make_streams = false;
  VANG_ASSIGN_OR_RETURN(const auto bus, OpenNatsEventBus(std::move(log)));
  VANG_ASSIGN_OR_RETURN(found.log, LookAtLog(Context(), *source.bus, *bus));
  VANG_ASSIGN_OR_RETURN(S3ObjectStoreConfig bucket, services::ObjectsConfig(settings));
  bucket.read_only = true;
  VANG_ASSIGN_OR_RETURN(const auto objects,
                        OpenS3ObjectStore(Context().WithTimeout(kOpenTimeout), bucket));
  auto counts = LookAtObjects(Context(), *source.objects, objects.get());
  if (counts.status().code() == Code::kNotFound && bucket.create_bucket) {
    counts = LookAtObjects(Context(), *source.objects, nullptr);
  }
  VANG_ASSIGN_OR_RETURN(found.objects, std::move(counts));
  return found;
}

Status Move(const Source& source, const Settings& settings, Marks* marks, const Progress& progress,
            Found* found) {
  VANG_ASSIGN_OR_RETURN(const S3ObjectStoreConfig bucket, services::ObjectsConfig(settings));
  VANG_ASSIGN_OR_RETURN(const auto objects,
                        OpenS3ObjectStore(Context().WithTimeout(kOpenTimeout), bucket));
  VANG_RETURN_IF_ERROR(
      MoveObjects(Context(), *source.objects, *objects, marks, progress, &found->objects));
  if (!found->rows_there) {
    progress(fmt::format("rows: {}", source.rows->count()));
    VANG_ASSIGN_OR_RETURN(const postgres::Config tables, services::TablesConfig(settings));
    VANG_RETURN_IF_ERROR(source.rows->MoveTo(Context(), tables));
  }
  VANG_ASSIGN_OR_RETURN(NatsEventBusConfig log, services::BusConfig(settings));
  VANG_ASSIGN_OR_RETURN(const auto bus, OpenNatsEventBus(std::move(log)));
  return MoveLog(Context(), *source.bus, *bus, progress, &found->log);
}

// Nothing may be missing any more.
Status CheckComplete(const Source& source, const Settings& settings) {
  VANG_ASSIGN_OR_RETURN(const Found now, Look(source, settings));
  if (now.rows_there && now.log.there == now.log.events && now.objects.there == now.objects.all) {
    return {};
  }
  return DataLoss(
      fmt::format("after the import {} of {} objects, {} of {} events and {} rows are "
                  "there: does somebody else write there?",
                  now.objects.there, now.objects.all, now.log.there, now.log.events,
                  now.rows_there ? "all" : "not all"));
}

// The folders of models are not moved; the one that ships is registered anew by each start.
void NoteModels(const Console& console, const std::vector<RegisteredModel>& models) {
  const auto shipped = FindModels("");
  for (const RegisteredModel& model : models) {
    if (shipped.ok() && model.folder == shipped->speech) continue;
    console.Note("The model " + model.id + " is loaded from " + model.folder +
                 ": each machine of asr needs that folder at the same place.");
  }
}

void Report(const Console& console, const Source& source, const Found& found, bool dry_run) {
  const ObjectCounts& objects = found.objects;
  if (console.json) {
    JsonWriter json;
    json.BeginObject()
        .Field("dry_run", dry_run)
        .Field("objects", objects.all)
        .Field("bytes", static_cast<std::int64_t>(objects.bytes))
        .Field("objects_there_before", objects.there)
        .Field("objects_copied", objects.copied)
        .Field("objects_compared", objects.compared)
        .Field("objects_remembered", objects.remembered)
        .Field("rows", source.rows->count())
        .Field("tables", static_cast<std::int64_t>(source.rows->tables()))
        .Field("rows_there_before", found.rows_there)
        .Field("events", found.log.events)
        .Field("events_there_before", found.log.there)
        .Field("dead_letters", found.log.letters)
        .Field("consumers", found.log.consumers);
    console.Print(json.EndObject().text());
    return;
  }
  console.Print(fmt::format("objects       {} ({}), {} there before", objects.all,
                            FormatBytes(objects.bytes), objects.there));
  if (!dry_run) {
    console.Print(fmt::format(
        "              {} copied and {} compared by SHA-256; {} by a run before this one",
        objects.copied, objects.compared, objects.remembered));
  }
  console.Print(fmt::format("rows          {} in {} tables, {}", source.rows->count(),
                            source.rows->tables(),
                            found.rows_there ? "there before"
                            : dry_run        ? "none there yet"
                                             : "compared by count and SHA-256 of each table"));
  console.Print(
      fmt::format("events        {}, {} there before", found.log.events, found.log.there));
  if (dry_run) return;
  console.Print(fmt::format("dead letters  {}", found.log.letters));
  console.Print(fmt::format("consumers     {} go on where they stood", found.log.consumers));
}

Status Run(const Console& console, const ImportOptions& options) {
  const std::filesystem::path data =
      options.data.empty() ? DefaultDataFolder() : std::filesystem::path(options.data);
  const Progress progress = [&](const std::string& line) { console.Progress(line); };
  VANG_ASSIGN_OR_RETURN(const Settings settings,
                        Settings::Load(options.config, services::ProcessEnvironment()));
  progress("reading " + ForPeople(data) + " …");
  VANG_ASSIGN_OR_RETURN(const Source source, OpenSource(data));
  progress("comparing with what is there …");
  VANG_ASSIGN_OR_RETURN(Found found, Look(source, settings));
  if (!options.dry_run) {
    VANG_ASSIGN_OR_RETURN(
        Marks marks, Marks::Read(data / kMarks,
                                 settings.Text("s3.endpoint") + " " + settings.Text("s3.bucket")));
    VANG_RETURN_IF_ERROR(Move(source, settings, &marks, progress, &found));
    progress("comparing once more …");
    VANG_RETURN_IF_ERROR(CheckComplete(source, settings));
    VANG_RETURN_IF_ERROR(marks.Remove());
  }
  progress("");
  Report(console, source, found, options.dry_run);
  NoteModels(console, source.models);
  console.Note(options.dry_run ? "This would be imported; nothing was changed there."
                               : "All of it is there. Start the eight services; embeddings makes "
                                 "the search index from the log.");
  return {};
}

}  // namespace

int Import(const Console& console, const ImportOptions& options) {
  const Status status = Run(console, options);
  return status.ok() ? kExitOk : console.Fail(status);
}

}  // namespace vang::cli
