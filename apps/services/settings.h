// What a service process is told: a TOML file, and over it the environment. A setting `nats.url` is
// the key `url` of the table `[nats]`, or the variable VANG_NATS_URL, or, so that secrets need not
// stand in an environment, the file named by VANG_NATS_URL_FILE. One file can serve all eight.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/status.h"

namespace vang::services {

struct SettingInfo {
  std::string_view name;      // "nats.url"
  std::string_view fallback;  // as text; lists are separated by commas
  std::string_view help;
};

// Every setting there is, in the order they are explained.
const std::vector<SettingInfo>& AllSettings();

using Environment = std::function<std::optional<std::string>(const std::string& name)>;
Environment ProcessEnvironment();

// A value; immutable. Asking for a name that is not in AllSettings() ends the process: a fault of
// ours.
class Settings {
 public:
  // `path` empty: no file. kInvalidArgument, saying where, for what does not parse and for a key
  // that is no setting; kFailedPrecondition for a variable that is given twice.
  static Result<Settings> Load(const std::string& path, const Environment& environment);

  const std::string& Text(std::string_view name) const;
  std::vector<std::string> List(std::string_view name) const;
  bool Given(std::string_view name) const { return !Text(name).empty(); }
  // kInvalidArgument, naming the setting, when it is not a whole number in [least, most].
  Result<int> Number(std::string_view name, int least, int most) const;
  // "true" or "false"; kInvalidArgument otherwise.
  Result<bool> Flag(std::string_view name) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace vang::services
