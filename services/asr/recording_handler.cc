#include "services/asr/recording_handler.h"

#include <chrono>

#include "libs/common/event_data.h"
#include "libs/common/transcript.h"
#include "libs/runtime/log.h"
#include "services/asr/transcription.h"

namespace vang::asr {
namespace {

constexpr char kService[] = "asr";
// How often a recording is begun anew because the model changed under it, before it goes back to
// the end of the queue.
constexpr int kMaxBeginnings = 3;

TranscriptionCompleted Describe(const RawTranscript& transcript, std::string key) {
  TranscriptionCompleted completed;
  completed.recording_id = transcript.recording_id;
  completed.version_id = transcript.version_id;
  completed.model_id = transcript.model_id;
  completed.object_key = std::move(key);
  completed.audio_seconds = transcript.audio_seconds;
  completed.speech_seconds = transcript.speech_seconds;
  completed.segments = static_cast<std::int64_t>(transcript.segments.size());
  for (const RawSegment& segment : transcript.segments) {
    completed.words += static_cast<std::int64_t>(segment.words.size());
  }
  return completed;
}

// The stored transcript; kNotFound when there is none. One that does not read is removed, so that
// it is made again.
Result<RawTranscript> Stored(const Context& context, ObjectStore* objects, const std::string& key) {
  VANG_ASSIGN_OR_RETURN(const std::string bytes, objects->Get(context, key));
  auto transcript = DecodeRawTranscript(bytes);
  if (transcript.ok()) return transcript;
  Log(LogLevel::kError, kService, "a stored transcript is damaged; making it again",
      {{"key", key}, {"error", transcript.status().ToString()}});
  VANG_RETURN_IF_ERROR(objects->Delete(context, key));
  return NotFound("the transcript " + key + " was damaged");
}

}  // namespace

RecordingHandler::RecordingHandler(const AsrPorts& ports, const AsrOptions& options)
    : ports_(ports), options_(options) {
  if (ports_.metrics == nullptr) return;
  ports_.metrics->Describe("vang_asr_audio_seconds_total", "Seconds of audio transcribed");
  ports_.metrics->Describe("vang_asr_processing_seconds",
                           "From taking a recording in hand to its stored transcript");
}

Status RecordingHandler::Handle(const Context& context, const Delivery& delivery) {
  VANG_ASSIGN_OR_RETURN(const auto ingested, FromEvent<RecordingIngested>(delivery.event));
  const std::string& tenant = delivery.event.tenant;
  RawTranscript transcript;
  std::string key;
  for (int beginning = 1;; ++beginning) {
    auto audio = ports_.objects->OpenFile(context, ingested.object_key);
    if (audio.status().code() == Code::kNotFound) {
      Log(LogLevel::kInfo, kService, "the recording is gone; nothing to transcribe",
          {{"recording", ingested.recording_id}});
      return {};
    }
    if (!audio.ok()) return audio.status();
    const SpeechModel model = ports_.transcriber->current();
    if (model.id.empty()) return Unavailable("no speech model serves yet");
    const std::string version = TranscriptVersionId(ingested.recording_id, model.id);
    key = RawTranscriptKey(tenant, ingested.recording_id, version);

    auto stored = Stored(context, ports_.objects, key);
    if (stored.ok()) {
      transcript = std::move(stored).value();
      break;
    }
    if (stored.status().code() != Code::kNotFound) return stored.status();

    const auto begin = std::chrono::steady_clock::now();
    DecodeLimits limits;
    limits.max_seconds = options_.max_seconds;
    VANG_ASSIGN_OR_RETURN(auto stream,
                          ports_.decoder->Open(context, std::move(audio).value(), limits));
    auto made = Transcribe(context, stream.get(), ports_.transcriber, model.id, options_.parallel);
    // Not the one code alone: a stream may say kAborted too.
    if (made.status().code() == Code::kAborted && beginning < kMaxBeginnings &&
        ports_.transcriber->current().id != model.id) {
      continue;
    }
    if (!made.ok()) return made.status();
    transcript = std::move(made).value();
    transcript.recording_id = ingested.recording_id;
    transcript.version_id = version;
    VANG_RETURN_IF_ERROR(ports_.objects->Put(context, key, EncodeRawTranscript(transcript)));
    // Another worker may have been quicker, and what is stored is what counts.
    VANG_ASSIGN_OR_RETURN(transcript, Stored(context, ports_.objects, key));
    if (ports_.metrics != nullptr) {
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
      ports_.metrics->Count("vang_asr_audio_seconds_total", {}, transcript.audio_seconds);
      ports_.metrics->Observe("vang_asr_processing_seconds", took.count());
    }
    break;
  }
  // Deleted while we were at it: what we stored was stored after the deletion's sweep.
  const auto audio = ports_.objects->Stat(context, ingested.object_key);
  if (audio.status().code() == Code::kNotFound) return ports_.objects->Delete(context, key);
  if (!audio.ok()) return audio.status();

  const Event event =
      ToEvent(Describe(transcript, key), tenant, kService, ports_.clock->Now(), &delivery.event);
  return ports_.bus->Publish(context, event).status();
}

}  // namespace vang::asr
