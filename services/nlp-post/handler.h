// What nlp-post does with one transcription.completed.
#pragma once

#include <memory>

#include "libs/vietnamese/text_model.h"
#include "services/nlp-post/module.h"

namespace vang::nlp_post {

// Reads the raw transcript, writes the readable one and says nlp.postprocessed. Repeating it
// changes nothing: a readable transcript that is there is kept, even if a newer text model would
// write it otherwise, because people's edits and the index refer to its bytes. A raw transcript
// that is gone belongs to a deleted recording: OK, and nothing is left behind. kDataLoss when
// either object is damaged.
Status MakeTranscriptReadable(const Context& context, const NlpPostPorts& ports,
                              const TextModel& model, const Event& event);

}  // namespace vang::nlp_post
