// JSON Schema (draft 7) validation against the schemas compiled in from libs/common/events and
// libs/common/schemas. They are the only thing that services share about each other.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/base/status.h"
#include "libs/common/json.h"

namespace vang {

// Names without ".schema.json": "recording.ingested", "recording", "problem", …
std::vector<std::string> SchemaNames();
// The schema's own JSON text; kNotFound for an unknown name.
Result<std::string_view> SchemaText(std::string_view name);

struct SchemaFault {
  std::string pointer;  // RFC 6901, "" = the whole document
  std::string detail;
};

// Empty when `value` conforms. `name` must exist. Thread-safe.
std::vector<SchemaFault> ValidateSchema(std::string_view name, const JsonValue& value);

// The same against a schema that is not one of ours. It is compiled anew each time: slow.
std::vector<SchemaFault> ValidateAgainst(const JsonValue& schema, const JsonValue& value);

// ValidateSchema as a Status: kInvalidArgument "<pointer>: <detail>" of the deepest fault.
Status CheckSchema(std::string_view name, const JsonValue& value);

}  // namespace vang
