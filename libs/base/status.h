// The error type that crosses every module boundary. Codes are the google.rpc set; whether a
// failure is worth another try is a function of the code and of nothing else (IsRetryable).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace vang {

enum class Code {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kAlreadyExists = 6,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kAborted = 10,
  kOutOfRange = 11,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

std::string_view CodeName(Code code);

// True for kUnavailable, kAborted, kDeadlineExceeded and kResourceExhausted.
bool IsRetryable(Code code);

// Success, or a code with a message that says what was attempted, on what, and what to do.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string message) : code_(code), message_(std::move(message)) {}

  bool ok() const { return code_ == Code::kOk; }
  Code code() const { return code_; }
  const std::string& message() const { return message_; }
  bool retryable() const { return IsRetryable(code_); }

  // Puts "context: " before the message; a success stays a success.
  Status Wrap(std::string_view context) const;

  // "NOT_FOUND: message", or "OK".
  std::string ToString() const;

  friend bool operator==(const Status&, const Status&) = default;

 private:
  Code code_ = Code::kOk;
  std::string message_;
};

Status InvalidArgument(std::string message);
Status NotFound(std::string message);
Status AlreadyExists(std::string message);
Status PermissionDenied(std::string message);
Status Unauthenticated(std::string message);
Status FailedPrecondition(std::string message);
Status ResourceExhausted(std::string message);
Status DeadlineExceeded(std::string message);
Status Unavailable(std::string message);
Status Aborted(std::string message);
Status Cancelled(std::string message);
Status DataLoss(std::string message);
Status Internal(std::string message);

// The Status of a failed system call: `what` and strerror(error_number). ENOSPC, EDQUOT and EFBIG
// are kResourceExhausted, ENOENT kNotFound, EEXIST kAlreadyExists, EACCES and EPERM
// kPermissionDenied, the rest kUnavailable.
Status ErrnoStatus(int error_number, std::string_view what);

// A T or the Status that says why there is none. A success Status must not be stored.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}         // NOLINT: implicit by design
  Result(Status status) : state_(std::move(status)) {}  // NOLINT: implicit by design

  bool ok() const { return std::holds_alternative<T>(state_); }
  explicit operator bool() const { return ok(); }

  Status status() const { return ok() ? Status() : std::get<Status>(state_); }

  // Must only be called when ok().
  T& value() & { return std::get<T>(state_); }
  const T& value() const& { return std::get<T>(state_); }
  T&& value() && { return std::get<T>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<T, Status> state_;
};

}  // namespace vang

#define VANG_CONCAT_INNER(a, b) a##b
#define VANG_CONCAT(a, b) VANG_CONCAT_INNER(a, b)

// Returns from the enclosing function when `expression` (a Status) failed. The name inside is
// numbered, so that the expression may hold a lambda that uses the macro itself.
#define VANG_RETURN_IF_ERROR(expression) \
  VANG_RETURN_IF_ERROR_INNER(VANG_CONCAT(vang_status_, __COUNTER__), expression)
#define VANG_RETURN_IF_ERROR_INNER(status_name, expression)                               \
  do {                                                                                    \
    if (::vang::Status status_name = (expression); !status_name.ok()) return status_name; \
  } while (false)

// VANG_ASSIGN_OR_RETURN(auto x, F()): x = the value of F(), or returns its Status.
#define VANG_ASSIGN_OR_RETURN(declaration, expression) \
  VANG_ASSIGN_OR_RETURN_INNER(VANG_CONCAT(vang_result_, __COUNTER__), declaration, expression)
#define VANG_ASSIGN_OR_RETURN_INNER(result, declaration, expression) \
  auto result = (expression);                                        \
  if (!result.ok()) return result.status();                          \
  declaration = std::move(result).value()
