// The OpenAPI 3.1 document: libs/common/openapi.json with the schemas it refers to put in.
#pragma once

#include <string>

#include "libs/base/status.h"

namespace vang {

// `#/components/schemas/<name>` is the file of that name in libs/common/schemas, unless the
// document holds it itself. kNotFound names a schema that does not exist.
Result<std::string> OpenApiDocument();

}  // namespace vang
