// Walks the objects below a prefix, page by page.
#pragma once

#include <functional>
#include <string>

#include "libs/adapters/object_store/s3/answers.h"
#include "libs/adapters/object_store/s3/client.h"

namespace vang::s3 {

// Calls `take` with each object whose key starts with `prefix` and, unless it is empty, sorts after
// `after`, in the order in which the server lists them, until it says false. kDataLoss when the
// server's pages have no end.
Status ForEachObject(const Context& context, Client& client, const std::string& prefix,
                     const std::string& after,
                     const std::function<Result<bool>(const ObjectPage::Entry&)>& take,
                     int page_size = 1'000);

}  // namespace vang::s3
