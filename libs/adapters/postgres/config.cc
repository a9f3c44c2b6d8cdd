#include "libs/adapters/postgres/config.h"

#include <algorithm>
#include <array>

namespace vang::postgres {

std::string ServerName(const Config& config) {
  return config.host + ":" + std::to_string(config.port) + "/" + config.database;
}

Status CheckConfig(const Config& config) {
  static constexpr std::array kTls = {"disable", "prefer", "require", "verify-ca", "verify-full"};
  const auto word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  const std::string& schema = config.schema;
  if (schema.empty() || schema.size() > 63 || (schema[0] >= '0' && schema[0] <= '9') ||
      !std::all_of(schema.begin(), schema.end(), word)) {
    return InvalidArgument("schema: '" + schema +
                           "' must be 1 to 63 of a-z, 0-9 and _ and not begin with a digit");
  }
  if (std::find(kTls.begin(), kTls.end(), config.tls) == kTls.end()) {
    return InvalidArgument("tls: '" + config.tls +
                           "' must be disable, prefer, require, verify-ca or verify-full");
  }
  if (config.port < 1 || config.port > 65'535) {
    return InvalidArgument("port: " + std::to_string(config.port) + " must be 1 to 65535");
  }
  if (config.connections < 1 || config.connections > 1'000) {
    return InvalidArgument("connections: " + std::to_string(config.connections) +
                           " must be 1 to 1000");
  }
  for (const Duration timeout :
       {config.connect_timeout, config.acquire_timeout, config.statement_timeout,
        config.lock_timeout, config.migration_timeout}) {
    if (timeout.count() < 1 || timeout.count() > 86'400'000) {
      return InvalidArgument("a time-out of " + std::to_string(timeout.count()) +
                             " ms must be 1 ms to 24 h");
    }
  }
  return {};
}

}  // namespace vang::postgres
