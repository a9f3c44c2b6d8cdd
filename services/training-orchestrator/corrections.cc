#include "services/training-orchestrator/corrections.h"

#include <algorithm>
#include <map>
#include <set>

#include "libs/common/event_data.h"
#include "libs/common/transcript.h"
#include "services/training-orchestrator/manifest.h"
#include "services/training-orchestrator/recording_lookup.h"

namespace vang::training {
namespace {

constexpr int kPage = 100;

bool IsBlank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

// Who speaks: the name that people gave the label, or the label within its recording. Segments
// without a label are taken for one speaker, so that they stay together.
std::string SpeakerOf(const CorrectedRecording& recording, const std::string& recording_id,
                      const CorrectedSegment& edit) {
  const std::string label = edit.speaker.value_or("");
  const auto name = recording.speakers.find(label);
  if (name != recording.speakers.end() && !name->second.empty()) return name->second;
  return recording_id + "/" + label;
}

// The latest edit of each segment, by edit id.
std::map<std::string, CorrectedSegment> LatestEdits(const CorrectedRecording& recording) {
  std::map<std::pair<std::string, std::int64_t>, CorrectedSegment> by_segment;
  for (const CorrectedSegment& edit : recording.edits) {
    by_segment[{edit.version_id, edit.segment}] = edit;
  }
  std::map<std::string, CorrectedSegment> by_id;
  for (auto& [segment, edit] : by_segment) by_id[edit.edit_id] = std::move(edit);
  return by_id;
}

}  // namespace

Corrections::Corrections(RegistryStore* registry, ObjectStore* objects, Upstream* metadata)
    : registry_(registry), objects_(objects), metadata_(metadata) {}

Status Corrections::Apply(const Context& context, const Event& event) {
  return event.subject == RecordingDeleted::kSubject ? Erase(context, event) : Add(context, event);
}

Status Corrections::Add(const Context& context, const Event& event) {
  VANG_ASSIGN_OR_RETURN(const auto edited, FromEvent<TranscriptEdited>(event));
  VANG_ASSIGN_OR_RETURN(const auto recording,
                        LookUpRecording(context, metadata_, event.tenant, edited.recording_id));
  if (!recording) return {};
  const auto edit =
      std::find_if(recording->edits.begin(), recording->edits.end(),
                   [&](const CorrectedSegment& e) { return e.edit_id == edited.edit_id; });
  if (edit == recording->edits.end()) return {};
  const auto version =
      std::find_if(recording->versions.begin(), recording->versions.end(),
                   [&](const CorrectedVersion& v) { return v.version_id == edited.version_id; });
  if (version == recording->versions.end() || version->readable_key.empty()) {
    return InvalidArgument("edit " + edited.edit_id + " is of version " + edited.version_id +
                           ", which has no readable transcript");
  }
  auto bytes = objects_->Get(context, version->readable_key);
  if (!bytes.ok()) return bytes.status().Wrap("reading " + version->readable_key);
  VANG_ASSIGN_OR_RETURN(const ReadableTranscript transcript, DecodeReadableTranscript(*bytes));
  if (edited.segment < 0 ||
      static_cast<std::size_t>(edited.segment) >= transcript.segments.size()) {
    return InvalidArgument("edit " + edited.edit_id + " is of segment " +
                           std::to_string(edited.segment) + ", but the transcript has " +
                           std::to_string(transcript.segments.size()));
  }
  const ReadableSegment& segment = transcript.segments[static_cast<std::size_t>(edited.segment)];
  DatasetItem item;
  item.edit_id = edited.edit_id;
  item.recording_id = edited.recording_id;
  item.audio_key = recording->audio_key;
  item.offset = segment.start;
  item.duration = segment.end - segment.start;
  item.text = edited.new_text;
  item.speaker = SpeakerOf(*recording, edited.recording_id, *edit);
  item.split = SplitOf(item.speaker);
  const auto lock = Hold();
  return registry_->PutCorrection(context, event.tenant, item);
}

// The manifests first: while the rows stand, a repeated delivery knows which manifests to rewrite.
Status Corrections::Erase(const Context& context, const Event& event) {
  VANG_ASSIGN_OR_RETURN(const auto deleted, FromEvent<RecordingDeleted>(event));
  const auto lock = Hold();
  std::string cursor;
  while (true) {
    VANG_ASSIGN_OR_RETURN(const auto page,
                          registry_->ListDatasets(context, event.tenant, cursor, kPage));
    for (const Dataset& listed : page) {
      VANG_ASSIGN_OR_RETURN(const Dataset dataset,
                            registry_->GetDataset(context, event.tenant, listed.id));
      const bool holds = std::any_of(
          dataset.items.begin(), dataset.items.end(),
          [&](const DatasetItem& item) { return item.recording_id == deleted.recording_id; });
      if (!holds) continue;
      VANG_RETURN_IF_ERROR(objects_->Delete(context, dataset.manifest_key));
      VANG_RETURN_IF_ERROR(objects_->Put(context, dataset.manifest_key,
                                         WriteManifest(dataset.items, "", deleted.recording_id)));
    }
    if (page.size() < kPage) break;
    cursor = page.back().id;
  }
  return registry_->EraseRecording(context, event.tenant, deleted.recording_id).status();
}

Result<std::vector<DatasetItem>> Corrections::Current(const Context& context,
                                                      const std::string& tenant) {
  VANG_ASSIGN_OR_RETURN(std::vector<DatasetItem> stored,
                        registry_->ListCorrections(context, tenant));
  std::sort(stored.begin(), stored.end(), [](const DatasetItem& a, const DatasetItem& b) {
    return std::tie(a.recording_id, a.offset, a.edit_id) <
           std::tie(b.recording_id, b.offset, b.edit_id);
  });
  std::vector<DatasetItem> items;
  std::string recording_id;
  std::optional<CorrectedRecording> recording;
  std::map<std::string, CorrectedSegment> latest;
  for (DatasetItem& item : stored) {
    if (item.recording_id != recording_id) {
      recording_id = item.recording_id;
      VANG_ASSIGN_OR_RETURN(recording, LookUpRecording(context, metadata_, tenant, recording_id));
      latest = recording ? LatestEdits(*recording) : std::map<std::string, CorrectedSegment>();
    }
    const auto edit = latest.find(item.edit_id);
    if (edit == latest.end() || IsBlank(item.text)) continue;
    item.speaker = SpeakerOf(*recording, recording_id, edit->second);
    item.split = SplitOf(item.speaker);
    items.push_back(std::move(item));
  }
  return items;
}

}  // namespace vang::training
