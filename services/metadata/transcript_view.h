// A version of a transcript as people see it: the readable text with edits laid over it, names of
// speakers, times of words; and the forms in which it is given out.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/common/transcript.h"
#include "libs/ports/metadata_store.h"
#include "libs/ports/object_store.h"
#include "services/metadata/timed_words.h"

namespace vang::metadata {

// The last word of people on one segment of one version.
struct Overlay {
  std::optional<std::string> text;     // of the last edit; absent = never edited
  std::optional<std::string> speaker;  // label, of the last edit that names one
};
Overlay OverlayOf(const RecordingRows& rows, const std::string& version_id, std::int64_t segment);

struct ViewedSegment {
  double start = 0;
  double end = 0;
  double confidence = 0;
  std::string text;
  std::string speaker;  // a name, or the label that has none; empty = unknown
  bool edited = false;
  std::vector<TimedWord> words;
};

struct TranscriptView {
  std::string recording_id;
  std::string title;
  TranscriptVersion version;
  std::vector<std::int64_t> versions;  // numbers of those that can be read
  double duration = 0;
  std::vector<ViewedSegment> segments;
  std::vector<TranscriptEdit> edits;  // of this version
};

// The stored layers of `version` (which must be readable) with the edits of `rows`. kDataLoss when
// an object is missing or damaged.
Result<TranscriptView> ViewTranscript(const Context& context, ObjectStore& objects,
                                      const RecordingRows& rows, const TranscriptVersion& version);

std::string TranscriptJson(const TranscriptView& view);
// One line for each segment, the speaker before it where it is known.
std::string TranscriptText(const TranscriptView& view);
std::string TranscriptSrt(const TranscriptView& view);
std::string TranscriptVtt(const TranscriptView& view);

}  // namespace vang::metadata
