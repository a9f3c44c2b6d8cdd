// API keys. A key's secret is shown once and kept only as a hash. Thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/context.h"

namespace vang {

struct ApiKey {
  std::string id;
  std::string name;
  std::string tenant;
  std::vector<std::string> scopes;  // read, write, admin
  std::string secret_hash;          // SHA-256 of the whole key, hex
  std::string prefix;               // the first characters, to tell keys apart in lists
  TimeMs created_at = 0;
  std::optional<TimeMs> revoked_at;
};

class KeyStore {
 public:
  virtual ~KeyStore() = default;
  // kAlreadyExists when the id or the hash is there.
  virtual Status Put(const Context& context, const ApiKey& key) = 0;
  // Revoked keys are found too. kNotFound when there is none.
  virtual Result<ApiKey> FindByHash(const Context& context, const std::string& secret_hash) = 0;
  virtual Result<std::vector<ApiKey>> List(const Context& context, const std::string& tenant) = 0;
  // kNotFound when the tenant has no such key. Revoking twice keeps the first time.
  virtual Status Revoke(const Context& context, const std::string& tenant, const std::string& id,
                        TimeMs at) = 0;
  // Keys that are not revoked, over all tenants.
  virtual Result<int> CountActive(const Context& context) = 0;
  virtual Status Ping(const Context& context) = 0;
};

}  // namespace vang
