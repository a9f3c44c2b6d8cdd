// SHA-256, whole or as the bytes come. It is the content address of every object.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace vang {

// Streaming SHA-256. Not thread-safe; one instance hashes one message.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void Update(std::string_view bytes);

  // 32 bytes, or 64 lower-case hex digits. The object must not be used afterwards.
  std::string Digest();
  std::string HexDigest();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// 64 lower-case hex digits of `bytes`.
std::string Sha256Hex(std::string_view bytes);

// HMAC-SHA-256 (RFC 2104): 32 bytes.
std::string HmacSha256(std::string_view key, std::string_view message);

// Two lower-case hex digits for each byte.
std::string ToHex(std::string_view bytes);

// Compares in a time that depends on the lengths only.
bool ConstantTimeEquals(std::string_view a, std::string_view b);

}  // namespace vang
