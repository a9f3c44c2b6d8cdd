// A Compose file as `docker compose` reads it: YAML with its merge keys resolved and its variables
// filled in, as a JSON value that rules and a JSON Schema can look at.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "libs/common/json.h"

namespace vang::infra {

using Variables = std::map<std::string, std::string>;

// kInvalidArgument for what is no YAML, a key given twice, or a variable that is required
// (`${NAME:?why}`) and not there. Without `variables` none is filled in.
Result<JsonValue> ReadCompose(const std::string& text, const Variables* variables);

// What stands at the pointer; nullptr when nothing does.
const JsonValue* Find(const JsonValue& value, std::string_view pointer);
// The text there, also of a number or truth value; empty when there is nothing.
std::string TextOf(const JsonValue& value, std::string_view pointer);
// The texts of the list there, or the one text, or none. `member` = of objects in the list, that
// member of each: configs may be "name" or {"source": "name"}.
std::vector<std::string> TextsOf(const JsonValue& value, std::string_view pointer,
                                 std::string_view member = "");
// The member names of the object there.
std::vector<std::string> NamesIn(const JsonValue& value, std::string_view pointer);

// One entry of a service's `volumes`: "source:target", "target", or an object.
struct VolumeMount {
  std::string source;  // a named volume or a path; empty = a volume of the container's own
  std::string target;
};
std::vector<VolumeMount> VolumesOf(const JsonValue& service);

}  // namespace vang::infra
