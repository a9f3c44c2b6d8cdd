#include "libs/base/uuid.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <vector>

namespace vang {
namespace {

constexpr char kHex[] = "0123456789abcdef";

std::string Format(const std::array<std::uint8_t, 16>& bytes) {
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += kHex[bytes[i] >> 4];
    text += kHex[bytes[i] & 15];
  }
  return text;
}

void SetVersion(std::array<std::uint8_t, 16>& bytes, int version) {
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | (version << 4));
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

void FillRandom(std::uint8_t* out, std::size_t size) {
  // Without randomness no key is safe; there is nothing sensible to go on with.
  if (RAND_bytes(out, static_cast<int>(size)) != 1) std::abort();
}

}  // namespace

std::string UuidV5(std::string_view namespace_uuid, std::string_view name) {
  std::vector<std::uint8_t> input;
  int high = -1;
  for (char c : namespace_uuid) {
    int value = HexValue(c);
    if (value < 0) continue;
    if (high < 0) {
      high = value;
    } else {
      input.push_back(static_cast<std::uint8_t>(high * 16 + value));
      high = -1;
    }
  }
  input.insert(input.end(), name.begin(), name.end());
  std::array<std::uint8_t, 64> digest{};
  unsigned int size = 0;
  EVP_Digest(input.data(), input.size(), digest.data(), &size, EVP_sha1(), nullptr);
  std::array<std::uint8_t, 16> bytes{};
  std::copy_n(digest.begin(), bytes.size(), bytes.begin());
  SetVersion(bytes, 5);
  return Format(bytes);
}

std::string RandomUuid() {
  std::array<std::uint8_t, 16> bytes{};
  FillRandom(bytes.data(), bytes.size());
  SetVersion(bytes, 4);
  return Format(bytes);
}

std::string RandomHex(int count) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(count));
  FillRandom(bytes.data(), bytes.size());
  std::string text;
  for (std::uint8_t b : bytes) {
    text += kHex[b >> 4];
    text += kHex[b & 15];
  }
  return text;
}

bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : HexValue(text[i]) < 0) return false;
  }
  return true;
}

}  // namespace vang
