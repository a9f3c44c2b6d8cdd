// What metadata knows about a corrected recording, as far as a dataset needs it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/context.h"
#include "libs/ports/upstream.h"

namespace vang::training {

struct CorrectedVersion {
  std::string version_id;
  std::string readable_key;
};

struct CorrectedSegment {
  std::string edit_id;
  std::string version_id;
  std::int64_t segment = 0;
  std::string text;
  std::optional<std::string> speaker;  // a label such as "S1"
};

struct CorrectedRecording {
  std::string audio_key;
  std::map<std::string, std::string> speakers;  // label to name
  std::vector<CorrectedVersion> versions;
  std::vector<CorrectedSegment> edits;  // in the order they were made
};

// Nothing when the tenant has no such recording (any more). kUnavailable when metadata does not
// answer, kDataLoss when its answer is not a recording-rows body.
Result<std::optional<CorrectedRecording>> LookUpRecording(const Context& context,
                                                          Upstream* metadata,
                                                          const std::string& tenant,
                                                          const std::string& recording_id);

}  // namespace vang::training
