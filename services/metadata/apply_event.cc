#include "services/metadata/apply_event.h"

#include <fmt/format.h>

#include <algorithm>

#include "libs/common/event_data.h"

namespace vang::metadata {
namespace {

constexpr std::string_view kLedger = "ledger";

// The stage whose success takes back a failure of the consumer `name`; empty for a consumer that
// a recording does not wait for.
std::string_view StageOfConsumer(std::string_view name) {
  if (name == "asr") return "transcribed";
  if (name == "nlp-post") return "readable";
  if (name == "embeddings") return "indexed";
  return {};
}

// The rows while an event is applied to them, and which of them it touched.
class State {
 public:
  explicit State(const RecordingRows& rows) : rows_(rows), recording_(*rows.recording) {}

  Recording& recording() { return recording_; }

  std::optional<TimeMs> StageAt(std::string_view version_id, std::string_view stage) const {
    for (const StageTime& row : rows_.stages) {
      if (row.version_id == version_id && row.stage == stage) return row.at;
    }
    return std::nullopt;
  }

  // Moves the stage to `at`; false (and no change) when something later was known already.
  bool Reach(const std::string& version_id, const std::string& stage, TimeMs at) {
    const auto known = StageAt(version_id, stage);
    if (known && *known > at) return false;
    std::erase_if(rows_.stages, [&](const StageTime& row) {
      return row.version_id == version_id && row.stage == stage;
    });
    rows_.stages.push_back({recording_.id, version_id, stage, at});
    mutations_.emplace_back(PutStage{rows_.stages.back()});
    return true;
  }

  // The version, made when it is new. Save() it after changing it.
  TranscriptVersion& Version(const std::string& version_id, const std::string& model_id,
                             TimeMs at) {
    std::int64_t next = 1;
    for (TranscriptVersion& version : rows_.versions) {
      if (version.version_id == version_id) return version;
      next = std::max(next, version.number + 1);
    }
    rows_.versions.push_back({recording_.id, version_id, next, model_id, "", "", 0, 0, -1, at});
    return rows_.versions.back();
  }

  void Save(const TranscriptVersion& version) { mutations_.emplace_back(PutVersion{version}); }

  // Computes the status anew and returns all that changed.
  Change Finish(TimeMs at) {
    recording_.updated_at = std::max(recording_.updated_at, at);
    const TranscriptVersion* current = Current();
    recording_.current_version = current == nullptr ? "" : current->version_id;
    if (!FailureStands()) {
      recording_.failed_stage.clear();
      recording_.failed_code.clear();
      recording_.status_detail.clear();
      recording_.status = current == nullptr ? "queued" : StatusOf(*current);
      if (recording_.status == "completed") CheckLedger(*current);
    } else {
      recording_.status = "failed";
    }
    mutations_.emplace_back(PutRecording{recording_});
    return Change{std::nullopt, std::move(mutations_), {}};
  }

 private:
  const TranscriptVersion* Current() const {
    const TranscriptVersion* best = nullptr;
    for (const TranscriptVersion& version : rows_.versions) {
      const auto rank = [](const TranscriptVersion& v) {
        return std::pair(!v.readable_key.empty(), v.number);
      };
      if (best == nullptr || rank(version) > rank(*best)) best = &version;
    }
    return best;
  }

  bool FailureStands() const {
    const std::string_view stage = StageOfConsumer(recording_.failed_stage);
    if (stage.empty()) return false;
    const TimeMs failed = StageAt("", "failed").value_or(0);
    return std::none_of(rows_.stages.begin(), rows_.stages.end(), [&](const StageTime& row) {
      return row.stage == stage && row.at >= failed;
    });
  }

  std::string StatusOf(const TranscriptVersion& version) const {
    const bool transcribed = StageAt(version.version_id, "transcribed").has_value();
    const bool readable = StageAt(version.version_id, "readable").has_value();
    const bool indexed = StageAt(version.version_id, "indexed").has_value();
    if (transcribed && readable && indexed) return "completed";
    if (readable) return "readable";
    return transcribed ? "transcribed" : "queued";
  }

  void CheckLedger(const TranscriptVersion& version) {
    const double speech = recording_.speech_seconds.value_or(0);
    std::string fault;
    if (version.indexed_points < version.segments) {
      fault = fmt::format("{} of {} segments can be found by search; redrive or replay embeddings",
                          version.indexed_points, version.segments);
    } else if (version.segments == 0 && speech > 0) {
      fault = fmt::format("{:.1f} seconds of speech were heard, but no words came out", speech);
    }
    if (!fault.empty()) {
      recording_.status = "failed";
      recording_.failed_stage = kLedger;
      recording_.failed_code = CodeName(Code::kDataLoss);
      recording_.status_detail = fault;
    } else if (version.segments == 0) {
      recording_.status_detail = "no speech was found";
    }
  }

