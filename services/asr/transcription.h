// Samples to a raw transcript: found speech is cut into pieces, pieces are recognised side by side
// and put together in order. However long the sound is, only a few pieces are in memory.
#pragma once

#include <string>

#include "libs/base/context.h"
#include "libs/common/transcript.h"
#include "libs/ports/audio_decoder.h"
#include "libs/ports/transcriber.h"

namespace vang::asr {

// The transcript by `model_id`, its ids but for model_id left empty. `parallel` pieces at once.
// Pieces in which nothing is said are left out. The same sound and model give the same transcript.
// kAborted when another model answered: begin anew with that one. Other failures are the stream's
// and the transcriber's.
Result<RawTranscript> Transcribe(const Context& context, AudioStream* stream,
                                 Transcriber* transcriber, const std::string& model_id,
                                 int parallel);

}  // namespace vang::asr
