#include "services/nlp-post/handler.h"

#include <chrono>
#include <map>

#include "libs/common/event_data.h"
#include "libs/common/transcript.h"
#include "libs/vietnamese/readable_text.h"

namespace vang::nlp_post {
namespace {

bool IsGone(const Status& status) { return status.code() == Code::kNotFound; }

ReadableTranscript Write(const RawTranscript& raw, const TextModel& model) {
  ReadableTranscript readable;
  readable.recording_id = raw.recording_id;
  readable.version_id = raw.version_id;
  readable.model_id = raw.model_id;
  readable.audio_seconds = raw.audio_seconds;
  ReadableText text = MakeReadable(raw.segments, model);
  readable.segments = std::move(text.segments);
  readable.edits = std::move(text.edits);
  return readable;
}

std::int64_t CountWords(const ReadableTranscript& transcript) {
  std::int64_t words = 0;
  for (const ReadableSegment& segment : transcript.segments) {
    for (const TextSpan& span : segment.spans) words += span.word_count;
  }
  return words;
}

void CountEdits(Metrics* metrics, const ReadableTranscript& transcript) {
  std::map<std::string, double> kinds;
  for (const TextEdit& edit : transcript.edits) kinds[edit.kind] += 1;
  for (const auto& [kind, count] : kinds) {
    metrics->Count("vang_text_edits_total", {{"kind", kind}}, count);
  }
}

}  // namespace

Status MakeTranscriptReadable(const Context& context, const NlpPostPorts& ports,
                              const TextModel& model, const Event& event) {
  VANG_ASSIGN_OR_RETURN(const auto completed, FromEvent<TranscriptionCompleted>(event));
  const std::string key =
      ReadableTranscriptKey(event.tenant, completed.recording_id, completed.version_id);
  const auto raw_bytes = ports.objects->Get(context, completed.object_key);
  if (!raw_bytes.ok()) {
    if (IsGone(raw_bytes.status())) return {};
    return raw_bytes.status().Wrap("reading the raw transcript");
  }

  ReadableTranscript readable;
  const auto kept = ports.objects->Get(context, key);
  if (kept.ok()) {
    VANG_ASSIGN_OR_RETURN(readable, DecodeReadableTranscript(*kept));
  } else if (!IsGone(kept.status())) {
    return kept.status().Wrap("reading the readable transcript");
  } else {
    VANG_ASSIGN_OR_RETURN(const RawTranscript raw, DecodeRawTranscript(*raw_bytes));
    const auto began = std::chrono::steady_clock::now();
    readable = Write(raw, model);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    ports.metrics->Observe("vang_text_seconds", took.count());
    CountEdits(ports.metrics, readable);
    VANG_RETURN_IF_ERROR(context.Check());
    VANG_RETURN_IF_ERROR(ports.objects->Put(context, key, EncodeReadableTranscript(readable))
                             .Wrap("storing the readable transcript"));
    // The recording may have been deleted while this was at work.
    const auto still_there = ports.objects->Stat(context, completed.object_key);
    if (!still_there.ok()) {
      if (!IsGone(still_there.status())) return still_there.status();
      return ports.objects->Delete(context, key);
    }
  }

  NlpPostprocessed done;
  done.recording_id = completed.recording_id;
  done.version_id = completed.version_id;
  done.model_id = completed.model_id;
  done.object_key = key;
  done.segments = static_cast<std::int64_t>(readable.segments.size());
  done.words = CountWords(readable);
  return ports.bus
      ->Publish(context, ToEvent(done, event.tenant, "nlp-post", ports.clock->Now(), &event))
      .status();
}

}  // namespace vang::nlp_post
