#include "services/metadata/module_fixture.h"

namespace vang::metadata {
namespace {

using testing::HasSubstr;

class KeyRoutes : public MetadataModuleTest {
 protected:
  JsonValue Make(const std::string& body, const std::string& tenant) {
    const http::Response response = Send("POST", "/v1/keys", body, tenant);
    EXPECT_EQ(response.status, 201) << response.body;
    EXPECT_EQ(response.headers.Get("Cache-Control"), "no-store");
    return Body(response, "key-created");
  }
  http::Response Verify(std::string_view secret) {
    return Send("POST", "/internal/v1/keys/verify",
                "{\"secret_hash\":\"" + Sha256Hex(secret) + "\"}");
  }
};

TEST_F(KeyRoutes, AKeyIsShownOnceAndSpeaksForItsTenantUntilItIsRevoked) {
  const auto made = Make(R"({"name":"máy của Lan","scopes":["read"]})", "a");
  const std::string secret(made.at("key").as_string());
  const auto identity = Body(Verify(secret), "key-identity");
  EXPECT_EQ(identity.at("tenant").as_string(), "a");
  EXPECT_EQ(identity.at("scopes").as_array().size(), 1u);
  const http::Response list = Send("GET", "/v1/keys");
  EXPECT_EQ(Body(list, "key-list").at("data").as_array().size(), 1u);
  EXPECT_EQ(list.body.find(secret), std::string::npos);
  EXPECT_EQ(list.body.find(Sha256Hex(secret)), std::string::npos);
  EXPECT_EQ(Body(Send("GET", "/v1/keys", "", "b"), "key-list").at("data").as_array().size(), 0u);

  const std::string path = "/v1/keys/" + std::string(made.at("id").as_string());
  EXPECT_EQ(Send("DELETE", path, "", "b").status, 404) << "another tenant's";
  EXPECT_EQ(Verify(secret).status, 200);
  EXPECT_EQ(Send("DELETE", path).status, 204);
  EXPECT_EQ(Verify(secret).status, 404);
  EXPECT_FALSE(
      Body(Send("GET", "/v1/keys"), "key-list").at("data").at(0).at("revoked_at").is_null());
  EXPECT_EQ(Verify("vang_00").status, 404);
}

TEST_F(KeyRoutes, OnlyTheOperatorMakesListsAndRevokesKeysOfOtherTenants) {
  const char* body = R"({"name":"b's first","scopes":["admin"],"tenant":"b"})";
  EXPECT_EQ(Send("POST", "/v1/keys", body, "a").status, 403);
  const auto made = Make(body, "local");
  EXPECT_EQ(made.at("tenant").as_string(), "b");
  const std::string path = "/v1/keys/" + std::string(made.at("id").as_string()) + "?tenant=b";
  EXPECT_EQ(Send("GET", "/v1/keys?tenant=b", "", "a").status, 403);
  EXPECT_EQ(
      Body(Send("GET", "/v1/keys?tenant=b", "", "local"), "key-list").at("data").as_array().size(),
      1u);
  EXPECT_EQ(Send("DELETE", path, "", "a").status, 403);
  EXPECT_EQ(Send("DELETE", path, "", "local").status, 204);
}

TEST_F(KeyRoutes, NeedsTheAdminScopeAndAValidBody) {
  EXPECT_EQ(Send("POST", "/v1/keys", R"({"name":"x","scopes":["root"]})").status, 400);
  EXPECT_EQ(Send("POST", "/v1/keys", R"({"name":"x","scopes":[]})").status, 400);
  EXPECT_EQ(Send("POST", "/internal/v1/keys/verify", R"({"secret_hash":"vang_0"})").status, 400);
  scopes_ = {"read", "write"};
  EXPECT_THAT(Detail(Send("POST", "/v1/keys", R"({"name":"x","scopes":["read"]})")),
              HasSubstr("admin"));
  EXPECT_EQ(Send("GET", "/v1/keys").status, 403);
  EXPECT_EQ(Send("DELETE", "/v1/keys/x").status, 403);
  EXPECT_EQ(keys_->CountActive(Context()).value(), 0);
}

}  // namespace
}  // namespace vang::metadata
