#include "tests/infra/compose_file.h"

#include <yaml-cpp/yaml.h>

#include <regex>

namespace vang::infra {
namespace {

// ${NAME}, ${NAME:-default}, ${NAME:?why}, and $$ for a dollar.
Result<std::string> FillIn(const std::string& text, const Variables& variables) {
  static const std::regex reference(R"(^\$\{([A-Za-z_][A-Za-z0-9_]*)(:-|:\?)?([^}$]*)\})");
  std::string filled;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '$') {
      filled += text[at++];
      continue;
    }
    if (text.compare(at, 2, "$$") == 0) {
      filled += '$';
      at += 2;
      continue;
    }
    std::smatch match;
    const std::string rest = text.substr(at);
    if (!std::regex_search(rest, match, reference)) {
      return InvalidArgument("no variable that is understood: " + rest);
    }
    const auto found = variables.find(match[1]);
    if (found != variables.end() && !found->second.empty()) {
      filled += found->second;
    } else if (match[2] == ":-") {
      filled += match[3];
    } else if (match[2] == ":?") {
      return InvalidArgument("the variable " + match[1].str() + " is missing: " + match[3].str());
    }
    at += static_cast<std::size_t>(match.length());
  }
  return filled;
}

class Reader {
 public:
  explicit Reader(const Variables* variables) : variables_(variables) {}

  Result<JsonValue> Read(const YAML::Node& node) const {
    switch (node.Type()) {
      case YAML::NodeType::Scalar:
        return Scalar(node);
      case YAML::NodeType::Sequence: {
        JsonArray list;
        for (const YAML::Node& item : node) {
          VANG_ASSIGN_OR_RETURN(JsonValue value, Read(item));
          list.push_back(std::move(value));
        }
        return JsonValue(std::move(list));
      }
      case YAML::NodeType::Map:
        return Map(node);
      default:
        return JsonValue(nullptr);
    }
  }

 private:
  Result<JsonValue> Scalar(const YAML::Node& node) const {
    static const std::regex integer("^[-+]?[0-9]+$"), number(R"(^[-+]?[0-9]*\.[0-9]+$)");
    std::string text = node.Scalar();
    // The tag of what stands without quotes, whose type is seen from its looks.
    if (node.Tag() == "?") {
      if (text.empty() || text == "~" || text == "null") return JsonValue(nullptr);
      if (text == "true" || text == "false") return JsonValue(text == "true");
      if (std::regex_match(text, integer)) return JsonValue(std::stoll(text));
      if (std::regex_match(text, number)) return JsonValue(std::stod(text));
    }
    if (variables_ != nullptr) {
      VANG_ASSIGN_OR_RETURN(text, FillIn(text, *variables_));
    }
    return JsonValue(text);
  }

  Result<JsonValue> Map(const YAML::Node& node) const {
    JsonObject own, merged;
    for (const auto& member : node) {
      const std::string name = member.first.Scalar();
      VANG_ASSIGN_OR_RETURN(JsonValue value, Read(member.second));
      if (name == "<<") {
        if (!value.is_object()) return InvalidArgument("<< takes a map");
        merged = std::move(value.as_object());
      } else if (!own.emplace(name, std::move(value)).second) {
        return InvalidArgument("the key '" + name + "' is there twice, again in line " +
                               std::to_string(member.first.Mark().line + 1));
      }
    }
    // What is merged gives way to what stands there.
    for (const auto& member : merged) own.emplace(member.key(), member.value());
    return JsonValue(std::move(own));
  }

  const Variables* variables_;
};

}  // namespace

Result<JsonValue> ReadCompose(const std::string& text, const Variables* variables) {
  try {
    return Reader(variables).Read(YAML::Load(text));
  } catch (const YAML::Exception& exception) {
    return InvalidArgument(std::string("no YAML: ") + exception.what());
  }
}

const JsonValue* Find(const JsonValue& value, std::string_view pointer) {
  boost::system::error_code error;
  return value.find_pointer(pointer, error);
}

std::string TextOf(const JsonValue& value, std::string_view pointer) {
  const JsonValue* found = Find(value, pointer);
  if (found == nullptr || found->is_null()) return "";
  return found->is_string() ? std::string(found->as_string()) : WriteJson(*found);
}

std::vector<std::string> TextsOf(const JsonValue& value, std::string_view pointer,
                                 std::string_view member) {
  const JsonValue* found = Find(value, pointer);
  if (found == nullptr) return {};
  if (!found->is_array()) return {TextOf(*found, "")};
  std::vector<std::string> texts;
  for (const JsonValue& item : found->as_array()) {
    texts.push_back(TextOf(item, item.is_object() ? "/" + std::string(member) : ""));
  }
  return texts;
}

std::vector<std::string> NamesIn(const JsonValue& value, std::string_view pointer) {
  const JsonValue* found = Find(value, pointer);
  std::vector<std::string> names;
  if (found == nullptr || !found->is_object()) return names;
  for (const auto& member : found->as_object()) names.emplace_back(member.key());
  return names;
}

std::vector<VolumeMount> VolumesOf(const JsonValue& service) {
  std::vector<VolumeMount> mounts;
  const JsonValue* volumes = Find(service, "/volumes");
  if (volumes == nullptr || !volumes->is_array()) return mounts;
  for (const JsonValue& volume : volumes->as_array()) {
    if (volume.is_object()) {
      mounts.push_back({TextOf(volume, "/source"), TextOf(volume, "/target")});
      continue;
    }
    const std::string text = TextOf(volume, "");
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos) {
      mounts.push_back({"", text});
    } else {
      const std::size_t end = text.find(':', colon + 1);
      mounts.push_back({text.substr(0, colon), text.substr(colon + 1, end - colon - 1)});
    }
  }
  return mounts;
}

}  // namespace vang::infra
