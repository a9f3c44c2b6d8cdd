#include "libs/runtime/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>

#include "libs/base/clock.h"
#include "libs/common/json.h"

namespace vang {
namespace {

std::atomic<LogLevel> g_level{LogLevel::kInfo};
std::atomic<bool> g_json{false};

constexpr std::string_view kNames[] = {"debug", "info", "warning", "error"};

// The sink locks and writes whole lines; the format is ours.
spdlog::logger& Logger() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made =
        std::make_shared<spdlog::logger>("vang", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->flush_on(spdlog::level::info);
    return made;
  }();
  return *logger;
}

}  // namespace

void Log(LogLevel level, std::string_view service, std::string_view message,
         std::initializer_list<LogField> fields) {
  if (level < g_level.load()) return;
  const std::string time = FormatTime(Clock::System().Now());
  const std::string_view name = kNames[static_cast<int>(level)];
  std::string line;
  if (g_json.load()) {
    JsonWriter json;
    json.BeginObject().Field("time", time).Field("level", name).Field("service", service);
    json.Field("message", message);
    for (const auto& [key, value] : fields) json.Field(key, value);
    json.EndObject();
    line = json.Take();
  } else {
    line =
        time + " " + std::string(name) + " " + std::string(service) + ": " + std::string(message);
    for (const auto& [key, value] : fields) {
      JsonWriter quoted;
      quoted.String(value);
      line += " " + std::string(key) + "=" + quoted.text();
    }
  }
  Logger().log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

void ConfigureLog(LogLevel level, bool json) {
  g_level = level;
  g_json = json;
}

}  // namespace vang
