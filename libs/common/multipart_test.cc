#include "libs/common/multipart.h"

#include <gtest/gtest.h>

#include "libs/base/status_matchers.h"

namespace vang {
namespace {

// Writes down what it hears.
class Recorder : public MultipartSink {
 public:
  Status BeginPart(const MultipartPart& part) override {
    text += "[" + part.name + (part.file_name ? "|" + *part.file_name : "") +
            (part.content_type.empty() ? "" : "|" + part.content_type) + "]";
    return {};
  }
  Status PartData(std::string_view bytes) override {
    text += bytes;
    return {};
  }
  Status EndPart() override {
    text += ".";
    return {};
  }
  std::string text;
};

// What the parts are when `body` comes `step` bytes at a time; the failure in words.
std::string Parse(std::string_view body, std::size_t step = 1'000, MultipartLimits limits = {}) {
  Recorder recorder;
  MultipartParser parser("b", &recorder, limits);
  Status status;
  for (std::size_t at = 0; at < body.size() && status.ok(); at += step) {
    status = parser.Push(body.substr(at, step));
  }
  if (status.ok()) status = parser.Finish();
  return status.ok() ? recorder.text : status.ToString();
}

std::string Part(const std::string& disposition, const std::string& content) {
  return "--b\r\nContent-Disposition: " + disposition + "\r\n\r\n" + content + "\r\n";
}

constexpr std::string_view kForm =
    "ignored\r\n--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nHọp\r\n"
    "--b  \r\nContent-Type: audio/wav\r\ncontent-disposition: form-data; name=\"file\"; "
    "filename=\"ghi âm.wav\"\r\n\r\nR\r\n--\r\n--a\r\nX\r\n--b--\r\nignored";

TEST(Multipart, ComesOutTheSameHoweverItIsCut) {
  for (std::size_t step = 1; step < kForm.size() + 1; ++step) {
    EXPECT_EQ(Parse(kForm, step), "[title]Họp.[file|ghi âm.wav|audio/wav]R\r\n--\r\n--a\r\nX.")
        << "in steps of " << step;
  }
}

TEST(Multipart, TakesAnEmptyPart) {
  EXPECT_EQ(Parse(Part("form-data; name=file; filename=\"\"", "") + "--b--"), "[file|].");
}

TEST(Multipart, PrefersTheExtendedFileName) {
  EXPECT_EQ(Parse(Part("form-data; name=\"file\"; filename=\"x\"; "
                       "filename*=UTF-8''h%E1%BB%8Dp%20s%C3%A1ng.mp3",
                       "a") +
                  "--b--"),
            "[file|họp sáng.mp3]a.");
}

TEST(Multipart, KeepsBackslashesOfWindowsPathsAndReadsEscapedQuotationMarks) {
  EXPECT_EQ(Parse(Part(R"(form-data; name="f"; filename="C:\tmp\a\"b%22.wav")", "") + "--b--"),
            R"([f|C:\tmp\a"b".wav].)");
}

TEST(Multipart, RefusesWhatIsMalformed) {
  const std::string ok = Part("form-data; name=\"a\"", "1");
  EXPECT_THAT(Parse(""), testing::HasSubstr("no part"));
  EXPECT_THAT(Parse("text without any boundary"), testing::HasSubstr("no part"));
  EXPECT_THAT(Parse(ok), testing::HasSubstr("cut short"));
  EXPECT_THAT(Parse(ok + "--b"), testing::HasSubstr("cut short"));
  EXPECT_THAT(Parse(ok + "--bb--"), testing::HasSubstr("follows a boundary"));
  EXPECT_THAT(Parse("--b\r\n\r\nx\r\n--b--"), testing::HasSubstr("Content-Disposition"));
  EXPECT_THAT(Parse("--b\r\nno colon\r\n\r\nx\r\n--b--"), testing::HasSubstr("malformed"));
  EXPECT_THAT(Parse("--b\r\nA: 1\r\n folded\r\n\r\nx\r\n--b--"), testing::HasSubstr("malformed"));
  EXPECT_THAT(Parse("--b\r\nA: 1\r\nA: 2\r\n\r\nx\r\n--b--"), testing::HasSubstr("twice"));
  EXPECT_THAT(Parse(Part("attachment; name=a", "") + "--b--"), testing::HasSubstr("form-data"));
  EXPECT_THAT(Parse(Part("form-data", "") + "--b--"), testing::HasSubstr("with a name"));
  EXPECT_THAT(Parse(Part("form-data; name=\"a", "") + "--b--"), testing::HasSubstr("not closed"));
  EXPECT_THAT(Parse(Part("form-data; name=a; name=b", "") + "--b--"), testing::HasSubstr("twice"));
  EXPECT_THAT(Parse(Part("form-data; name=a\r\nContent-Transfer-Encoding: base64", "") + "--b--"),
              testing::HasSubstr("as it is"));
  EXPECT_THAT(Parse(Part("form-data; name=a; filename=\"\xff.wav\"", "") + "--b--"),
              testing::HasSubstr("not valid UTF-8"));
  EXPECT_THAT(Parse(Part("form-data; name=a; filename*=latin1''x", "") + "--b--"),
              testing::HasSubstr("UTF-8"));
}

TEST(Multipart, HoldsItsLimits) {
  MultipartLimits limits;
  limits.max_preamble_bytes = 100;
  limits.max_header_bytes = 60;
  limits.max_parts = 2;
  limits.max_field_bytes = 10;
  const std::string field = Part("form-data; name=\"a\"", "0123456789");
  EXPECT_EQ(Parse(field + field + "--b--", 7, limits), "[a]0123456789.[a]0123456789.");
  EXPECT_THAT(Parse(field + field + field + "--b--", 7, limits), testing::HasSubstr("2 parts"));
  EXPECT_THAT(Parse(Part("form-data; name=a", "01234567890") + "--b--", 7, limits),
              testing::HasSubstr("longer than 10"));
  EXPECT_THAT(Parse("--b\r\nA: " + std::string(100, 'x'), 7, limits),
              testing::HasSubstr("longer than 60"));
  EXPECT_THAT(Parse(std::string(200, 'x') + field + "--b--", 7, limits),
              testing::HasSubstr("does not begin"));
  // A file is the sink's to bound.
  EXPECT_EQ(Parse(Part("form-data; name=a; filename=b", std::string(50, 'x')) + "--b--", 7, limits),
            "[a|b]" + std::string(50, 'x') + ".");
}

TEST(Multipart, AFailureOfTheSinkEndsIt) {
  class Refusing : public Recorder {
    Status PartData(std::string_view) override { return InvalidArgument("no room"); }
  } sink;
  MultipartParser parser("b", &sink);
  EXPECT_THAT(parser.Push(Part("form-data; name=a", "1") + "--b--"),
              Fails(Code::kInvalidArgument, "no room"));
  EXPECT_THAT(parser.Finish(), Fails(Code::kInvalidArgument, "no room"));
}

TEST(Multipart, TakesTheBoundaryFromTheContentType) {
  EXPECT_EQ(*BoundaryOf("multipart/form-data; boundary=----WebKitFormBoundaryA1"),
            "----WebKitFormBoundaryA1");
  EXPECT_EQ(*BoundaryOf("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\""), "a b");
  EXPECT_EQ(BoundaryOf("multipart/form-data; boundary=" + std::string(70, 'x'))->size(), 70u);
  for (const std::string& bad :
       {std::string("multipart/form-data"), std::string("multipart/form-data; boundary="),
        std::string("multipart/form-data; boundary=\"a \""),
        std::string("multipart/form-data; boundary=\"a\r\nb\""), std::string("audio/wav"),
        std::string(""), "multipart/form-data; boundary=" + std::string(71, 'x')}) {
    EXPECT_THAT(BoundaryOf(bad), HasCode(Code::kInvalidArgument)) << bad;
  }
}

}  // namespace
}  // namespace vang
