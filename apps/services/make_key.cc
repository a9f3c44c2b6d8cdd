#include "apps/services/make_key.h"

#include "libs/common/json.h"
#include "libs/net/service_client.h"

namespace vang::services {
namespace {

constexpr Duration kTimeout{30'000};
// The tenant that owns the installation, whose admins make keys for all.
constexpr char kOwner[] = "local";

}  // namespace

Result<std::string> MakeKey(const Settings& settings, const std::string& url,
                            const KeyWanted& wanted) {
  net::ServiceClientConfig config;
  config.service = "metadata";
  config.urls = {url};
  config.secret = settings.Text("service.secret");
  VANG_ASSIGN_OR_RETURN(const auto metadata, net::MakeServiceClient(config));
  JsonWriter json;
  json.BeginObject().Field("name", wanted.name).Field("tenant", wanted.tenant);
  json.Key("scopes").BeginArray();
  for (const std::string& scope : wanted.scopes) json.String(scope);
  json.EndArray().EndObject();
  http::Request request;
  request.method = "POST";
  request.path = "/v1/keys";
  request.tenant = kOwner;
  request.scopes = {"admin"};
  request.headers.Set("Content-Type", "application/json");
  request.content_length = json.text().size();
  request.body = http::StringBody(json.Take());
  VANG_ASSIGN_OR_RETURN(const http::Response answer,
                        metadata->Send(Context().WithTimeout(kTimeout), request));
  if (answer.status != 201) return http::StatusOfResponse(answer);
  VANG_ASSIGN_OR_RETURN(const JsonValue made, ParseJson(answer.body));
  JsonReader reader(made);
  std::string key = reader.String("key");
  VANG_RETURN_IF_ERROR(reader.status().Wrap("the answer of metadata"));
  return key;
}

}  // namespace vang::services
