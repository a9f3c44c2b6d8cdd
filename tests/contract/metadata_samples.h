// What the tests of metadata stores write.
#pragma once

#include <string>

#include "libs/base/uuid.h"
#include "libs/common/event_data.h"

namespace vang {

// Another event for another key.
inline Event AnEvent(const std::string& key) {
  RecordingDeleted data;
  data.recording_id = RecordingId("a", key);
  data.deletion_id = DerivedId("test", key);
  data.sha256 = std::string(64, 'a');
  data.deleted_by = "local";
  return ToEvent(data, "a", "metadata", 1'700'000'000'000);
}

}  // namespace vang