  RecordingRows rows_;
  Recording recording_;
  std::vector<Mutation> mutations_;
};

Change Ingest(const RecordingIngested& data, const Event& event) {
  Recording row;
  row.id = data.recording_id;
  row.tenant = event.tenant;
  row.sha256 = data.sha256;
  row.object_key = data.object_key;
  row.bytes = data.bytes;
  row.title = data.title;
  row.file_name = data.file_name;
  row.media_type = data.media_type;
  row.created_at = row.updated_at = event.time;
  return Change{
      std::nullopt, {PutRecording{row}, PutStage{{row.id, "", "ingested", event.time}}}, {}};
}

void Apply(State& state, const TranscriptionCompleted& data, TimeMs at) {
  TranscriptVersion& version = state.Version(data.version_id, data.model_id, at);
  if (!state.Reach(data.version_id, "transcribed", at)) return;
  version.model_id = data.model_id;
  version.raw_key = data.object_key;
  version.created_at = at;
  // Once it is readable, its readable segments are what counts.
  if (version.readable_key.empty()) {
    version.segments = data.segments;
    version.words = data.words;
  }
  state.recording().duration = data.audio_seconds;
  state.recording().speech_seconds = data.speech_seconds;
  state.Save(version);
}

void Apply(State& state, const NlpPostprocessed& data, TimeMs at) {
  TranscriptVersion& version = state.Version(data.version_id, data.model_id, at);
  if (!state.Reach(data.version_id, "readable", at)) return;
  version.model_id = data.model_id;
  version.readable_key = data.object_key;
  version.segments = data.segments;
  version.words = data.words;
  state.Save(version);
}

void Apply(State& state, const EmbeddingsIndexed& data, TimeMs at) {
  TranscriptVersion& version = state.Version(data.version_id, "", at);
  if (!state.Reach(data.version_id, "indexed", at)) return;
  version.indexed_points = data.points;
  state.Save(version);
}

void Apply(State& state, const RecordingFailed& data, TimeMs at) {
  if (StageOfConsumer(data.stage).empty() || !state.Reach("", "failed", at)) return;
  state.recording().failed_stage = data.stage;
  state.recording().failed_code = data.code;
  state.recording().status_detail = data.reason;
}

void Apply(State& state, const RecordingUpdated& data, TimeMs) {
  if (data.title) state.recording().title = *data.title;
  if (data.tags) state.recording().tags = *data.tags;
  if (data.speakers) state.recording().speakers = *data.speakers;
}

Change Edit(const TranscriptEdited& data, const Event& event, State& state) {
  Change change = state.Finish(event.time);
  change.mutations.emplace_back(
      PutEdit{{data.edit_id, data.recording_id, data.version_id, data.segment, data.old_text,
               data.new_text, data.speaker, data.author, event.time}});
  return change;
}

template <typename Data>
Result<Change> ApplyTo(const Event& event, State& state) {
  VANG_ASSIGN_OR_RETURN(const Data data, FromEvent<Data>(event));
  Apply(state, data, event.time);
  return state.Finish(event.time);
}

}  // namespace

std::optional<std::string> RecordingOf(const Event& event) {
  const JsonValue* id = event.data.if_contains("recording_id");
  if (id == nullptr || !id->is_string()) return std::nullopt;
  return std::string(id->get_string());
}

Result<Change> ApplyEvent(const Event& event, const RecordingRows& rows) {
  const bool present = rows.recording && rows.recording->tenant == event.tenant;
  if (event.subject == RecordingIngested::kSubject) {
    VANG_ASSIGN_OR_RETURN(const auto data, FromEvent<RecordingIngested>(event));
    return rows.recording ? Change() : Ingest(data, event);
  }
  if (!present || !RecordingOf(event)) return Change();
  if (event.subject == RecordingDeleted::kSubject) {
    VANG_ASSIGN_OR_RETURN(const auto data, FromEvent<RecordingDeleted>(event));
    return Change{std::nullopt,
                  {EraseRecording{{data.recording_id, event.tenant, data.deleted_by, event.time}}},
                  {}};
  }
  State state(rows);
  if (event.subject == TranscriptEdited::kSubject) {
    VANG_ASSIGN_OR_RETURN(const auto data, FromEvent<TranscriptEdited>(event));
    return Edit(data, event, state);
  }
  if (event.subject == TranscriptionCompleted::kSubject) {
    return ApplyTo<TranscriptionCompleted>(event, state);
  }
  if (event.subject == NlpPostprocessed::kSubject) return ApplyTo<NlpPostprocessed>(event, state);
  if (event.subject == EmbeddingsIndexed::kSubject) return ApplyTo<EmbeddingsIndexed>(event, state);
  if (event.subject == RecordingFailed::kSubject) return ApplyTo<RecordingFailed>(event, state);
  if (event.subject == RecordingUpdated::kSubject) return ApplyTo<RecordingUpdated>(event, state);
  return Change();
}

}  // namespace vang::metadata
