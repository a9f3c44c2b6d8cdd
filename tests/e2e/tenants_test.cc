// Keys and tenants on a server that asks for keys: wrong and revoked ones, scopes, and that no
// tenant ever sees another's anything.
#include <gmock/gmock.h>

#include "libs/base/status_matchers.h"
#include "libs/base/uuid.h"
#include "tests/e2e/either_shape.h"
#include "tests/support/sample_audio.h"

namespace vang {
namespace {

class Tenants : public testing::Test {
 protected:
  void SetUp() override {
    const std::string own = "-" + RandomHex(4);
    news_ = vang_->MakeKey("news" + own, {"read", "write", "admin"});
    court_ = vang_->MakeKey("court" + own, {"read", "write", "admin"});
    reader_ = vang_->MakeKey("news" + own, {"read"});
    url_ = vang_->url();
  }

  const std::unique_ptr<KeyedVang> vang_ = KeyedVang::Start();
  std::string url_, news_, court_, reader_;
};

TEST_F(Tenants, WrongAndRevokedKeysAreRefused) {
  EXPECT_EQ(ApiClient(url_).Send("GET", "/v1/recordings")->status, 401);
  EXPECT_EQ(ApiClient(url_, "vang_" + std::string(64, '0')).Send("GET", "/v1/recordings")->status,
            401);
  EXPECT_EQ(ApiClient(url_, "vang_no").Send("POST", "/v1/recordings", SampleWav(1, 1))->status,
            401);
  ApiClient admin(url_, news_);
  EXPECT_TRUE(admin.List("/v1/recordings")->empty());
  const auto keys = admin.Get("/v1/keys");
  VANG_ASSERT_OK(keys);
  ASSERT_EQ(keys->at("data").as_array().size(), 2U);
  for (const JsonValue& key : keys->at("data").as_array()) {
    EXPECT_EQ(WriteJson(key).find(news_), std::string::npos);
    if (key.at("scopes").as_array().size() != 1) continue;
    ASSERT_EQ(ApiClient(url_, reader_).Send("GET", "/v1/recordings")->status, 200);
    EXPECT_EQ(admin.Send("DELETE", "/v1/keys/" + TextAt(key, "/id"))->status / 100, 2);
  }
  EXPECT_EQ(ApiClient(url_, reader_).Send("GET", "/v1/recordings")->status, 401);
}

TEST_F(Tenants, ScopesAreKept) {
  ApiClient reader(url_, reader_);
  EXPECT_EQ(reader.Send("POST", "/v1/recordings", SampleWav(1, 1))->status, 403);
  EXPECT_EQ(reader.Send("GET", "/v1/dead-letters")->status, 403);
  EXPECT_EQ(reader.Send("GET", "/v1/recordings")->status, 200);
}

TEST_F(Tenants, NeverSeeEachOthersAnything) {
  ApiClient news(url_, news_), court(url_, court_);
  const auto id = news.Upload(SampleWav(1e9, 5), "tin.wav");
  VANG_ASSERT_OK(id);
  VANG_ASSERT_OK(news.WaitUntilDone(*id));
  const std::string text =
      TextAt(*news.Get("/v1/recordings/" + *id + "/transcript"), "/segments/0/text");
  ASSERT_FALSE(text.empty());
  const std::string query = "/v1/search?q=" + http::PercentEncode(text);
  EXPECT_FALSE(news.Get(query)->at("data").as_array().empty());

  EXPECT_TRUE(court.Get(query)->at("data").as_array().empty());
  EXPECT_TRUE(court.List("/v1/recordings")->empty());
  EXPECT_TRUE(court.Get(query + "&recording_id=" + *id)->at("data").as_array().empty());
  for (const char* below : {"", "/audio", "/transcript", "/progress"}) {
    EXPECT_EQ(court.Send("GET", "/v1/recordings/" + *id + below)->status, 404) << below;
  }
  EXPECT_EQ(court.Send("DELETE", "/v1/recordings/" + *id)->status, 404);
  EXPECT_EQ(court
                .Send("PATCH", "/v1/recordings/" + *id, R"({"title":"x"})",
                      {{"Content-Type", "application/json"}})
                ->status,
            404);
  EXPECT_EQ(court
                .Send("POST", "/v1/recordings/" + *id + "/edits",
                      R"({"segment":0,"old_text":"a","new_text":"b"})",
                      {{"Content-Type", "application/json"}})
                ->status,
            404);
  // The same audio is another recording to another tenant.
  const auto same = court.Upload(SampleWav(1e9, 5), "bằng chứng.wav");
  VANG_ASSERT_OK(same);
  EXPECT_NE(*same, *id);
  VANG_ASSERT_OK(court.WaitUntilDone(*same));
  EXPECT_EQ(court.Send("DELETE", "/v1/recordings/" + *same)->status, 200);
  EXPECT_EQ(news.Send("GET", "/v1/recordings/" + *id + "/audio")->status, 200);
}

}  // namespace
}  // namespace vang
