// API keys made, listed and revoked. An admin manages the keys of its own tenant; an admin of the
// tenant that owns the installation also those of others (`tenant`), because nobody else could give
// a new tenant its first key.
#include "libs/base/sha256.h"
#include "libs/base/uuid.h"
#include "services/metadata/requests.h"
#include "services/metadata/routes.h"

namespace vang::metadata {
namespace {

constexpr int kSecretBytes = 32;
constexpr std::size_t kPrefixLength = 12;

JsonWriter& WriteKey(JsonWriter& json, const ApiKey& key) {
  json.Field("id", key.id).Field("name", key.name).Field("tenant", key.tenant);
  json.Key("scopes").BeginArray();
  for (const std::string& scope : key.scopes) json.String(scope);
  json.EndArray().Field("prefix", key.prefix).Field("created_at", FormatTime(key.created_at));
  json.Key("revoked_at");
  return key.revoked_at ? json.String(FormatTime(*key.revoked_at)) : json.Null();
}

// The tenant whose keys are meant.
Result<std::string> TenantOf(const http::Request& request,
                             const std::optional<std::string>& asked) {
  VANG_RETURN_IF_ERROR(RequireScope(request, "admin"));
  if (!asked || *asked == request.tenant) return request.tenant;
  VANG_RETURN_IF_ERROR(RequireOperator(request));
  return *asked;
}

Result<http::Response> List(const Service& service, const Context& context,
                            http::Request& request) {
  VANG_RETURN_IF_ERROR(CheckQuery(request, {"tenant"}));
  VANG_ASSIGN_OR_RETURN(const std::string tenant, TenantOf(request, request.Query("tenant")));
  VANG_ASSIGN_OR_RETURN(const auto keys, service.ports.keys->List(context, tenant));
  std::vector<std::string> items;
  for (const ApiKey& key : keys) {
    JsonWriter json;
    json.BeginObject();
    items.push_back(WriteKey(json, key).EndObject().Take());
  }
  return http::JsonResponse(200, ListBody(items, ""));
}

Result<http::Response> Make(const Service& service, const Context& context,
                            http::Request& request) {
  VANG_RETURN_IF_ERROR(CheckQuery(request, {}));
  VANG_RETURN_IF_ERROR(RequireScope(request, "admin"));
  VANG_ASSIGN_OR_RETURN(const JsonValue body, ReadChecked(context, request, "key-request"));
  JsonReader reader(body);
  ApiKey key;
  VANG_ASSIGN_OR_RETURN(key.tenant, TenantOf(request, reader.OptionalString("tenant")));
  key.id = RandomUuid();
  key.name = reader.String("name");
  key.scopes = reader.Strings("scopes");
  VANG_RETURN_IF_ERROR(reader.status());
  const std::string secret = "vang_" + RandomHex(kSecretBytes);
  key.secret_hash = Sha256Hex(secret);
  key.prefix = secret.substr(0, kPrefixLength);
  key.created_at = service.ports.clock->Now();
  VANG_RETURN_IF_ERROR(service.ports.keys->Put(context, key));
  JsonWriter json;
  json.BeginObject();
  WriteKey(json, key).Field("key", secret).EndObject();
  http::Response response = http::JsonResponse(201, json.Take());
  response.headers.Set("Location", "/v1/keys/" + key.id);
  response.headers.Set("Cache-Control", "no-store");
  return response;
}

Result<http::Response> Revoke(const Service& service, const Context& context,
                              http::Request& request) {
  VANG_RETURN_IF_ERROR(CheckQuery(request, {"tenant"}));
  VANG_ASSIGN_OR_RETURN(const std::string tenant, TenantOf(request, request.Query("tenant")));
  VANG_RETURN_IF_ERROR(service.ports.keys->Revoke(context, tenant, std::string(request.Param("id")),
                                                  service.ports.clock->Now()));
  http::Response response;
  response.status = 204;
  return response;
}

}  // namespace

void AddKeyRoutes(const Service& service, http::Router* router) {
  const auto add = [&](const char* method, const char* pattern, auto handler) {
    router->Add(method, pattern,
                Answer([&service, handler](const Context& context, http::Request& request) {
                  return handler(service, context, request);
                }));
  };
  add("GET", "/v1/keys", List);
  add("POST", "/v1/keys", Make);
  add("DELETE", "/v1/keys/{id}", Revoke);
}

}  // namespace vang::metadata
