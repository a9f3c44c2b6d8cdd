#include "services/api-gateway/openapi.h"

#include <set>

#include "libs/common/json.h"
#include "libs/common/schema.h"
#include "services/api-gateway/embedded_files.h"

namespace vang {
namespace {

constexpr std::string_view kSchemaPrefix = "#/components/schemas/";

void CollectSchemas(const JsonValue& value, std::set<std::string>* names) {
  if (const JsonArray* array = value.if_array()) {
    for (const JsonValue& item : *array) CollectSchemas(item, names);
  }
  const JsonObject* object = value.if_object();
  if (object == nullptr) return;
  for (const auto& [key, member] : *object) {
    const auto* text = member.if_string();
    if (key == "$ref" && text != nullptr && text->starts_with(kSchemaPrefix)) {
      names->insert(std::string(std::string_view(*text).substr(kSchemaPrefix.size())));
    }
    CollectSchemas(member, names);
  }
}

// The schema as OpenAPI has it: named by its place, of the dialect of the whole document.
Result<JsonValue> Component(const std::string& name) {
  VANG_ASSIGN_OR_RETURN(const std::string_view text, SchemaText(name));
  VANG_ASSIGN_OR_RETURN(JsonValue schema, ParseJson(text));
  schema.as_object().erase("$schema");
  schema.as_object().erase("$id");
  return schema;
}

}  // namespace

Result<std::string> OpenApiDocument() {
  std::string_view text;
  for (const EmbeddedFile& file : kEmbeddedFiles) {
    if (file.name == "openapi.json") text = file.bytes;
  }
  VANG_ASSIGN_OR_RETURN(JsonValue document, ParseJson(text));
  std::set<std::string> names;
  CollectSchemas(document, &names);
  JsonObject& schemas = document.as_object()["components"].as_object()["schemas"].as_object();
  for (const std::string& name : names) {
    if (schemas.contains(name)) continue;  // the gateway's own, written there
    // A name that leads nowhere is for the tests to find; the rest of the document is still of use.
    if (auto component = Component(name); component.ok()) schemas[name] = std::move(*component);
  }
  return WriteJson(document);
}

}  // namespace vang
