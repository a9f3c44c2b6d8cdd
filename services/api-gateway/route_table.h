// What exists for the public: each route, who answers it, and the scope it takes.
// libs/common/openapi.json describes the same routes; a test compares the two both ways.
#pragma once

#include <span>
#include <string_view>

namespace vang {

enum class Service { kIngestion, kMetadata, kSearch, kTraining };

struct PublicRoute {
  std::string_view method;
  std::string_view pattern;
  Service service;
  std::string_view scope;  // read, write or admin
};

std::span<const PublicRoute> PublicRoutes();

// What the gateway answers itself, without a key; the page's files are not among them.
std::span<const std::string_view> OwnPaths();

}  // namespace vang
