#include "apps/services/parts.h"
#include "libs/adapters/audio_decoder/ffmpeg/ffmpeg_audio_decoder.h"
#include "libs/adapters/transcriber/worker/worker_transcriber.h"

namespace vang::services {

Result<AudioDecoder*> Parts::Decoder() {
  FfmpegAudioDecoderConfig config;
  config.metrics = metrics_;
  VANG_ASSIGN_OR_RETURN(auto decoder, OpenFfmpegAudioDecoder(config));
  return Keep(std::move(decoder));
}

Result<Transcriber*> Parts::Recognizer(int children) {
  WorkerTranscriberConfig config;
  config.children = children;
  config.metrics = metrics_;
  VANG_ASSIGN_OR_RETURN(auto transcriber, OpenWorkerTranscriber(config));
  return Keep(std::move(transcriber));
}

}  // namespace vang::services
