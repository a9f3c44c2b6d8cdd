// JSON (RFC 8259) at the edges: a bounded parser that refuses bad UTF-8, a streaming writer whose
// output is always valid UTF-8, and a reader that turns a body into a struct and says, with a JSON
// Pointer (RFC 6901), which member is wrong.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/status.h"

namespace vang {

using JsonValue = boost::json::value;
using JsonObject = boost::json::object;
using JsonArray = boost::json::array;

// Parses one document, at most `limit` bytes and 32 levels deep. Anything else, bad UTF-8 included,
// is kInvalidArgument with the position.
Result<JsonValue> ParseJson(std::string_view text, std::size_t limit = std::size_t{64} << 20);

// Serialises `value`; numbers in their shortest form, malformed UTF-8 as U+FFFD.
std::string WriteJson(const JsonValue& value);

// Builds a document from the front to the back without holding it as a tree. Not thread-safe.
class JsonWriter {
 public:
  JsonWriter& BeginObject();
  JsonWriter& EndObject();
  JsonWriter& BeginArray();
  JsonWriter& EndArray();
  JsonWriter& Key(std::string_view key);
  JsonWriter& String(std::string_view value);
  JsonWriter& Int(std::int64_t value);
  // Not-a-number and infinities become null. `digits` after the point at most; -1 = shortest.
  JsonWriter& Number(double value, int digits = -1);
  JsonWriter& Bool(bool value);
  JsonWriter& Null();
  JsonWriter& Value(const JsonValue& value);

  // Key and value in one call.
  JsonWriter& Field(std::string_view key, std::string_view value) { return Key(key).String(value); }
  JsonWriter& Field(std::string_view key, const char* value) { return Key(key).String(value); }
  JsonWriter& Field(std::string_view key, const std::string& value) {
    return Key(key).String(value);
  }
  JsonWriter& Field(std::string_view key, std::int64_t value) { return Key(key).Int(value); }
  JsonWriter& Field(std::string_view key, int value) { return Key(key).Int(value); }
  JsonWriter& Field(std::string_view key, bool value) { return Key(key).Bool(value); }

  const std::string& text() const { return out_; }
  std::string Take() { return std::move(out_); }

 private:
  void Separate();
  std::string out_;
  bool needs_comma_ = false;
};

// Reads the members of one object. The first fault is kept; later reads give empty values, so that
// a decoder is a list of reads followed by one `status()`.
class JsonReader {
 public:
  // `pointer` is where `value` stands in its document ("" for the root).
  explicit JsonReader(const JsonValue& value, std::string pointer = "");

  std::string String(std::string_view key);
  std::optional<std::string> OptionalString(std::string_view key);
  std::int64_t Int(std::string_view key);
  std::optional<std::int64_t> OptionalInt(std::string_view key);
  double Number(std::string_view key);
  std::optional<double> OptionalNumber(std::string_view key);
  bool Bool(std::string_view key);
  std::optional<bool> OptionalBool(std::string_view key);
  // The array member, or an empty one.
  const JsonArray& Array(std::string_view key);
  const JsonArray* OptionalArray(std::string_view key);
  const JsonObject& Object(std::string_view key);
  const JsonObject* OptionalObject(std::string_view key);
  std::vector<std::string> Strings(std::string_view key);

  // Records a fault of the caller's own finding.
  void Fail(std::string_view key, std::string_view detail);
  // kInvalidArgument "<pointer>: <detail>", or OK.
  Status status() const;
  // As status(), and a member that no read asked for is a fault too.
  Status FinishStrict();

  const std::string& fault_pointer() const { return fault_pointer_; }

 private:
  const JsonValue* Find(std::string_view key, bool required);

  const JsonObject* object_ = nullptr;
  std::string pointer_;
  std::vector<std::string> seen_;
  std::string fault_pointer_;
  std::string fault_;
};

}  // namespace vang
