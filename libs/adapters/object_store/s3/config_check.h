// Whether a configuration can be meant.
#pragma once

#include "libs/adapters/object_store/s3/s3_object_store.h"

namespace vang::s3 {

// kInvalidArgument, saying which field is wrong.
Status CheckConfig(const S3ObjectStoreConfig& config);

// What is said when the bucket is not there.
Status MissingBucket(const S3ObjectStoreConfig& config);

}  // namespace vang::s3
