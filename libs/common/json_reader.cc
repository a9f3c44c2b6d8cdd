#include <algorithm>

#include "libs/common/json.h"

namespace vang {
namespace {

const JsonArray kNoArray;
const JsonObject kNoObject;

// RFC 6901: '~' and '/' inside a member's name are escaped.
std::string Escape(std::string_view key) {
  std::string out;
  for (char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

JsonReader::JsonReader(const JsonValue& value, std::string pointer) : pointer_(std::move(pointer)) {
  if (value.is_object()) {
    object_ = &value.get_object();
  } else {
    fault_pointer_ = pointer_;
    fault_ = "must be an object";
  }
}

void JsonReader::Fail(std::string_view key, std::string_view detail) {
  if (!fault_.empty()) return;
  fault_pointer_ = key.empty() ? pointer_ : pointer_ + "/" + Escape(key);
  fault_ = detail;
}

const JsonValue* JsonReader::Find(std::string_view key, bool required) {
  if (object_ == nullptr) return nullptr;
  seen_.emplace_back(key);
  const JsonValue* value = object_->if_contains(key);
  if (value == nullptr || (value->is_null() && !required)) {
    if (required) Fail(key, "is missing");
    return nullptr;
  }
  return value;
}

std::string JsonReader::String(std::string_view key) {
  const JsonValue* value = Find(key, true);
  if (value == nullptr) return {};
  if (!value->is_string()) {
    Fail(key, "must be a string");
    return {};
  }
  return {value->get_string().data(), value->get_string().size()};
}

std::optional<std::string> JsonReader::OptionalString(std::string_view key) {
  if (Find(key, false) == nullptr) return std::nullopt;
  return String(key);
}

std::int64_t JsonReader::Int(std::string_view key) {
  const JsonValue* value = Find(key, true);
  if (value == nullptr) return 0;
  boost::json::error_code error;
  const auto number = value->to_number<std::int64_t>(error);
  if (error) {
    Fail(key, "must be a whole number");
    return 0;
  }
  return number;
}

std::optional<std::int64_t> JsonReader::OptionalInt(std::string_view key) {
  if (Find(key, false) == nullptr) return std::nullopt;
  return Int(key);
}

double JsonReader::Number(std::string_view key) {
  const JsonValue* value = Find(key, true);
  if (value == nullptr) return 0;
  if (!value->is_number()) {
    Fail(key, "must be a number");
    return 0;
  }
  return value->to_number<double>();
}

std::optional<double> JsonReader::OptionalNumber(std::string_view key) {
  if (Find(key, false) == nullptr) return std::nullopt;
  return Number(key);
}

bool JsonReader::Bool(std::string_view key) {
  const JsonValue* value = Find(key, true);
  if (value == nullptr) return false;
  if (!value->is_bool()) {
    Fail(key, "must be true or false");
    return false;
  }
  return value->get_bool();
}

std::optional<bool> JsonReader::OptionalBool(std::string_view key) {
  if (Find(key, false) == nullptr) return std::nullopt;
  return Bool(key);
}

const JsonArray* JsonReader::OptionalArray(std::string_view key) {
  const JsonValue* value = Find(key, false);
  if (value == nullptr) return nullptr;
  if (!value->is_array()) {
    Fail(key, "must be an array");
    return nullptr;
  }
  return &value->get_array();
}

const JsonArray& JsonReader::Array(std::string_view key) {
  Find(key, true);
  const JsonArray* array = OptionalArray(key);
  return array == nullptr ? kNoArray : *array;
}

const JsonObject* JsonReader::OptionalObject(std::string_view key) {
  const JsonValue* value = Find(key, false);
  if (value == nullptr) return nullptr;
  if (!value->is_object()) {
    Fail(key, "must be an object");
    return nullptr;
  }
  return &value->get_object();
}

const JsonObject& JsonReader::Object(std::string_view key) {
  Find(key, true);
  const JsonObject* object = OptionalObject(key);
  return object == nullptr ? kNoObject : *object;
}

std::vector<std::string> JsonReader::Strings(std::string_view key) {
  std::vector<std::string> strings;
  const JsonArray& array = Array(key);
  for (std::size_t i = 0; i < array.size(); ++i) {
    if (!array[i].is_string()) {
      if (fault_.empty()) {
        fault_pointer_ = pointer_ + "/" + Escape(key) + "/" + std::to_string(i);
        fault_ = "must be a string";
      }
      return {};
    }
    strings.emplace_back(array[i].get_string().data(), array[i].get_string().size());
  }
  return strings;
}

Status JsonReader::status() const {
  if (fault_.empty()) return {};
  return InvalidArgument((fault_pointer_.empty() ? "the document" : fault_pointer_) + " " + fault_);
}

Status JsonReader::FinishStrict() {
  if (fault_.empty() && object_ != nullptr) {
    for (const auto& member : *object_) {
      const std::string_view key(member.key().data(), member.key().size());
      if (std::find(seen_.begin(), seen_.end(), key) == seen_.end()) {
        Fail(key, "is not a known member");
        break;
      }
    }
  }
  return status();
}

}  // namespace vang
