// The page's files with their validators, and the headers that keep every answer harmless in a
// browser.
#pragma once

#include <string_view>

#include "libs/common/http.h"

namespace vang {

// `bytes` with a strong ETag; 304 without them when the request has it already.
http::Response CachedResponse(const http::Request& request, std::string_view content_type,
                              std::string_view bytes);

// The embedded file as the answer; its type follows from its name. `name` must exist.
http::Response PageFile(const http::Request& request, std::string_view name);

// Sets what is not set yet. `is_page`: with the rights that the page needs, else none.
void SetSecurityHeaders(bool is_page, http::Response* response);

}  // namespace vang
