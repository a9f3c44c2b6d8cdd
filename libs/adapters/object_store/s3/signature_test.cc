// The vectors are those that AWS publishes: aws-sig-v4-test-suite, and the examples in the S3
// documentation of header-based authentication.
#include "libs/adapters/object_store/s3/signature.h"

#include <gtest/gtest.h>

namespace vang::s3 {
namespace {

constexpr char kEmptySha256[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

const Credentials kSuiteCredentials = {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                                       ""};
const Credentials kDocumentedCredentials = {"AKIAIOSFODNN7EXAMPLE",
                                            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};

// A case of the suite: service "service", 2015-08-30T12:36:00Z.
std::string SuiteSignature(SignedRequest request) {
  request.headers.emplace_back("Host", "example.amazonaws.com");
  request.headers.emplace_back("X-Amz-Date", "20150830T123600Z");
  if (request.payload_sha256.empty()) request.payload_sha256 = kEmptySha256;
  const std::string text = Authorization(request, kSuiteCredentials,
                                         {.region = "us-east-1",
                                          .service = "service",
                                          .now = ParseTime("2015-08-30T12:36:00Z").value()});
  return text.substr(text.rfind('=') + 1);
}

std::string DocumentedAuthorization(SignedRequest request) {
  request.headers.emplace_back("Host", "examplebucket.s3.amazonaws.com");
  request.headers.emplace_back("x-amz-date", "20130524T000000Z");
  if (request.payload_sha256.empty()) request.payload_sha256 = kEmptySha256;
  request.headers.emplace_back("x-amz-content-sha256", request.payload_sha256);
  return Authorization(request, kDocumentedCredentials,
                       {.region = "us-east-1", .now = ParseTime("2013-05-24T00:00:00Z").value()});
}

TEST(Signature, GetVanilla) {
  EXPECT_EQ(SuiteSignature({.method = "GET", .path = "/"}),
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

TEST(Signature, PostVanilla) {
  EXPECT_EQ(SuiteSignature({.method = "POST", .path = "/"}),
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
}

TEST(Signature, GetVanillaQueryOrderKeyCase) {
  EXPECT_EQ(
      SuiteSignature(
          {.method = "GET", .path = "/", .query = {{"Param2", "value2"}, {"Param1", "value1"}}}),
      "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
}

TEST(Signature, GetVanillaEmptyQueryKey) {
  EXPECT_EQ(SuiteSignature({.method = "GET", .path = "/", .query = {{"Param1", "value1"}}}),
            "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb");
}

TEST(Signature, GetUnreserved) {
  EXPECT_EQ(SuiteSignature(
                {.method = "GET",
                 .path = "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"}),
            "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f");
}

TEST(Signature, GetUtf8) {
  EXPECT_EQ(SuiteSignature({.method = "GET", .path = "/\u1234"}),
            "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85");
}

TEST(Signature, GetSpaceUnnormalized) {
  EXPECT_EQ(SuiteSignature({.method = "GET", .path = "/example space/"}),
            "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741");
}

TEST(Signature, GetVanillaWithSessionToken) {
  EXPECT_EQ(
      SuiteSignature(
          {.method = "GET",
           .path = "/",
           .headers = {{"X-Amz-Security-Token",
                        "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267"}}}),
      "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8");
}

TEST(Signature, GetVanillaUtf8Query) {
  EXPECT_EQ(SuiteSignature({.method = "GET", .path = "/", .query = {{"\u1234", "bar"}}}),
            "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04");
}

TEST(Signature, GetHeaderValueTrim) {
  EXPECT_EQ(
      SuiteSignature({.method = "GET",
                      .path = "/",
                      .headers = {{"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}}}),
      "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736");
}

TEST(Signature, DocumentedGetOfARange) {
  EXPECT_EQ(DocumentedAuthorization(
                {.method = "GET", .path = "/test.txt", .headers = {{"Range", "bytes=0-9"}}}),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(Signature, DocumentedPutOfAKeyWithADollar) {
  EXPECT_TRUE(
      DocumentedAuthorization(
          {.method = "PUT",
           .path = "/test$file.text",
           .headers = {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                       {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
           .payload_sha256 = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"})
          .ends_with("98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
}

TEST(Signature, DocumentedGetOfASubresource) {
  EXPECT_TRUE(DocumentedAuthorization({.method = "GET", .path = "/", .query = {{"lifecycle", ""}}})
                  .ends_with("fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
}

TEST(Signature, DocumentedList) {
  EXPECT_TRUE(DocumentedAuthorization(
                  {.method = "GET", .path = "/", .query = {{"prefix", "J"}, {"max-keys", "2"}}})
                  .ends_with("34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
}

// S3 signs the path as it is: encoded once, and "a/../b" is a key like any other.
TEST(Signature, EncodesThePathOnceAndDoesNotNormaliseIt) {
  const std::string text = CanonicalRequest({.method = "GET",
                                             .path = "/b/tiếng Việt/50%/a+b/../c",
                                             .query = {{"b c", "d/é"}},
                                             .headers = {{"host", "h"}},
                                             .payload_sha256 = "p"});
  EXPECT_EQ(text,
            "GET\n/b/ti%E1%BA%BFng%20Vi%E1%BB%87t/50%25/a%2Bb/../c\nb%20c=d%2F%C3%A9\nhost:h\n\n"
            "host\np");
}

TEST(Signature, TheSecretIsNotInTheHeader) {
  EXPECT_EQ(DocumentedAuthorization({.method = "GET", .path = "/"}).find("wJalr"),
            std::string::npos);
}

}  // namespace
}  // namespace vang::s3
