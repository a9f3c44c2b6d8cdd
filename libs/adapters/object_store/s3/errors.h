// What a refusal of an S3 server means, in our codes, and what to do about it.
#pragma once

#include <string>

#include "libs/adapters/object_store/s3/s3_object_store.h"
#include "libs/common/http.h"

namespace vang::s3 {

// `response` is no 2xx, or a 2xx whose body is an <Error>. `what` was attempted.
Status StatusOfAnswer(const http::Response& response, const S3ObjectStoreConfig& config,
                      const std::string& what);

// Whether the same request may succeed in a moment: the server is away, busy or faulty. A full
// server is not: it stays full.
bool IsPassing(const Status& status);

}  // namespace vang::s3
