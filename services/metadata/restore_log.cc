#include "services/metadata/restore_log.h"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/uuid.h"
#include "libs/common/event_data.h"
#include "services/metadata/rebuild.h"

namespace vang {
namespace {

constexpr int kPage = 512;
constexpr char kSource[] = "metadata";

// What the log says there is.
struct Known {
  // By id; tenant and SHA-256 of the audio.
  std::map<std::string, std::pair<std::string, std::string>> recordings;
  std::set<std::string> edits;
};

// An event that no longer reads makes nothing known.
void Learn(const Event& event, Known* known) {
  if (const auto ingested = FromEvent<RecordingIngested>(event); ingested.ok()) {
    known->recordings[ingested->recording_id] = {event.tenant, ingested->sha256};
  } else if (const auto deleted = FromEvent<RecordingDeleted>(event); deleted.ok()) {
    known->recordings.erase(deleted->recording_id);
  } else if (const auto edited = FromEvent<TranscriptEdited>(event); edited.ok()) {
    known->edits.insert(edited->edit_id);
  }
}

Result<Known> ReadLog(const Context& context, EventBus& bus) {
  Known known;
  std::uint64_t after = 0;
  while (true) {
    VANG_ASSIGN_OR_RETURN(const auto events, bus.Read(context, after, kPage));
    if (events.empty()) return known;
    for (const auto& [sequence, event] : events) Learn(event, &known);
    after = events.back().first;
  }
}

// Ids are derived from the row: said again by another run, it is the same event.
Event Ingested(const Recording& row) {
  RecordingIngested data;
  data.recording_id = row.id;
  data.upload_id = DerivedId("restored upload", row.id, std::to_string(row.created_at));
  data.sha256 = row.sha256;
  data.object_key = row.object_key;
  data.bytes = row.bytes;
  data.title = row.title;
  data.file_name = row.file_name;
  data.media_type = row.media_type;
  return ToEvent(data, row.tenant, kSource, row.created_at);
}

Event Edited(const TranscriptEdit& row, const std::string& tenant) {
  TranscriptEdited data;
  data.recording_id = row.recording_id;
  data.version_id = row.version_id;
  data.edit_id = row.id;
  data.segment = row.segment;
  data.old_text = row.old_text;
  data.new_text = row.new_text;
  data.speaker = row.speaker;
  data.author = row.author;
  return ToEvent(data, tenant, kSource, row.at);
}

Status RestoreRecording(const Context& context, EventBus& bus, const RecordingRows& rows,
                        const Known& known, RestoredLog* restored) {
  const Recording& row = *rows.recording;
  if (!known.recordings.contains(row.id)) {
    VANG_RETURN_IF_ERROR(bus.Publish(context, Ingested(row)).status());
    ++restored->recordings;
  }
  for (const TranscriptEdit& edit : rows.edits) {
    if (known.edits.contains(edit.id)) continue;
    VANG_RETURN_IF_ERROR(bus.Publish(context, Edited(edit, row.tenant)).status());
    ++restored->edits;
  }
  return {};
}

// The recording is in the log and not in the database: deleted there, unless it is on its way in.
Status RestoreDeletion(const Context& context, EventBus& bus, MetadataStore& store,
                       const std::string& recording_id, const std::string& tenant,
                       const std::string& sha256, RestoredLog* restored) {
  const auto receipt = store.GetReceipt(context, tenant, recording_id);
  if (receipt.status().code() == Code::kNotFound) return {};
  VANG_RETURN_IF_ERROR(receipt.status());
  RecordingDeleted data;
  data.recording_id = recording_id;
  data.deletion_id = DerivedId("restored deletion", recording_id, std::to_string(receipt->at));
  data.sha256 = sha256;
  data.deleted_by = receipt->deleted_by;
  VANG_RETURN_IF_ERROR(bus.Publish(context, ToEvent(data, tenant, kSource, receipt->at)).status());
  ++restored->deletions;
  return {};
}

}  // namespace

Result<RestoredLog> RestoreLog(const Context& context, EventBus& bus, MetadataStore& store) {
  // In this order: the event of a recording that is listed is in the outbox or in the log.
  std::vector<OwnedRecording> recordings;
  while (true) {
    const std::string after = recordings.empty() ? "" : recordings.back().id;
    VANG_ASSIGN_OR_RETURN(const auto page, store.ListAll(context, after, kPage));
    recordings.insert(recordings.end(), page.begin(), page.end());
    if (page.size() < kPage) break;
  }
  VANG_RETURN_IF_ERROR(PublishOutbox(context, bus, store).Wrap("publishing the outbox"));
  VANG_ASSIGN_OR_RETURN(Known known, ReadLog(context, bus));
  RestoredLog restored;
  for (const auto& [id, tenant] : recordings) {
    const auto rows = store.GetRows(context, tenant, id);
    // Deleted this moment, by an event that the relay brings.
    if (rows.status().code() == Code::kNotFound) continue;
    VANG_RETURN_IF_ERROR(rows.status());
    VANG_RETURN_IF_ERROR(RestoreRecording(context, bus, *rows, known, &restored));
    known.recordings.erase(id);
  }
  for (const auto& [id, whose] : known.recordings) {
    VANG_RETURN_IF_ERROR(
        RestoreDeletion(context, bus, store, id, whose.first, whose.second, &restored));
  }
  return restored;
}

}  // namespace vang
