#include "libs/base/uuid.h"
#include "services/metadata/module_fixture.h"

namespace vang::metadata {
namespace {

using testing::HasSubstr;

TEST_F(MetadataModuleTest, RegistersAudioOnceHoweverOftenItComes) {
  const http::Response first = Upload("sound");
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(Body(first, "recording").at("status").as_string(), "queued");
  EXPECT_EQ(first.headers.Get("Location"), "/v1/recordings/" + IdOf("sound"));
  EXPECT_EQ(Upload("sound", "Another title").status, 200);
  Settle();
  EXPECT_EQ(CountEvents("recording.ingested"), 1);
  const auto got = Body(Send("GET", "/v1/recordings/" + IdOf("sound")), "recording");
  EXPECT_EQ(got.at("title").as_string(), "Bản tin");
  EXPECT_EQ(got.at("stages").at("ingested").as_string(), FormatTime(clock_.Now()));
}

TEST_F(MetadataModuleTest, AFailedRecordingUploadedAgainIsKnownAndSaysWhyItFailed) {
  Upload("sound");
  Say(RecordingFailed{IdOf("sound"), "asr", "INVALID_ARGUMENT", "it is cut off", RandomUuid(), 1});
  Settle();
  const http::Response again = Upload("sound");
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(Body(again, "recording").at("failure").at("reason").as_string(), "it is cut off");
  Settle();
  EXPECT_EQ(CountEvents("recording.ingested"), 1);
}

TEST_F(MetadataModuleTest, RefusesARegistrationThatDoesNotFitItsTenantOrHasNoAudio) {
  EXPECT_EQ(Register("never stored").status, 503);
  EXPECT_EQ(Send("POST", "/internal/v1/recordings", "{}").status, 400);
  EXPECT_EQ(Send("POST", "/internal/v1/recordings", "{\"a\":").status, 400);
  const std::string other_id = IdOf("sound", "b");
  const std::string body =
      "{\"recording_id\":\"" + other_id + "\",\"upload_id\":\"" + RandomUuid() +
      "\",\"sha256\":\"" + Sha("sound") + "\",\"object_key\":\"b/audio/" + Sha("sound") +
      "\",\"bytes\":5,\"title\":\"\",\"file_name\":\"\"," + "\"media_type\":\"audio/mpeg\"}";
  EXPECT_THAT(Detail(Send("POST", "/internal/v1/recordings", body, "a")),
              HasSubstr("/recording_id"));
  Settle();
  EXPECT_EQ(CountEvents("recording.ingested"), 0);
}

TEST_F(MetadataModuleTest, GivesOtherServicesTheRowsAndNoOtherTenant) {
  Upload("sound");
  Transcribe("sound");
  const auto rows = Body(Send("GET", "/internal/v1/recordings/" + IdOf("sound")), "recording-rows");
  EXPECT_EQ(rows.at("versions").as_array().size(), 1u);
  EXPECT_EQ(rows.at("current_version").as_string(), TranscriptVersionId(IdOf("sound"), "m1"));
  EXPECT_EQ(Send("GET", "/internal/v1/recordings/" + IdOf("sound"), "", "b").status, 404);
}

TEST_F(MetadataModuleTest, ListsInPagesNewestFirstAndWithFilters) {
  for (const char* title : {"Một", "Hai", "Ba"}) {
    Upload(title, title);
    clock_.Advance(Duration(1'000));
  }
  const auto first = Body(Send("GET", "/v1/recordings?limit=2"), "recording-list");
  ASSERT_EQ(first.at("data").as_array().size(), 2u);
  EXPECT_EQ(first.at("data").at(0).at("title").as_string(), "Ba");
  EXPECT_TRUE(first.at("has_more").as_bool());
  const std::string cursor(first.at("next_cursor").as_string());
  const auto second =
      Body(Send("GET", "/v1/recordings?limit=2&cursor=" + cursor), "recording-list");
  ASSERT_EQ(second.at("data").as_array().size(), 1u);
  EXPECT_FALSE(second.at("has_more").as_bool());
  EXPECT_TRUE(second.at("next_cursor").is_null());
  const auto count = [&](const std::string& query) {
    return Body(Send("GET", "/v1/recordings?" + query), "recording-list")
        .at("data")
        .as_array()
        .size();
  };
  EXPECT_EQ(count("q=mot"), 1u);
  EXPECT_EQ(count("status=queued"), 3u);
  EXPECT_EQ(count("status=completed"), 0u);
  EXPECT_EQ(count("from=" + http::PercentEncode(FormatTime(clock_.Now() - 2'000))), 2u);
  EXPECT_EQ(count("to=" + http::PercentEncode(FormatTime(clock_.Now() - 2'000))), 1u);
  EXPECT_EQ(
      Body(Send("GET", "/v1/recordings", "", "b"), "recording-list").at("data").as_array().size(),
      0u);
}

TEST_F(MetadataModuleTest, RefusesUnknownAndWrongQueryParametersByName) {
  EXPECT_THAT(Detail(Send("GET", "/v1/recordings?sort=1&page=2")), HasSubstr("'sort', 'page'"));
  for (const char* query : {"limit=0", "limit=201", "limit=x", "cursor=x", "status=done",
                            "from=yesterday", "limit=1&limit=2"}) {
    EXPECT_EQ(Send("GET", std::string("/v1/recordings?") + query).status, 400) << query;
  }
  Upload("sound");
  EXPECT_EQ(Send("GET", "/v1/recordings/" + IdOf("sound") + "?x=1").status, 400);
}

TEST_F(MetadataModuleTest, ChangesTitleTagsAndSpeakersAndSaysSoInTheLog) {
  Upload("sound");
  const std::string path = "/v1/recordings/" + IdOf("sound");
  const http::Response seen = Send("GET", path);
  const std::string tag(seen.headers.Get("ETag"));
  ASSERT_FALSE(tag.empty());
  const http::Response changed =
      Send("PATCH", path, R"({"title":"Mới","tags":["a","b","a"],"speakers":{"S1":"Lan"}})", "a",
           {{"If-Match", tag}});
  ASSERT_EQ(changed.status, 200) << changed.body;
  const auto body = Body(changed, "recording");
  EXPECT_EQ(body.at("title").as_string(), "Mới");
  EXPECT_EQ(body.at("tags").as_array().size(), 2u);
  EXPECT_EQ(body.at("speakers").at("S1").as_string(), "Lan");
  EXPECT_NE(changed.headers.Get("ETag"), tag);
  EXPECT_EQ(Send("PATCH", path, R"({"title":"Zu spät"})", "a", {{"If-Match", tag}}).status, 412);
  EXPECT_EQ(Send("GET", path, "", "a",
                 {{"If-None-Match", "\"x\", " + std::string(changed.headers.Get("ETag"))}})
                .status,
            304);
  Settle();
  EXPECT_EQ(CountEvents("recording.updated"), 1);
  EXPECT_EQ(Body(Send("GET", path), "recording").at("title").as_string(), "Mới");
}

TEST_F(MetadataModuleTest, RefusesAPatchThatIsWrongOrNotTheTenants) {
  Upload("sound");
  const std::string path = "/v1/recordings/" + IdOf("sound");
  EXPECT_THAT(Detail(Send("PATCH", path, R"({"titel":"x"})")), HasSubstr("titel"));
  EXPECT_EQ(Send("PATCH", path, "{}").status, 400);
  EXPECT_EQ(Send("PATCH", path, "\"\xff\"").status, 400);
  EXPECT_EQ(Send("PATCH", path).status, 400);
  EXPECT_EQ(Send("PATCH", path, R"({"title":"x"})", "b").status, 404);
  Settle();
  EXPECT_EQ(CountEvents("recording.updated"), 0);
}

TEST_F(MetadataModuleTest, SendsAudioWholeAndInParts) {
  Upload("0123456789");
  const std::string path = "/v1/recordings/" + IdOf("0123456789") + "/audio";
  const http::Response whole = Send("GET", path);
  ASSERT_EQ(whole.status, 200);
  ASSERT_TRUE(whole.file);
  EXPECT_EQ(whole.file->length, 10u);
  EXPECT_EQ(whole.headers.Get("Content-Type"), "audio/mpeg");
  EXPECT_EQ(whole.headers.Get("Content-Disposition"),
            "inline; filename=\"b_n tin.mp3\"; filename*=UTF-8''b%E1%BA%A3n%20tin.mp3");
  const http::Response part = Send("GET", path, "", "a", {{"Range", "bytes=2-4"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.headers.Get("Content-Range"), "bytes 2-4/10");
  EXPECT_EQ(part.file->offset, 2u);
  EXPECT_EQ(part.file->length, 3u);
  const http::Response beyond = Send("GET", path, "", "a", {{"Range", "bytes=10-"}});
  EXPECT_EQ(beyond.status, 416);
  EXPECT_EQ(beyond.headers.Get("Content-Range"), "bytes */10");
  EXPECT_EQ(Send("GET", path, "", "a", {{"Range", "bytes=2-4"}, {"If-Range", "\"old\""}}).status,
            200);
  EXPECT_EQ(Send("HEAD", path).status, 200);
  EXPECT_EQ(Send("GET", path, "", "b").status, 404);
}

TEST_F(MetadataModuleTest, AudioThatTheClientHasIsNotSentAgain) {
  Upload("0123456789");
  const std::string path = "/v1/recordings/" + IdOf("0123456789") + "/audio";
  const std::string tag(Send("GET", path).headers.Get("ETag"));
  const auto ask = [&](const std::string& known) {
    return Send("GET", path, "", "a", {{"If-None-Match", known}, {"Range", "bytes=2-4"}});
  };
  // The second: a proxy on the way has marked the tag as weak.
  for (const std::string& known : {tag, "W/" + tag, "\"x\", " + tag, std::string("*")}) {
    const http::Response same = ask(known);
    EXPECT_EQ(same.status, 304) << known;
    EXPECT_FALSE(same.file) << known;
    EXPECT_EQ(same.headers.Get("ETag"), tag);
  }
  for (const std::string& known : {std::string("\"x\""), tag.substr(1, 64), std::string(",")}) {
    EXPECT_EQ(ask(known).status, 206) << known;
  }
  EXPECT_EQ(Send("HEAD", path, "", "a", {{"If-None-Match", tag}}).status, 304);
  EXPECT_EQ(Send("GET", path, "", "b", {{"If-None-Match", tag}}).status, 404);
  const std::string recording = "/v1/recordings/" + IdOf("0123456789");
  const std::string weak = "W/" + std::string(Send("GET", recording).headers.Get("ETag"));
  EXPECT_EQ(Send("GET", recording, "", "a", {{"If-None-Match", weak}}).status, 304);
  EXPECT_EQ(Send("PATCH", recording, R"({"title":"x"})", "a", {{"If-Match", weak}}).status, 412);
}

TEST_F(MetadataModuleTest, TheProgressStreamTellsEachStageOnceAndHowItEnded) {
  Upload("sound");
  const std::string path = "/v1/recordings/" + IdOf("sound") + "/progress";
  const http::Response response = Send("GET", path);
  ASSERT_TRUE(response.stream);
  EXPECT_EQ(response.headers.Get("Content-Type"), "text/event-stream");
  auto chunk = response.stream->poll();
  EXPECT_THAT(chunk.bytes, HasSubstr("event: ingested\ndata: {\"stage\":\"ingested\""));
  EXPECT_FALSE(chunk.done);
  EXPECT_EQ(response.stream->poll().bytes, "");
  clock_.Advance(Duration(15'000));
  EXPECT_EQ(response.stream->poll().bytes.substr(0, 1), ":");
  Transcribe("sound");
  chunk = response.stream->poll();
  EXPECT_TRUE(chunk.done);
  std::vector<std::string> names;
  std::size_t at = 0;
  while ((at = chunk.bytes.find("event: ", at)) != std::string::npos) {
    names.push_back(chunk.bytes.substr(at + 7, chunk.bytes.find('\n', at) - at - 7));
    const std::size_t data = chunk.bytes.find("data: ", at) + 6;
    const auto json = ParseJson(chunk.bytes.substr(data, chunk.bytes.find('\n', data) - data));
    VANG_ASSERT_OK(json);
    VANG_EXPECT_OK(CheckSchema("progress-event", *json));
    at = data;
  }
  EXPECT_EQ(names, (std::vector<std::string>{"transcribed", "readable", "indexed", "completed"}));
  // Who connects again hears everything from the first stage.
  EXPECT_THAT(Send("GET", path).stream->poll().bytes, HasSubstr("event: ingested"));
  EXPECT_EQ(Send("GET", path, "", "b").status, 404);
}

TEST_F(MetadataModuleTest, TheProgressStreamEndsWithWhyItFailed) {
  Upload("sound");
  Say(RecordingFailed{IdOf("sound"), "asr", "INVALID_ARGUMENT", "broken", RandomUuid(), 1});
  Settle();
  const auto chunk = Send("GET", "/v1/recordings/" + IdOf("sound") + "/progress").stream->poll();
  EXPECT_TRUE(chunk.done);
  EXPECT_THAT(chunk.bytes, HasSubstr("event: failed"));
}

TEST_F(MetadataModuleTest, DeliveryRule7_HealthIsGreenWhileRunningAndRedAfterwards) {
  for (const Health& health : module_->Check(Context())) EXPECT_TRUE(health.ready) << health.name;
  Halt();
  int red = 0;
  for (const Health& health : module_->Check(Context())) red += health.ready ? 0 : 1;
  EXPECT_EQ(red, 2) << "the consumer and the relay";
}

}  // namespace
}  // namespace vang::metadata
