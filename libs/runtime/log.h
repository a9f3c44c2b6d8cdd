// Structured log lines on stderr: time, level, service, message, key=value pairs. Secrets and the
// text of recordings never go in. Thread-safe.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace vang {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

using LogField = std::pair<std::string_view, std::string>;

// `service` is the module's name.
void Log(LogLevel level, std::string_view service, std::string_view message,
         std::initializer_list<LogField> fields = {});

// Lines below `level` are dropped. `json` switches to one JSON object per line.
void ConfigureLog(LogLevel level, bool json);

}  // namespace vang
