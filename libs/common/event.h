// The envelope of every event: CloudEvents 1.0, structured JSON mode. Subject is the short name
// ("recording.ingested"); `type` on the wire is "vang.<subject>.v1". The schemas of the data of
// each subject stand in libs/common/events/*.schema.json and are compiled in.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/status.h"
#include "libs/common/json.h"

namespace vang {

struct Event {
  // UUIDv5 of what the event says: the same work published twice has the same id.
  std::string id;
  // The service that says it, e.g. "/services/asr".
  std::string source;
  // Short name, e.g. "transcription.completed".
  std::string subject;
  TimeMs time = 0;
  std::string tenant;
  // W3C traceparent; may be empty.
  std::string traceparent;
  // Id of the event whose handling led to this one (CloudEvents extension "causationid"); empty for
  // what a client began.
  std::string cause;
  JsonObject data;
};

// All subjects of design section 3, in the order of a recording's life.
const std::vector<std::string>& EventSubjects();
bool IsEventSubject(std::string_view subject);

std::string EncodeEvent(const Event& event);

// Decodes and validates the envelope and, against the subject's schema, the data. kInvalidArgument
// names the JSON Pointer of the fault.
Result<Event> DecodeEvent(std::string_view text);

// What can still be read of a text that DecodeEvent refuses, for the dead letters: each member that
// has the right JSON type; the others, and all of them when the text is no JSON object, are empty.
Event SalvageEvent(std::string_view text);

}  // namespace vang
