// Opens a connection.
#pragma once

#include <memory>

#include "libs/adapters/postgres/config.h"
#include "libs/adapters/postgres/connection.h"

namespace vang::postgres {

// Within the context and the connect time-out. kUnavailable whatever the reason, because all of
// them lie with the server or its operator and may be mended while we run; the message names the
// reason and never a secret. A name in Config::host is looked up without a deadline.
Result<std::unique_ptr<Connection>> Connect(const Config& config, const Context& context);

}  // namespace vang::postgres
