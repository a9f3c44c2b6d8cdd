// `vang transcribe`: files to text in this process, without a server and without a trace in the
// data folder; the same stages as the server's, one after the other.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <thread>

#include "apps/host/model_folders.h"
#include "apps/host/recognizers.h"
#include "apps/vang/commands.h"
#include "apps/vang/input_file.h"
#include "apps/vang/stores.h"
#include "libs/common/event_data.h"
#include "libs/vietnamese/readable_text.h"
#include "services/asr/transcription.h"
#include "services/metadata/transcript_view.h"
#include "services/training-orchestrator/model_card.h"

namespace vang::cli {
namespace {

constexpr double kSampleRate = 16'000;

// Tells how far the decoder is.
class ObservedStream : public AudioStream {
 public:
  ObservedStream(const Console& console, std::string name, std::unique_ptr<AudioStream> stream)
      : console_(console), name_(std::move(name)), stream_(std::move(stream)) {}

  Result<std::size_t> Read(const Context& context, std::span<float> samples) override {
    auto n = stream_->Read(context, samples);
    if (n.ok()) {
      seconds_ += static_cast<double>(*n) / kSampleRate;
      console_.Progress(name_ + ": " + FormatClock(seconds_) + " heard");
    }
    return n;
  }

 private:
  const Console& console_;
  const std::string name_;
  const std::unique_ptr<AudioStream> stream_;
  double seconds_ = 0;
};

struct Engine {
  std::unique_ptr<AudioDecoder> decoder;
  std::unique_ptr<Transcriber> transcriber;
  std::shared_ptr<const TextModel> text;
  std::string model_id;
  int parallel = 1;
};

Result<Engine> OpenEngine(const TranscribeOptions& options, Metrics* metrics) {
  VANG_ASSIGN_OR_RETURN(const ModelFolders models, FindModels(options.models));
  const std::string folder = options.model.empty() ? models.speech : options.model;
  if (folder.empty()) return NotFound("there is no speech model: name one with --model FOLDER");
  std::error_code error;
  VANG_ASSIGN_OR_RETURN(
      const RegisteredModel model,
      training::ReadModelFolder(std::filesystem::absolute(folder, error).string()));
  Engine engine;
  engine.parallel = DefaultRecognizers();
  VANG_ASSIGN_OR_RETURN(engine.decoder, OpenDecoder(metrics));
  VANG_ASSIGN_OR_RETURN(engine.text, TextModel::Load(models.text));
  VANG_ASSIGN_OR_RETURN(engine.transcriber, OpenTranscriber(engine.parallel, metrics));
  VANG_RETURN_IF_ERROR(engine.transcriber->Load(Context(), {model.id, model.family, model.folder}));
  engine.model_id = model.id;
  return engine;
}

Result<metadata::TranscriptView> TranscribeFile(const Console& console, const Engine& engine,
                                                const std::string& path, double max_seconds) {
  VANG_ASSIGN_OR_RETURN(InputFile input, OpenInput(path));
  VANG_ASSIGN_OR_RETURN(const std::string sha256, HashInput(input));
  const Context context;
  DecodeLimits limits;
  limits.max_seconds = max_seconds;
  VANG_ASSIGN_OR_RETURN(auto stream, engine.decoder->Open(context, std::move(input.file), limits));
  ObservedStream observed(console, input.name, std::move(stream));
  VANG_ASSIGN_OR_RETURN(const RawTranscript raw,
                        asr::Transcribe(context, &observed, engine.transcriber.get(),
                                        engine.model_id, engine.parallel));
  const ReadableText readable = MakeReadable(raw.segments, *engine.text);
  const std::vector<Word> words = metadata::FlattenWords(raw);
  metadata::TranscriptView view;
  // What the server would call it.
  view.recording_id = RecordingId("local", sha256);
  view.title = input.name;
  view.version.number = 1;
  view.version.model_id = engine.model_id;
  view.versions = {1};
  view.duration = raw.audio_seconds;
  for (const ReadableSegment& segment : readable.segments) {
    metadata::ViewedSegment viewed;
    viewed.start = segment.start;
    viewed.end = segment.end;
    viewed.confidence = segment.confidence;
    viewed.text = segment.text;
    viewed.words = metadata::TimedWords(segment, words);
    view.segments.push_back(std::move(viewed));
  }
  return view;
}

std::string Formatted(const metadata::TranscriptView& view, const std::string& format) {
  if (format == "json") return metadata::TranscriptJson(view) + "\n";
  if (format == "srt") return metadata::TranscriptSrt(view);
  if (format == "vtt") return metadata::TranscriptVtt(view);
  return metadata::TranscriptText(view);
}

// talk.mp3 → talk.srt, or talk.mp3.srt when talk.srt was written in this run already.
std::filesystem::path OutputPath(const std::string& folder, const std::string& input,
                                 const std::string& format, std::set<std::string>* taken) {
  const std::filesystem::path name =
      input == "-" ? "stdin" : std::filesystem::path(input).filename();
  std::string candidate = name.stem().string() + "." + format;
  if (!taken->insert(candidate).second) {
    candidate = name.string() + "." + format;
    taken->insert(candidate);
  }
  return std::filesystem::path(folder) / candidate;
}

Status One(const Console& console, const Engine& engine, const TranscribeOptions& options,
           const std::string& path, std::set<std::string>* taken) {
  VANG_ASSIGN_OR_RETURN(const auto view,
                        TranscribeFile(console, engine, path, options.max_seconds));
  console.Progress("");
  if (view.segments.empty()) console.Note(path + ": no speech was found");
  const std::string format = console.json ? "json" : options.format;
  const std::string text = Formatted(view, format);
  if (options.output_dir.empty()) {
    if (options.files.size() > 1 && format == "txt") console.Note(path + ":");
    if (!text.empty()) console.Print(text);
    return {};
  }
  const auto output = OutputPath(options.output_dir, path, format, taken);
  VANG_RETURN_IF_ERROR(WriteFileDurably(output, text));
  console.Note(path + " → " + output.string());
  return {};
}

}  // namespace

int Transcribe(const Console& console, const TranscribeOptions& options) {
  const bool subtitles = options.format == "srt" || options.format == "vtt";
  if (subtitles && !console.json && options.files.size() > 1 && options.output_dir.empty()) {
    console.Fail(InvalidArgument("several files cannot share one " + options.format +
                                 " on standard output: say where with --output-dir"));
    return kExitUsage;
  }
  Metrics metrics;
  console.Progress("loading the models …");
  const auto engine = OpenEngine(options, &metrics);
  if (!engine.ok()) return console.Fail(engine.status());
  std::set<std::string> taken;
  std::size_t failed = 0;
  int last = kExitOk;
  for (const std::string& path : options.files) {
    if (Status status = One(console, *engine, options, path, &taken); !status.ok()) {
      ++failed;
      last = console.Fail(status.Wrap(path));
    }
  }
  return failed == 0 || failed == options.files.size() ? last : kExitPartial;
}

}  // namespace vang::cli
