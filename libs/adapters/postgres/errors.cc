#include "libs/adapters/postgres/errors.h"

#include <algorithm>
#include <array>

namespace vang::postgres {
namespace {

struct Rule {
  std::string_view prefix;
  Code code;
};

// The first that matches.
constexpr std::array kRules = {
    Rule{"08", Code::kUnavailable},          // connection
    Rule{"22", Code::kInvalidArgument},      // data
    Rule{"23505", Code::kAlreadyExists},     // unique key
    Rule{"23", Code::kFailedPrecondition},   // other constraints
    Rule{"25006", Code::kUnavailable},       // a standby: the server that takes writes has moved
    Rule{"25P03", Code::kUnavailable},       // idle in transaction for too long
    Rule{"28", Code::kUnauthenticated},      //
    Rule{"3D", Code::kFailedPrecondition},   // no such database
    Rule{"3F", Code::kFailedPrecondition},   // no such schema
    Rule{"40", Code::kAborted},              // serialization, deadlock
    Rule{"42501", Code::kPermissionDenied},  //
    Rule{"53", Code::kResourceExhausted},    // disk, memory, connections
    Rule{"54", Code::kInvalidArgument},      // a limit of the server
    Rule{"55P03", Code::kAborted},           // lock time-out
    Rule{"57014", Code::kDeadlineExceeded},  // statement time-out
    Rule{"57", Code::kUnavailable},          // shutting down, starting up
    Rule{"58", Code::kUnavailable},          // system calls of the server
    Rule{"XX001", Code::kDataLoss},          //
    Rule{"XX002", Code::kDataLoss},          //
};

}  // namespace

Status ErrorStatus(std::string_view sqlstate, std::string_view message) {
  const auto* rule = std::find_if(kRules.begin(), kRules.end(),
                                  [&](const Rule& r) { return sqlstate.starts_with(r.prefix); });
  const Code code = rule == kRules.end() ? Code::kInternal : rule->code;
  return {code,
          "PostgreSQL says: " + std::string(message) + " (SQLSTATE " + std::string(sqlstate) + ")"};
}

bool IsConflict(std::string_view sqlstate) { return sqlstate == "40001" || sqlstate == "40P01"; }

bool EndsConnection(std::string_view sqlstate) {
  return sqlstate.starts_with("57P") || sqlstate.starts_with("08") || sqlstate == "25P03" ||
         sqlstate == "25006";
}

}  // namespace vang::postgres
