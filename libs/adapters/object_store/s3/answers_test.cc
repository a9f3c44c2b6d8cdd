#include "libs/adapters/object_store/s3/answers.h"

#include "libs/adapters/object_store/s3/errors.h"
#include "libs/adapters/object_store/s3/xml.h"
#include "libs/base/status_matchers.h"

namespace vang::s3 {
namespace {

std::string Page(const std::string& inside) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
         "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" +
         inside + "</ListBucketResult>";
}

std::string Contents(const std::string& key, const std::string& size) {
  return "<Contents><Key>" + key + "</Key><Size>" + size +
         "</Size><LastModified>2026-11-24T10:00:00.000Z</LastModified></Contents>";
}

TEST(ObjectPage, ReadsKeysSizesAndWhereToGoOn) {
  const auto page = ParseObjectPage(Page("<EncodingType>url</EncodingType>" +
                                         Contents("a%2Fti%E1%BA%BFng+1", "7") +
                                         "<IsTruncated>true</IsTruncated>"
                                         "<NextContinuationToken>a&amp;b</NextContinuationToken>"));
  VANG_ASSERT_OK(page);
  ASSERT_EQ(page->entries.size(), 1U);
  EXPECT_EQ(page->entries[0].key, "a/tiếng 1");
  EXPECT_EQ(page->entries[0].size, 7U);
  EXPECT_EQ(FormatTime(page->entries[0].modified), "2026-11-24T10:00:00.000Z");
  EXPECT_EQ(page->next, "a&b");
}

TEST(ObjectPage, RefusesWhatIsMissingOrOutOfBounds) {
  const std::string end = "<IsTruncated>false</IsTruncated>";
  VANG_EXPECT_OK(ParseObjectPage(Page(Contents("a", "18446744073709551615") + end)));
  for (const std::string& bad :
       {Contents("a", "18446744073709551616") + end, Contents("a", "-1") + end,
        Contents("a", "") + end, Contents("", "1") + end, Contents("a", "1"),
        Contents("a", "1") + "<IsTruncated>maybe</IsTruncated>",
        Contents("a", "1") + "<IsTruncated>true</IsTruncated>",
        Contents(std::string(5'000, 'k'), "1") + end,
        "<Contents><Key>a</Key><Size>1</Size></Contents>" + end}) {
    EXPECT_THAT(ParseObjectPage(Page(bad)), HasCode(Code::kDataLoss)) << bad;
  }
  EXPECT_THAT(ParseObjectPage("<Other/>"), HasCode(Code::kDataLoss));
}

TEST(UploadPage, ReadsUploadsAndWhereToGoOn) {
  const auto page = ParseUploadPage(
      "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker>"
      "<NextUploadIdMarker>u</NextUploadIdMarker><Upload><Key>k</Key><UploadId>u</UploadId>"
      "<Initiated>2026-11-24T10:00:00Z</Initiated></Upload></ListMultipartUploadsResult>");
  VANG_ASSERT_OK(page);
  EXPECT_EQ(page->entries.at(0).upload_id, "u");
  EXPECT_TRUE(page->truncated);
  EXPECT_EQ(page->next_key, "k");
}

TEST(Xml, RefusesDocumentTypesAndSoEntities) {
  EXPECT_THAT(ParseXml("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"), HasCode(Code::kDataLoss));
  EXPECT_THAT(ParseXml("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>"), HasCode(Code::kDataLoss));
  EXPECT_THAT(ParseXml("<a>&b;</a>"), HasCode(Code::kDataLoss));
  EXPECT_EQ(ParseXml("<a>&lt;&#233;</a>").value().text, "<é");
}

TEST(Xml, RefusesWhatIsNotWellFormedOrWithoutMeasure) {
  for (const char* bad : {"", "text", "<a>", "<a></b>", "<a/><b/>", "<a>\x01</a>", "<a>\xff</a>"}) {
    EXPECT_THAT(ParseXml(bad), HasCode(Code::kDataLoss)) << bad;
  }
  std::string deep;
  for (int i = 0; i < 20; ++i) deep += "<a>";
  for (int i = 0; i < 20; ++i) deep += "</a>";
  EXPECT_THAT(ParseXml(deep), Fails(Code::kDataLoss, "nests"));
  std::string many = "<a>";
  for (int i = 0; i < 100'001; ++i) many += "<b/>";
  EXPECT_THAT(ParseXml(many + "</a>"), Fails(Code::kDataLoss, "too many"));
}

TEST(ContentRange, IsReadStrictly) {
  const auto range = ParseContentRange("bytes 5-9/100");
  VANG_ASSERT_OK(range);
  EXPECT_EQ(range->begin, 5U);
  EXPECT_EQ(range->end, 10U);
  EXPECT_EQ(range->size, 100U);
  for (const char* bad : {"", "bytes", "bytes */100", "bytes 5-4/100", "bytes 5-100/100",
                          "bytes 5-9/*", "bytes 5-9", "items 5-9/100", "bytes 5/9-100"}) {
    EXPECT_THAT(ParseContentRange(bad), HasCode(Code::kDataLoss)) << bad;
  }
}

TEST(CompleteBody, ListsThePartsInOrder) {
  EXPECT_EQ(CompleteBody({{"\"e1\"", "AAAAAA=="}, {"\"e2\"", ""}}),
            "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
            "<Part><PartNumber>1</PartNumber><ETag>&quot;e1&quot;</ETag>"
            "<ChecksumCRC32C>AAAAAA==</ChecksumCRC32C></Part>"
            "<Part><PartNumber>2</PartNumber><ETag>&quot;e2&quot;</ETag></Part>"
            "</CompleteMultipartUpload>");
}

Status StatusFor(int http_status, const std::string& body) {
  http::Response response;
  response.status = http_status;
  response.body = body;
  S3ObjectStoreConfig config;
  config.endpoint = "https://s3.example";
  config.bucket = "sound";
  return StatusOfAnswer(response, config, "PUT a");
}

TEST(StatusOfAnswer, SaysWhatWasTriedWhereAndWhatToDo) {
  const Status status = StatusFor(
      404, "<Error><Code>NoSuchBucket</Code><Message>Gone\r\nfishing\x7f</Message></Error>");
  EXPECT_EQ(status.code(), Code::kFailedPrecondition);
  EXPECT_EQ(
      status.message(),
      "PUT a at https://s3.example (bucket sound): HTTP 404 NoSuchBucket: Gonefishing; create "
      "the bucket or mend its name in the configuration");
}

TEST(StatusOfAnswer, TellsPassingTroubleFromLasting) {
  const auto error = [](const char* code) {
    return "<Error><Code>" + std::string(code) + "</Code></Error>";
  };
  EXPECT_TRUE(IsPassing(StatusFor(503, error("SlowDown"))));
  EXPECT_TRUE(IsPassing(StatusFor(500, "")));
  EXPECT_TRUE(IsPassing(StatusFor(429, "not XML")));
  EXPECT_TRUE(IsPassing(StatusFor(409, error("ConditionalRequestConflict"))));
  EXPECT_TRUE(IsPassing(StatusFor(400, error("RequestTimeout"))));
  EXPECT_TRUE(IsPassing(StatusFor(400, error("XAmzContentSHA256Mismatch"))));
  EXPECT_FALSE(IsPassing(StatusFor(507, error("XMinioStorageFull"))));
  EXPECT_EQ(StatusFor(507, "").code(), Code::kResourceExhausted);
  EXPECT_EQ(StatusFor(403, error("SignatureDoesNotMatch")).code(), Code::kUnauthenticated);
  EXPECT_EQ(StatusFor(403, "").code(), Code::kPermissionDenied);
  EXPECT_EQ(StatusFor(404, error("NoSuchKey")).code(), Code::kNotFound);
  EXPECT_EQ(StatusFor(200, error("InternalError")).code(), Code::kUnavailable);
}

TEST(StatusOfAnswer, BoundsWhatTheServerSays) {
  const Status status =
      StatusFor(500, "<Error><Code>" + std::string(100'000, 'c') + "</Code><Message>" +
                         std::string(100'000, 'm') + "</Message></Error>");
  EXPECT_LT(status.message().size(), 700U);
}

}  // namespace
}  // namespace vang::s3
