#include "libs/adapters/object_store/s3/errors.h"

#include <algorithm>
#include <array>

#include "libs/adapters/object_store/s3/answers.h"

namespace vang::s3 {
namespace {

struct Meaning {
  std::string_view code;
  Code status;
  std::string_view advice;
};

constexpr std::string_view kCheckKeys =
    "check the files with the access key id and the secret access key";

// By the code in the body; what is not here goes by the HTTP status.
constexpr std::array kMeanings = {
    Meaning{"NoSuchBucket", Code::kFailedPrecondition,
            "create the bucket or mend its name in the configuration"},
    Meaning{"NoSuchKey", Code::kNotFound, ""},
    Meaning{"NoSuchUpload", Code::kNotFound, ""},
    Meaning{"InvalidAccessKeyId", Code::kUnauthenticated, kCheckKeys},
    Meaning{"SignatureDoesNotMatch", Code::kUnauthenticated, kCheckKeys},
    Meaning{"XMinioInvalidAccessKeyId", Code::kUnauthenticated, kCheckKeys},
    Meaning{"ExpiredToken", Code::kUnauthenticated, "renew the session token"},
    Meaning{"TokenRefreshRequired", Code::kUnauthenticated, "renew the session token"},
    Meaning{"InvalidToken", Code::kUnauthenticated, "renew the session token"},
    Meaning{"RequestTimeTooSkewed", Code::kUnauthenticated,
            "set the clock of this machine or of the server"},
    Meaning{"AccessDenied", Code::kPermissionDenied,
            "allow these credentials to read, write, list and delete in the bucket"},
    Meaning{"AllAccessDisabled", Code::kPermissionDenied, "the account is blocked"},
    Meaning{"AuthorizationHeaderMalformed", Code::kFailedPrecondition,
            "check the region in the configuration"},
    Meaning{"PermanentRedirect", Code::kFailedPrecondition,
            "check endpoint and region in the configuration"},
    Meaning{"KeyTooLongError", Code::kInvalidArgument, ""},
    Meaning{"EntityTooLarge", Code::kOutOfRange, ""},
    Meaning{"QuotaExceeded", Code::kResourceExhausted, "free some space or raise the quota"},
    Meaning{"XMinioStorageFull", Code::kResourceExhausted, "free some space on the server"},
    Meaning{"InsufficientStorage", Code::kResourceExhausted, "free some space on the server"},
    // Damaged on the way here or there: the next try is sound.
    Meaning{"BadDigest", Code::kUnavailable, ""},
    Meaning{"XAmzContentSHA256Mismatch", Code::kUnavailable, ""},
    Meaning{"XAmzContentChecksumMismatch", Code::kUnavailable, ""},
    Meaning{"IncompleteBody", Code::kUnavailable, ""},
    Meaning{"RequestTimeout", Code::kUnavailable, ""},
    Meaning{"InternalError", Code::kUnavailable, ""},
    Meaning{"ServiceUnavailable", Code::kUnavailable, ""},
    Meaning{"SlowDown", Code::kUnavailable, ""},
    Meaning{"ConditionalRequestConflict", Code::kAborted, ""},
    Meaning{"OperationAborted", Code::kAborted, ""},
    Meaning{"PreconditionFailed", Code::kAlreadyExists, ""},
    Meaning{"BucketAlreadyOwnedByYou", Code::kAlreadyExists, ""},
    Meaning{"BucketAlreadyExists", Code::kAlreadyExists, "choose another name for the bucket"},
};

Meaning ByHttpStatus(int status) {
  switch (status) {
    case 301:
    case 307:
      return {"", Code::kFailedPrecondition, "check endpoint and region in the configuration"};
    case 400:
      return {"", Code::kInvalidArgument, ""};
    case 401:
      return {"", Code::kUnauthenticated, kCheckKeys};
    case 403:
      return {"", Code::kPermissionDenied,
              "check the credentials and what they may do in the bucket"};
    case 404:
      return {"", Code::kNotFound, ""};
    case 409:
      return {"", Code::kAborted, ""};
    case 412:
      return {"", Code::kAlreadyExists, ""};
    case 416:
      return {"", Code::kOutOfRange, ""};
    case 501:
      return {"", Code::kUnimplemented, ""};
    case 507:
      return {"", Code::kResourceExhausted, "free some space on the server"};
    default:
      if (status >= 500 || status == 408 || status == 429) return {"", Code::kUnavailable, ""};
      return {"", Code::kUnknown, ""};
  }
}

}  // namespace

Status StatusOfAnswer(const http::Response& response, const S3ObjectStoreConfig& config,
                      const std::string& what) {
  const ErrorBody error = ParseErrorBody(response.body);
  const auto* known = std::find_if(kMeanings.begin(), kMeanings.end(),
                                   [&](const Meaning& m) { return m.code == error.code; });
  const Meaning meaning = known == kMeanings.end() ? ByHttpStatus(response.status) : *known;
  std::string message = what + " at " + config.endpoint + " (bucket " + config.bucket + "): HTTP " +
                        std::to_string(response.status);
  if (!error.code.empty()) message += " " + error.code;
  if (!error.message.empty()) message += ": " + error.message;
  if (!meaning.advice.empty()) message.append("; ").append(meaning.advice);
  return Status(meaning.status, std::move(message));
}

bool IsPassing(const Status& status) {
  return status.code() == Code::kUnavailable || status.code() == Code::kAborted;
}

}  // namespace vang::s3
