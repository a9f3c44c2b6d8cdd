#include "services/api-gateway/openapi.h"

#include <gtest/gtest.h>

#include <set>

#include "libs/base/status_matchers.h"
#include "libs/common/json.h"
#include "services/api-gateway/embedded_files.h"
#include "services/api-gateway/module.h"
#include "services/api-gateway/route_table.h"

namespace vang {
namespace {

constexpr std::string_view kMethods[] = {"get", "post", "put", "patch", "delete"};

JsonValue Document() {
  const auto text = OpenApiDocument();
  EXPECT_THAT(text, IsOk());
  const auto document = ParseJson(text.ok() ? *text : "{}");
  EXPECT_THAT(document, IsOk());
  return *document;
}

const JsonObject& PathsOf(const JsonValue& document) {
  return document.as_object().at("paths").as_object();
}

// Calls `f("GET /path", operation)` for each.
template <typename F>
void ForEachOperation(const JsonValue& document, F f) {
  for (const auto& [path, item] : PathsOf(document)) {
    for (const std::string_view method : kMethods) {
      const JsonValue* operation = item.as_object().if_contains(method);
      if (operation == nullptr) continue;
      std::string name(method);
      for (char& c : name) c = static_cast<char>(c - 32);
      f(name + " " + std::string(path), operation->as_object());
    }
  }
}

std::string Scope(const JsonObject& operation) {
  for (const std::string scope : {"read", "write", "admin"}) {
    const JsonValue* text = operation.if_contains("description");
    if (text != nullptr && std::string_view(text->as_string()).find("Scope: `" + scope + "`.") !=
                               std::string_view::npos) {
      return scope;
    }
  }
  return "";
}

TEST(OpenApi, DescribesExactlyTheRoutesThatExist) {
  std::set<std::string> routes;
  for (const PublicRoute& route : PublicRoutes()) {
    routes.insert(std::string(route.method) + " " + std::string(route.pattern));
  }
  for (const std::string_view path : OwnPaths()) routes.insert("GET " + std::string(path));
  std::set<std::string> operations;
  ForEachOperation(Document(),
                   [&](const std::string& name, const JsonObject&) { operations.insert(name); });
  EXPECT_EQ(operations, routes);
}

TEST(OpenApi, NamesTheScopeThatTheGatewayAsksFor) {
  const JsonValue document = Document();
  for (const PublicRoute& route : PublicRoutes()) {
    ForEachOperation(document, [&](const std::string& name, const JsonObject& operation) {
      if (name != std::string(route.method) + " " + std::string(route.pattern)) return;
      EXPECT_EQ(Scope(operation), route.scope) << name;
      EXPECT_FALSE(operation.contains("security")) << name << " is not open to everybody";
    });
  }
}

TEST(OpenApi, EveryOperationIsComplete) {
  std::set<std::string> ids;
  ForEachOperation(Document(), [&](const std::string& name, const JsonObject& operation) {
    EXPECT_TRUE(ids.insert(std::string(operation.at("operationId").as_string())).second) << name;
    EXPECT_TRUE(operation.contains("summary")) << name;
    const JsonObject& responses = operation.at("responses").as_object();
    EXPECT_TRUE(responses.contains("default")) << name << " says nothing about errors";
    const bool success = responses.contains("200") || responses.contains("201") ||
                         responses.contains("202") || responses.contains("204");
    EXPECT_TRUE(success) << name;
    // A part of the path in braces is a parameter.
    if (name.find('{') != std::string::npos) {
      EXPECT_TRUE(operation.contains("parameters")) << name;
    }
  });
}

// Every "$ref" in the document leads to something in it.
void CheckRefs(const JsonValue& value, const JsonValue& document, int* count) {
  if (const JsonArray* array = value.if_array()) {
    for (const JsonValue& item : *array) CheckRefs(item, document, count);
  }
  const JsonObject* object = value.if_object();
  if (object == nullptr) return;
  for (const auto& [key, member] : *object) {
    if (key == "$ref") {
      ++*count;
      const std::string target(member.as_string());
      ASSERT_TRUE(target.starts_with("#/")) << target;
      boost::system::error_code error;
      EXPECT_NE(document.find_pointer(target.substr(1), error), nullptr) << target;
    }
    EXPECT_NE(key, "$id");
    EXPECT_NE(key, "$schema");
    CheckRefs(member, document, count);
  }
}

TEST(OpenApi, HasNoReferenceThatLeadsNowhere) {
  const JsonValue document = Document();
  int count = 0;
  CheckRefs(document, document, &count);
  EXPECT_GT(count, 100);
}

}  // namespace
}  // namespace vang
