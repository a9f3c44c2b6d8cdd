#include "services/api-gateway/route_table.h"

namespace vang {
namespace {

constexpr PublicRoute kRoutes[] = {
    {"POST", "/v1/recordings", Service::kIngestion, "write"},
    {"GET", "/v1/recordings", Service::kMetadata, "read"},
    {"GET", "/v1/recordings/{id}", Service::kMetadata, "read"},
    {"PATCH", "/v1/recordings/{id}", Service::kMetadata, "write"},
    {"DELETE", "/v1/recordings/{id}", Service::kMetadata, "write"},
    {"GET", "/v1/recordings/{id}/audio", Service::kMetadata, "read"},
    {"GET", "/v1/recordings/{id}/transcript", Service::kMetadata, "read"},
    {"POST", "/v1/recordings/{id}/edits", Service::kMetadata, "write"},
    {"GET", "/v1/recordings/{id}/progress", Service::kMetadata, "read"},
    {"GET", "/v1/search", Service::kSearch, "read"},
    {"GET", "/v1/dead-letters", Service::kMetadata, "admin"},
    {"POST", "/v1/dead-letters/redrive", Service::kMetadata, "admin"},
    {"GET", "/v1/dead-letters/{id}", Service::kMetadata, "admin"},
    {"DELETE", "/v1/dead-letters/{id}", Service::kMetadata, "admin"},
    {"POST", "/v1/dead-letters/{id}/redrive", Service::kMetadata, "admin"},
    {"POST", "/v1/replays", Service::kMetadata, "admin"},
    {"GET", "/v1/datasets", Service::kTraining, "read"},
    {"POST", "/v1/datasets", Service::kTraining, "write"},
    {"GET", "/v1/datasets/{id}", Service::kTraining, "read"},
    {"GET", "/v1/datasets/{id}/manifest", Service::kTraining, "read"},
    {"GET", "/v1/models", Service::kTraining, "read"},
    {"POST", "/v1/models", Service::kTraining, "admin"},
    {"POST", "/v1/models/rollback", Service::kTraining, "admin"},
    {"POST", "/v1/models/{id}/promote", Service::kTraining, "admin"},
    {"GET", "/v1/keys", Service::kMetadata, "admin"},
    {"POST", "/v1/keys", Service::kMetadata, "admin"},
    {"DELETE", "/v1/keys/{id}", Service::kMetadata, "admin"},
};

constexpr std::string_view kOwnPaths[] = {"/livez", "/readyz", "/healthz", "/metrics",
                                          "/openapi.json"};

}  // namespace

std::span<const PublicRoute> PublicRoutes() { return kRoutes; }
std::span<const std::string_view> OwnPaths() { return kOwnPaths; }

}  // namespace vang
