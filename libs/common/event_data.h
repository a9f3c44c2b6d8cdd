// What each event says, as structs. ToEvent derives the event's id from the subject, the cause and
// the members marked (id), so publishing the same work twice yields one event, while the same
// audio deleted and uploaded again begins a new chain.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/common/event.h"

namespace vang {

struct RecordingIngested {
  static constexpr std::string_view kSubject = "recording.ingested";
  std::string recording_id;
  std::string upload_id;   // (id) random: one per accepted upload
  std::string sha256;      // of the audio, 64 hex digits
  std::string object_key;  // "<tenant>/audio/<sha256>"
  std::int64_t bytes = 0;
  std::string title;
  std::string file_name;   // as the client named it, path parts removed; may be empty
  std::string media_type;  // as sniffed, e.g. "audio/ogg"
};

struct TranscriptionCompleted {
  static constexpr std::string_view kSubject = "transcription.completed";
  std::string recording_id;
  std::string version_id;  // (id) UUIDv5(recording, model): see TranscriptVersionId
  std::string model_id;
  std::string object_key;  // raw transcript (libs/common/transcript.h)
  double audio_seconds = 0;
  double speech_seconds = 0;
  std::int64_t segments = 0;
  std::int64_t words = 0;
};

struct NlpPostprocessed {
  static constexpr std::string_view kSubject = "nlp.postprocessed";
  std::string recording_id;
  std::string version_id;
  std::string model_id;    // the speech model's
  std::string object_key;  // readable transcript (libs/common/transcript.h)
  std::int64_t segments = 0;
  std::int64_t words = 0;
};

struct EmbeddingsIndexed {
  static constexpr std::string_view kSubject = "embeddings.indexed";
  std::string recording_id;
  std::string version_id;
  std::string embedder_id;
  std::int64_t segments = 0;  // in the readable transcript
  std::int64_t points = 0;    // stored in the index
};

struct RecordingFailed {
  static constexpr std::string_view kSubject = "recording.failed";
  std::string recording_id;
  std::string stage;           // the consumer that gave up: "asr", "nlp-post", …
  std::string code;            // CodeName of the Status
  std::string reason;          // for people
  std::string cause_event_id;  // the event that could not be handled
  std::int64_t attempts = 0;
};

struct RecordingDeleted {
  static constexpr std::string_view kSubject = "recording.deleted";
  std::string recording_id;
  std::string deletion_id;  // (id) random
  std::string sha256;
  std::string deleted_by;  // key id, or "local"
};

// A change of what people may set on a recording; members that are absent stay as they are.
struct RecordingUpdated {
  static constexpr std::string_view kSubject = "recording.updated";
  std::string recording_id;
  std::string change_id;  // (id) random: two equal changes are two changes
  std::optional<std::string> title;
  std::optional<std::vector<std::string>> tags;
  // Speaker label ("S1") to name, whole map.
  std::optional<std::vector<std::pair<std::string, std::string>>> speakers;
  std::string author;
};

// A correction laid over one readable segment of one version.
struct TranscriptEdited {
  static constexpr std::string_view kSubject = "transcript.edited";
  std::string recording_id;
  std::string version_id;
  std::string edit_id;       // (id) random
  std::int64_t segment = 0;  // index of the readable segment
  std::string old_text;
  std::string new_text;
  std::optional<std::string> speaker;
  std::string author;
};

struct DatasetReady {
  static constexpr std::string_view kSubject = "dataset.ready";
  std::string dataset_id;
  std::string name;
  std::int64_t version = 1;
  std::string manifest_key;
  std::int64_t items = 0;
  double seconds = 0;
};

struct ModelPromoted {
  static constexpr std::string_view kSubject = "model.promoted";
  std::string model_id;
  std::string previous_model_id;  // may be empty
  std::string kind;               // "speech"
  std::string alias;              // "champion"
  std::string action;             // "promote" or "rollback"
  std::string promotion_id;       // (id) random: promoting twice is two promotions
};

// The version of a transcript that `model_id` makes of `recording_id`.
std::string TranscriptVersionId(std::string_view recording_id, std::string_view model_id);
// UUIDv5(tenant, sha256 of the audio).
std::string RecordingId(std::string_view tenant, std::string_view sha256);

// `source` is the service's name ("asr"), `cause` the event being handled (null = none; its
// traceparent is passed on). Defined for every struct above.
template <typename Data>
Event ToEvent(const Data& data, std::string_view tenant, std::string_view source, TimeMs time,
              const Event* cause = nullptr);

// Reads the struct back out of a decoded event; kInvalidArgument when the subject differs.
template <typename Data>
Result<Data> FromEvent(const Event& event);

}  // namespace vang
