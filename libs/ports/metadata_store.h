// Recordings and everything people see about them. Every change is one Commit: rows, the id of the
// event that caused it (inbox) and the events it causes (outbox) land together or not at all.
// All state can be rebuilt by applying the log's events in order. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/context.h"
#include "libs/common/event.h"

namespace vang {

struct Recording {
  std::string id;
  std::string tenant;
  std::string sha256;
  std::string object_key;
  std::int64_t bytes = 0;
  std::string title;
  std::string file_name;
  std::string media_type;
  TimeMs created_at = 0;
  TimeMs updated_at = 0;
  std::optional<double> duration;        // seconds of audio, known after asr
  std::optional<double> speech_seconds;  // known after asr
  // queued, transcribed, readable, completed, failed
  std::string status = "queued";
  // Why it failed, or what a completed one must own up to ("no speech was found").
  std::string status_detail;
  std::string failed_stage;
  std::string failed_code;
  std::string current_version;  // version id; empty before the first
  std::vector<std::string> tags;
  std::vector<std::pair<std::string, std::string>> speakers;  // label, name
};

struct TranscriptVersion {
  std::string recording_id;
  std::string version_id;
  std::int64_t number = 0;  // 1, 2, … in the order of their first event
  std::string model_id;
  std::string raw_key;
  std::string readable_key;  // empty until nlp-post is done
  std::int64_t segments = 0;
  std::int64_t words = 0;
  std::int64_t indexed_points = -1;  // -1 until embeddings is done
  TimeMs created_at = 0;
};

// When a stage of a version was done. stage: ingested, transcribed, readable, indexed, failed.
struct StageTime {
  std::string recording_id;
  std::string version_id;  // empty for ingested
  std::string stage;
  TimeMs at = 0;
};

struct TranscriptEdit {
  std::string id;
  std::string recording_id;
  std::string version_id;
  std::int64_t segment = 0;
  std::string old_text;
  std::string new_text;
  std::optional<std::string> speaker;
  std::string author;
  TimeMs at = 0;
};

// What remains of a deleted recording: that it was deleted, when, by whom, and what went.
struct DeletionReceipt {
  std::string recording_id;
  std::string tenant;
  std::string deleted_by;
  TimeMs at = 0;
};

// Row changes. Put = insert or replace by primary key. PutVersion with number 0 takes the next.
struct PutRecording {
  Recording row;
};
struct PutVersion {
  TranscriptVersion row;
};
struct PutStage {
  StageTime row;
};
struct PutEdit {
  TranscriptEdit row;
};
// Removes the recording and all its rows and leaves the receipt.
struct EraseRecording {
  DeletionReceipt receipt;
};
using Mutation = std::variant<PutRecording, PutVersion, PutStage, PutEdit, EraseRecording>;

struct Change {
  // The event this change applies: remembered, and a second Commit with it changes nothing.
  std::optional<std::string> inbox_event_id;
  std::vector<Mutation> mutations;
  // Events to publish, in order; the relay takes them from the outbox.
  std::vector<Event> outbox;
};

// Everything about one recording as of one moment. When `recording` is absent,
// so is the rest.
struct RecordingRows {
  std::optional<Recording> recording;
  std::vector<TranscriptVersion> versions;  // by number
  std::vector<StageTime> stages;
  std::vector<TranscriptEdit> edits;  // in the order they were made
};

struct RecordingFilter {
  std::string tenant;  // required
  std::string status;  // empty = any
  std::string tag;
  std::string title_contains;  // without accents and case
  std::optional<TimeMs> created_from;
  std::optional<TimeMs> created_to;
};

// A recording and whose it is.
struct OwnedRecording {
  std::string id;
  std::string tenant;
};

struct OutboxEntry {
  std::int64_t position = 0;
  Event event;
};

std::string RecordingCursor(const Recording& row);
// (created_at, id) of a cursor.
Result<std::pair<TimeMs, std::string>> ParseRecordingCursor(std::string_view cursor);

class MetadataStore {
 public:
  virtual ~MetadataStore() = default;

  // True = applied; false = the inbox had the event already and nothing changed. Durable on return.
  virtual Result<bool> Commit(const Context& context, const Change& change) = 0;

  // Runs `plan` with the recording as it is now inside the write transaction and commits what it
  // returns together with `inbox_event_id`, so that read-modify-write is atomic. False = the inbox
  // had the event already: `plan` was not run. With an empty `inbox_event_id` nothing is remembered
  // and `plan` always runs. Two Updates of one recording never overlap. `plan` must be quick, must
  // not call the store, and its failure is returned and nothing changes; what it captured counts
  // only when Update is OK.
  using Plan = std::function<Result<Change>(const RecordingRows& rows)>;
  virtual Result<bool> Update(const Context& context, const std::string& recording_id,
                              const std::string& inbox_event_id, const Plan& plan) = 0;
  // kNotFound when absent, deleted, or another tenant's: the three cannot be told apart.
  virtual Result<Recording> GetRecording(const Context& context, const std::string& tenant,
                                         const std::string& id) = 0;
  // Newest first (created_at, id); `cursor` is the RecordingCursor of the last row of the page
  // before (that row may be gone by now), empty for the first page. kInvalidArgument for a cursor
  // that is none.
  virtual Result<std::vector<Recording>> ListRecordings(const Context& context,
                                                        const RecordingFilter& filter,
                                                        const std::string& cursor, int max) = 0;
  // Every tenant's, by id, those after `after`: for repairs of the whole, never for a caller's
  // eyes.
  virtual Result<std::vector<OwnedRecording>> ListAll(const Context& context,
                                                      const std::string& after, int max) = 0;
  // All rows of one recording, read at one moment. kNotFound as GetRecording.
  virtual Result<RecordingRows> GetRows(const Context& context, const std::string& tenant,
                                        const std::string& id) = 0;
  // kNotFound unless the recording was deleted.
  virtual Result<DeletionReceipt> GetReceipt(const Context& context, const std::string& tenant,
                                             const std::string& id) = 0;

  // The oldest unpublished events, in order; and the mark that they are published.
  virtual Result<std::vector<OutboxEntry>> ReadOutbox(const Context& context, int max) = 0;
  virtual Status MarkPublished(const Context& context,
                               const std::vector<std::int64_t>& positions) = 0;

  // Drops recordings, versions, stages, edits, receipts and the inbox (not the outbox), for a
  // rebuild from the log.
  virtual Status Clear(const Context& context) = 0;
  // SHA-256 over all rows in primary-key order, inbox and outbox aside: two stores with equal
  // content have equal hashes.
  virtual Result<std::string> ContentHash(const Context& context) = 0;

  virtual Status Ping(const Context& context) = 0;
};

}  // namespace vang
