#include "services/asr/transcription.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "libs/speech/segmenter.h"

namespace vang::asr {
namespace {

// What is read from the stream at once.
constexpr std::size_t kChunkSamples = kSampleRate;

RawSegment ToSegment(const SpeechSegment& piece, Recognition recognition) {
  RawSegment segment;
  segment.start = piece.start_seconds();
  segment.end = segment.start + piece.seconds();
  // A recogniser may let a last word ring on beyond its piece.
  const auto place = [&segment](auto& timed) {
    timed.start = std::min(segment.start + timed.start, segment.end);
    timed.end = std::clamp(segment.start + timed.end, timed.start, segment.end);
  };
  for (Token& token : recognition.tokens) place(token);
  for (Word& word : recognition.words) place(word);
  segment.tokens = std::move(recognition.tokens);
  segment.words = std::move(recognition.words);
  return segment;
}

// A bounded queue of pieces and the threads that recognise them. The first failure ends it.
class Pieces {
 public:
  Pieces(const Context& context, Transcriber* transcriber, const std::string& model_id,
         int parallel)
      : context_(context),
        transcriber_(transcriber),
        model_id_(model_id),
        limit_(static_cast<std::size_t>(std::max(parallel, 1))) {
    for (std::size_t i = 0; i < limit_; ++i) threads_.emplace_back([this] { Work(); });
  }

  ~Pieces() { Fail(Cancelled("the transcription was given up")); }

  // Waits until there is room; recognitions have a time limit, so there will be.
  Status Push(SpeechSegment piece) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return !failure_.ok() || queue_.size() < limit_; });
    if (!failure_.ok()) return failure_;
    queue_.push_back({results_.size(), std::move(piece)});
    results_.emplace_back();
    changed_.notify_all();
    return {};
  }

  // All segments, in order, once every piece is recognised.
  Result<std::vector<RawSegment>> Finish() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      closed_ = true;
      changed_.notify_all();
    }
    threads_.clear();
    if (!failure_.ok()) return failure_;
    std::erase_if(results_, [](const RawSegment& segment) { return segment.words.empty(); });
    return std::move(results_);
  }

 private:
  struct Item {
    std::size_t index = 0;
    SpeechSegment piece;
  };

  void Fail(Status status) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (failure_.ok()) failure_ = std::move(status);
    queue_.clear();
    changed_.notify_all();
  }

  void Work() {
    while (true) {
      Item item;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        changed_.wait(lock, [this] { return !queue_.empty() || closed_ || !failure_.ok(); });
        if (queue_.empty()) return;
        item = std::move(queue_.front());
        queue_.pop_front();
        changed_.notify_all();
      }
      std::string answered_by;
      auto recognition = transcriber_->Recognize(context_, item.piece.samples, &answered_by);
      if (!recognition.ok()) return Fail(recognition.status());
      if (answered_by != model_id_) {
        return Fail(Aborted("the model changed from " + model_id_ + " to " + answered_by +
                            " during a recording"));
      }
      RawSegment segment = ToSegment(item.piece, std::move(recognition).value());
      std::lock_guard<std::mutex> lock(mutex_);
      results_[item.index] = std::move(segment);
    }
  }

  const Context context_;
  Transcriber* const transcriber_;
  const std::string model_id_;
  const std::size_t limit_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Item> queue_;
  std::vector<RawSegment> results_;
  bool closed_ = false;
  Status failure_;
  std::vector<std::jthread> threads_;  // last: they use the rest
};

}  // namespace

Result<RawTranscript> Transcribe(const Context& context, AudioStream* stream,
                                 Transcriber* transcriber, const std::string& model_id,
                                 int parallel) {
  SpeechSegmenter segmenter{SegmenterOptions()};
  Pieces pieces(context, transcriber, model_id, parallel);
  std::vector<float> chunk(kChunkSamples);
  std::vector<SpeechSegment> found;
  while (true) {
    VANG_RETURN_IF_ERROR(context.Check());
    VANG_ASSIGN_OR_RETURN(const std::size_t count, stream->Read(context, chunk));
    if (count > 0) {
      segmenter.Push(std::span<const float>(chunk).first(count), &found);
    } else {
      segmenter.Finish(&found);
    }
    for (SpeechSegment& piece : found) VANG_RETURN_IF_ERROR(pieces.Push(std::move(piece)));
    found.clear();
    if (count == 0) break;
  }
  RawTranscript transcript;
  transcript.model_id = model_id;
  VANG_ASSIGN_OR_RETURN(transcript.segments, pieces.Finish());
  transcript.audio_seconds = segmenter.audio_seconds();
  transcript.speech_seconds = segmenter.speech_seconds();
  return transcript;
}

}  // namespace vang::asr
