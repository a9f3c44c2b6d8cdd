#include "apps/services/settings.h"

#include <toml++/toml.h>
#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "libs/base/file.h"

namespace vang::services {
namespace {

std::string Upper(std::string_view name) {
  std::string text = "VANG_";
  for (const char c : name) {
    text += c == '.' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  }
  return text;
}

bool IsSetting(std::string_view name) {
  const auto& all = AllSettings();
  return std::any_of(all.begin(), all.end(), [&](const SettingInfo& s) { return s.name == name; });
}

Result<std::string> TextOf(const toml::node& node, const std::string& name) {
  if (const auto text = node.value_exact<std::string>()) return *text;
  if (const auto number = node.value_exact<std::int64_t>()) return std::to_string(*number);
  if (const auto flag = node.value_exact<bool>()) return std::string(*flag ? "true" : "false");
  const toml::array* items = node.as_array();
  if (items == nullptr) return InvalidArgument("'" + name + "' is neither text nor a list of it");
  std::string list;
  for (const toml::node& item : *items) {
    const auto text = item.value_exact<std::string>();
    if (!text) return InvalidArgument("'" + name + "' holds something else than text");
    list += (list.empty() ? "" : ",") + *text;
  }
  return list;
}

Status ReadToml(const std::string& path, std::map<std::string, std::string, std::less<>>* values) {
  VANG_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  toml::table table;
  try {
    table = toml::parse(text);
  } catch (const toml::parse_error& error) {
    return InvalidArgument(path + ", line " + std::to_string(error.source().begin.line) + ": " +
                           std::string(error.description()));
  }
  for (const auto& [section, entries] : table) {
    const toml::table* keys = entries.as_table();
    if (keys == nullptr) {
      return InvalidArgument(path + ": '" + std::string(section.str()) + "' stands in no section");
    }
    for (const auto& [key, value] : *keys) {
      const std::string name = std::string(section.str()) + "." + std::string(key.str());
      if (!IsSetting(name)) {
        return InvalidArgument(path + ", line " + std::to_string(key.source().begin.line) + ": '" +
                               name + "' is no setting; `--help` lists them all");
      }
      auto one = TextOf(value, name);
      if (!one.ok()) return one.status().Wrap(path);
      (*values)[name] = *std::move(one);
    }
  }
  return {};
}

std::string WithoutLineEnd(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

}  // namespace

Environment ProcessEnvironment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
}

Result<Settings> Settings::Load(const std::string& path, const Environment& environment) {
  Settings settings;
  for (const SettingInfo& info : AllSettings()) {
    settings.values_.emplace(info.name, info.fallback);
  }
  if (!path.empty()) VANG_RETURN_IF_ERROR(ReadToml(path, &settings.values_));
  for (const SettingInfo& info : AllSettings()) {
    const std::string variable = Upper(info.name);
    const auto value = environment(variable);
    const auto file = environment(variable + "_FILE");
    if (value && file) {
      return FailedPrecondition(variable + " and " + variable + "_FILE are both set");
    }
    if (value) settings.values_.find(info.name)->second = *value;
    if (file) {
      auto content = ReadFile(*file);
      if (!content.ok()) return content.status().Wrap(variable + "_FILE");
      settings.values_.find(info.name)->second = WithoutLineEnd(*std::move(content));
    }
  }
  return settings;
}

const std::string& Settings::Text(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) std::abort();
  return found->second;
}

std::vector<std::string> Settings::List(std::string_view name) const {
  std::vector<std::string> items;
  std::string_view rest = Text(name);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    std::string_view item = rest.substr(0, end);
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
    if (!item.empty()) items.emplace_back(item);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return items;
}

Result<int> Settings::Number(std::string_view name, int least, int most) const {
  const std::string& text = Text(name);
  int number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size() || number < least ||
      number > most) {
    return InvalidArgument(std::string(name) + " is '" + text + "', not a number from " +
                           std::to_string(least) + " to " + std::to_string(most));
  }
  return number;
}

Result<bool> Settings::Flag(std::string_view name) const {
  const std::string& text = Text(name);
  if (text == "true") return true;
  if (text == "false") return false;
  return InvalidArgument(std::string(name) + " is '" + text + "', neither true nor false");
}

}  // namespace vang::services
