// SQLSTATEs as our codes.
#pragma once

#include <string_view>

#include "libs/base/status.h"

namespace vang::postgres {

// `message` is the server's primary message. Retryable are: a server that goes or comes
// (kUnavailable), conflicts between transactions and lock time-outs (kAborted), a cancelled
// statement (kDeadlineExceeded), and a server out of memory, disk or connections
// (kResourceExhausted). Text or numbers the server cannot hold are kInvalidArgument, a unique key
// that is there kAlreadyExists, damaged files kDataLoss.
Status ErrorStatus(std::string_view sqlstate, std::string_view message);

// The transaction lost against another and did nothing: run again, it may well succeed.
bool IsConflict(std::string_view sqlstate);

// The server has ended this connection, or is about to.
bool EndsConnection(std::string_view sqlstate);

}  // namespace vang::postgres
