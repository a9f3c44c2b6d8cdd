#include "apps/vang/local_api.h"

#include "apps/vang/installation.h"
#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"

namespace vang::cli {
namespace {

class LocalApiTest : public testing::Test {
 protected:
  std::unique_ptr<Api> Open() {
    auto api = OpenLocalApi(folder_.path(), folder_.path().string());
    EXPECT_THAT(api, IsOk());
    return api.ok() ? std::move(*api) : nullptr;
  }

  TempFolder folder_;
};

TEST_F(LocalApiTest, TheFirstKeyIsMadeWithoutAServer) {
  {
    const auto api = Open();
    ASSERT_NE(api, nullptr);
    const auto made =
        api->Json("POST", "/v1/keys", {}, R"({"name":"first","scopes":["admin"],"tenant":"a"})");
    VANG_ASSERT_OK(made);
    EXPECT_TRUE(made->at("key").as_string().starts_with("vang_"));
  }
  const auto api = Open();
  const auto keys = api->Json("GET", "/v1/keys", {{"tenant", "a"}});
  VANG_ASSERT_OK(keys);
  ASSERT_EQ(keys->at("data").as_array().size(), 1u);
  EXPECT_FALSE(keys->at("data").at(0).as_object().contains("key"));
}

TEST_F(LocalApiTest, AProblemBecomesTheStatusThatItTells) {
  const auto api = Open();
  ASSERT_NE(api, nullptr);
  EXPECT_THAT(api->Call("DELETE", "/v1/keys/8f14e45f-ceea-567f-a1ab-3f2b7c8d9e01"),
              HasCode(Code::kNotFound));
  EXPECT_THAT(api->Call("POST", "/v1/models/none/promote"), HasCode(Code::kNotFound));
  EXPECT_THAT(api->Call("POST", "/v1/models/rollback"), HasCode(Code::kFailedPrecondition));
}

TEST_F(LocalApiTest, AFolderThatIsNoModelIsNotRegistered) {
  const auto api = Open();
  ASSERT_NE(api, nullptr);
  JsonWriter json;
  json.BeginObject().Field("folder", folder_.path().string()).EndObject();
  EXPECT_FALSE(api->Call("POST", "/v1/models", {}, json.text()).ok());
  const auto models = api->Json("GET", "/v1/models");
  VANG_ASSERT_OK(models);
  EXPECT_TRUE(models->at("data").as_array().empty());
}

TEST_F(LocalApiTest, LeavesAFolderAloneThatAnotherProcessHas) {
  auto lock = DataLock::Take(folder_.path());
  VANG_ASSERT_OK(lock);
  EXPECT_THAT(OpenLocalApi(folder_.path(), ""), HasCode(Code::kAlreadyExists));
}

TEST_F(LocalApiTest, WithoutAServerAClientCommandSaysSo) {
  ApiOptions options;
  options.url = "http://127.0.0.1:9";  // discard: nobody listens there
  auto api = Api::Connect(options);
  VANG_ASSERT_OK(api);
  EXPECT_THAT((*api)->Call("GET", "/v1/recordings"), Fails(Code::kUnavailable, "vang serve"));
}

}  // namespace
}  // namespace vang::cli
