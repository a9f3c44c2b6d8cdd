// Makes an API key by asking a running metadata service, with the secret that all services share:
// nobody else could make an installation's first one.
#pragma once

#include <string>
#include <vector>

#include "apps/services/settings.h"

namespace vang::services {

struct KeyWanted {
  std::string name;
  std::vector<std::string> scopes = {"read", "write"};
  std::string tenant = "local";
};

// The key itself, which cannot be had again. `url` is the metadata service's.
Result<std::string> MakeKey(const Settings& settings, const std::string& url,
                            const KeyWanted& wanted);

}  // namespace vang::services
