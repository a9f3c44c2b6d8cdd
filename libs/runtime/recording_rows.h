// What metadata knows about a recording, asked for by the services that work on it.
#pragma once

#include <optional>
#include <string>

#include "libs/base/context.h"
#include "libs/common/json.h"
#include "libs/ports/upstream.h"

namespace vang {

// The body of metadata's internal route, checked against the schema `recording-rows`. Nothing when
// the tenant has no such recording (any more). kUnavailable when metadata does not answer within
// 10 s, kDataLoss when its answer is not such a body. Thread-safe as the upstream is.
Result<std::optional<JsonValue>> FetchRecordingRows(const Context& context, Upstream* metadata,
                                                    const std::string& tenant,
                                                    const std::string& recording_id);

}  // namespace vang
