#include "services/metadata/module_fixture.h"

namespace vang::metadata {
namespace {

using testing::HasSubstr;

class TranscriptRoutes : public MetadataModuleTest {
 protected:
  void SetUp() override {
    Upload("sound");
    path_ = "/v1/recordings/" + IdOf("sound");
  }
  std::string path_;
};

TEST_F(TranscriptRoutes, IsNotThereBeforeItIsReadableAndSaysWhereTheRecordingStands) {
  const http::Response early = Send("GET", path_ + "/transcript");
  EXPECT_EQ(early.status, 404);
  const auto problem = Body(early, "problem");
  EXPECT_EQ(problem.at("code").as_string(), "failed_precondition");
  EXPECT_THAT(std::string(problem.at("detail").as_string()), HasSubstr("queued"));
  EXPECT_EQ(Send("POST", path_ + "/edits", R"({"segment":0,"old_text":"a","new_text":"b"})").status,
            409);
}

TEST_F(TranscriptRoutes, ComesInFourForms) {
  Transcribe("sound");
  const http::Response json = Send("GET", path_ + "/transcript");
  ASSERT_EQ(json.status, 200) << json.body;
  const auto body = Body(json, "transcript");
  EXPECT_EQ(body.at("text").as_string(), "xin chào tạm biệt");
  EXPECT_EQ(body.at("segments").at(1).at("words").at(0).at("text").as_string(), "tạm");
  EXPECT_EQ(body.at("segments").at(1).at("words").at(0).at("start").to_number<double>(), 2);
  EXPECT_FALSE(json.headers.Get("ETag").empty());
  EXPECT_EQ(Send("GET", path_ + "/transcript?format=text").body, "xin chào\ntạm biệt\n");
  const http::Response srt = Send("GET", path_ + "/transcript?format=srt");
  EXPECT_EQ(srt.headers.Get("Content-Type"), "application/x-subrip; charset=utf-8");
  EXPECT_THAT(srt.body, HasSubstr("00:00:02,000 --> "));
  EXPECT_THAT(std::string(srt.headers.Get("Content-Disposition")),
              HasSubstr("filename*=UTF-8''B%E1%BA%A3n%20tin.srt"));
  EXPECT_EQ(Send("GET", path_ + "/transcript?format=vtt").body.substr(0, 6), "WEBVTT");
  EXPECT_EQ(Send("GET", path_ + "/transcript?format=pdf").status, 400);
  EXPECT_EQ(Send("GET", path_ + "/transcript", "", "b").status, 404);
}

TEST_F(TranscriptRoutes, EditsLieOverTheTextAndKeepTheirAuthor) {
  Transcribe("sound");
  ASSERT_EQ(Send("PATCH", path_, R"({"speakers":{"S1":"Lan"}})").status, 200);
  const http::Response made =
      Send("POST", path_ + "/edits",
           R"({"segment":1,"old_text":"tạm biệt","new_text":"tạm biệt nhé","speaker":"S1"})");
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(Body(made, "edit").at("author").as_string(), "key-of-a");
  const auto body = Body(Send("GET", path_ + "/transcript"), "transcript");
  EXPECT_EQ(body.at("text").as_string(), "xin chào tạm biệt nhé");
  EXPECT_EQ(body.at("edits").as_array().size(), 1u);
  const auto& segment = body.at("segments").at(1);
  EXPECT_TRUE(segment.at("edited").as_bool());
  EXPECT_EQ(segment.at("speaker").as_string(), "Lan") << "the label's name";
  EXPECT_EQ(segment.at("words").as_array().size(), 3u);
  EXPECT_EQ(Send("GET", path_ + "/transcript?format=text").body, "xin chào\nLan: tạm biệt nhé\n");
  EXPECT_THAT(Send("GET", path_ + "/transcript?format=vtt").body, HasSubstr("<v Lan>"));
  Settle();
  EXPECT_EQ(CountEvents("transcript.edited"), 1);
}

TEST_F(TranscriptRoutes, TheSecondOfTwoEditsOfTheSameTextIsToldWhatItReadsNow) {
  Transcribe("sound");
  const char* edit = R"({"segment":0,"old_text":"xin chào","new_text":"xin chao"})";
  EXPECT_EQ(Send("POST", path_ + "/edits", edit).status, 201);
  const http::Response late = Send("POST", path_ + "/edits", edit);
  EXPECT_EQ(late.status, 409);
  EXPECT_THAT(Detail(late), HasSubstr("reads: xin chao"));
  EXPECT_EQ(late.headers.Get("X-Should-Retry"), "false");
  Settle();
  EXPECT_EQ(CountEvents("transcript.edited"), 1);
}

TEST_F(TranscriptRoutes, RefusesAnEditOfWhatIsNotThere) {
  Transcribe("sound");
  const auto status = [&](const char* body, const char* tenant = "a") {
    return Send("POST", path_ + "/edits", body, tenant).status;
  };
  EXPECT_EQ(status(R"({"segment":2,"old_text":"","new_text":"b"})"), 400);
  EXPECT_EQ(status(R"({"segment":-1,"old_text":"","new_text":"b"})"), 400);
  EXPECT_EQ(status(R"({"segment":0,"old_text":"","new_text":"b","who":"me"})"), 400);
  EXPECT_EQ(status(R"({"segment":0,"old_text":"xin chào","new_text":"b","version":9})"), 404);
  EXPECT_EQ(status(R"({"segment":0,"old_text":"xin chào","new_text":"b"})", "b"), 404);
  Settle();
  EXPECT_EQ(CountEvents("transcript.edited"), 0);
}

TEST_F(TranscriptRoutes, ANewModelMakesANewVersionAndTheOldOneStays) {
  Transcribe("sound", "m1");
  ASSERT_EQ(
      Send("POST", path_ + "/edits", R"({"segment":0,"old_text":"xin chào","new_text":"chào"})")
          .status,
      201);
  clock_.Advance(Duration(1'000));
  Transcribe("sound", "m2");
  const auto current = Body(Send("GET", path_ + "/transcript"), "transcript");
  EXPECT_EQ(current.at("version").as_int64(), 2);
  EXPECT_EQ(current.at("text").as_string(), "xin chào tạm biệt");
  const auto old = Body(Send("GET", path_ + "/transcript?version=1"), "transcript");
  EXPECT_EQ(old.at("text").as_string(), "chào tạm biệt");
  EXPECT_EQ(Send("GET", path_ + "/transcript?version=3").status, 404);
  EXPECT_EQ(Send("GET", path_ + "/transcript?version=0").status, 400);
}

TEST_F(TranscriptRoutes, AMissingObjectIsSaidAndNotHidden) {
  Transcribe("sound");
  const std::string version = TranscriptVersionId(IdOf("sound"), "m1");
  VANG_ASSERT_OK(objects_->Delete(Context(), RawTranscriptKey("a", IdOf("sound"), version)));
  const http::Response response = Send("GET", path_ + "/transcript");
  EXPECT_EQ(response.status, 500);
  EXPECT_THAT(Detail(response), HasSubstr("missing"));
}

}  // namespace
}  // namespace vang::metadata
