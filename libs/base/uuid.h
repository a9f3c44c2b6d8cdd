// UUIDs (RFC 9562) in their lower-case text form. Version 5 gives every id that must come out the
// same when the work is done twice: recordings, events, points. Version 4 is for keys of one use.
#pragma once

#include <string>
#include <string_view>

namespace vang {

// UUIDv5: SHA-1 of the namespace's 16 bytes and `name`. `namespace_uuid` must be a valid UUID.
std::string UuidV5(std::string_view namespace_uuid, std::string_view name);

// The namespace under which all of Vang's own names live.
inline constexpr std::string_view kVangNamespace = "6f1c8a52-4d0e-5b7a-9c36-2f8d1e7b4a90";

// UUIDv5 over several fields. Each is preceded by its length, so ("ab","c") and ("a","bc") differ.
template <typename... Fields>
std::string DerivedId(std::string_view kind, const Fields&... fields) {
  std::string name(kind);
  ((name += '\n', name += std::to_string(std::string_view(fields).size()), name += ':',
    name += std::string_view(fields)),
   ...);
  return UuidV5(kVangNamespace, name);
}

// UUIDv4 from the operating system's random source.
std::string RandomUuid();

// `bytes` random bytes from the operating system, as lower-case hex.
std::string RandomHex(int bytes);

// Exactly 8-4-4-4-12 lower-case hex digits.
bool IsUuid(std::string_view text);

}  // namespace vang
