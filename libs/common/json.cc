#include "libs/common/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "libs/base/utf8.h"

// Boost.JSON is compiled into its own library; only the declarations are used here.

namespace vang {
namespace {

void AppendEscaped(std::string_view value, std::string* out) {
  static constexpr char kHex[] = "0123456789abcdef";
  out->push_back('"');
  for (std::size_t i = 0; i < value.size();) {
    const auto byte = static_cast<unsigned char>(value[i]);
    if (byte >= 0x80) {
      AppendUtf8(DecodeUtf8(value, &i), out);
      continue;
    }
    ++i;
    switch (byte) {
      case '"':
        *out += "\\\"";
        break;
      case '\\':
        *out += "\\\\";
        break;
      case '\n':
        *out += "\\n";
        break;
      case '\r':
        *out += "\\r";
        break;
      case '\t':
        *out += "\\t";
        break;
      default:
        if (byte < 0x20) {
          *out += "\\u00";
          out->push_back(kHex[byte >> 4]);
          out->push_back(kHex[byte & 15]);
        } else {
          out->push_back(static_cast<char>(byte));
        }
    }
  }
  out->push_back('"');
}

void AppendNumber(double value, int digits, std::string* out) {
  if (!std::isfinite(value)) {
    *out += "null";
    return;
  }
  char buffer[64];
  std::to_chars_result end{};
  if (digits >= 0 && std::abs(value) < 1e15) {
    end = std::to_chars(buffer, buffer + sizeof(buffer), value, std::chars_format::fixed, digits);
  } else {
    end = std::to_chars(buffer, buffer + sizeof(buffer), value);
  }
  std::string_view text(buffer, static_cast<std::size_t>(end.ptr - buffer));
  if (digits > 0 && text.find('.') != std::string_view::npos &&
      text.find('e') == std::string_view::npos) {
    while (text.back() == '0') text.remove_suffix(1);
    if (text.back() == '.') text.remove_suffix(1);
  }
  *out += text == "-0" ? "0" : text;
}

void AppendValue(const JsonValue& value, std::string* out) {
  switch (value.kind()) {
    case boost::json::kind::null:
      *out += "null";
      break;
    case boost::json::kind::bool_:
      *out += value.get_bool() ? "true" : "false";
      break;
    case boost::json::kind::int64:
      *out += std::to_string(value.get_int64());
      break;
    case boost::json::kind::uint64:
      *out += std::to_string(value.get_uint64());
      break;
    case boost::json::kind::double_:
      AppendNumber(value.get_double(), -1, out);
      break;
    case boost::json::kind::string:
      AppendEscaped({value.get_string().data(), value.get_string().size()}, out);
      break;
    case boost::json::kind::array: {
      out->push_back('[');
      bool first = true;
      for (const JsonValue& item : value.get_array()) {
        if (!first) out->push_back(',');
        first = false;
        AppendValue(item, out);
      }
      out->push_back(']');
      break;
    }
    case boost::json::kind::object: {
      out->push_back('{');
      bool first = true;
      for (const auto& member : value.get_object()) {
        if (!first) out->push_back(',');
        first = false;
        AppendEscaped({member.key().data(), member.key().size()}, out);
        out->push_back(':');
        AppendValue(member.value(), out);
      }
      out->push_back('}');
      break;
    }
  }
}

}  // namespace

Result<JsonValue> ParseJson(std::string_view text, std::size_t limit) {
  if (text.size() > limit) {
    return InvalidArgument("the JSON document is larger than " + std::to_string(limit) + " bytes");
  }
  boost::json::parse_options options;
  options.max_depth = 32;
  boost::json::stream_parser parser({}, options);
  boost::json::error_code error;
  std::size_t consumed = 0;
  try {
    consumed = parser.write_some(text.data(), text.size(), error);
    if (!error && consumed == text.size()) parser.finish(error);
    if (!error && consumed < text.size()) {
      return InvalidArgument("JSON ends at byte " + std::to_string(consumed) +
                             " but the document goes on");
    }
    if (error) {
      return InvalidArgument("malformed JSON near byte " + std::to_string(consumed) + ": " +
                             error.message());
    }
    return parser.release();
  } catch (const std::exception& exception) {
    return InvalidArgument(std::string("malformed JSON: ") + exception.what());
  }
}

std::string WriteJson(const JsonValue& value) {
  std::string out;
  AppendValue(value, &out);
  return out;
}

void JsonWriter::Separate() {
  if (needs_comma_) out_.push_back(',');
  needs_comma_ = true;
}

JsonWriter& JsonWriter::BeginObject() {
  Separate();
  out_.push_back('{');
  needs_comma_ = false;
  return *this;
}
JsonWriter& JsonWriter::EndObject() {
  out_.push_back('}');
  needs_comma_ = true;
  return *this;
}
JsonWriter& JsonWriter::BeginArray() {
  Separate();
  out_.push_back('[');
  needs_comma_ = false;
  return *this;
}
JsonWriter& JsonWriter::EndArray() {
  out_.push_back(']');
  needs_comma_ = true;
  return *this;
}
JsonWriter& JsonWriter::Key(std::string_view key) {
  Separate();
  AppendEscaped(key, &out_);
  out_.push_back(':');
  needs_comma_ = false;
  return *this;
}
JsonWriter& JsonWriter::String(std::string_view value) {
  Separate();
  AppendEscaped(value, &out_);
  return *this;
}
JsonWriter& JsonWriter::Int(std::int64_t value) {
  Separate();
  out_ += std::to_string(value);
  return *this;
}
JsonWriter& JsonWriter::Number(double value, int digits) {
  Separate();
  AppendNumber(value, digits, &out_);
  return *this;
}
JsonWriter& JsonWriter::Bool(bool value) {
  Separate();
  out_ += value ? "true" : "false";
  return *this;
}
JsonWriter& JsonWriter::Null() {
  Separate();
  out_ += "null";
  return *this;
}
JsonWriter& JsonWriter::Value(const JsonValue& value) {
  Separate();
  AppendValue(value, &out_);
  return *this;
}

}  // namespace vang
