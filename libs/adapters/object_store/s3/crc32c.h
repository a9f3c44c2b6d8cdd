// CRC-32C (Castagnoli), the checksum that S3 servers verify on arrival.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vang::s3 {

// Continues `crc` (0 to begin with) over `bytes`.
std::uint32_t Crc32c(std::uint32_t crc, std::string_view bytes);

// As S3 writes it: base64 of the four bytes, highest first.
std::string Crc32cText(std::uint32_t crc);

}  // namespace vang::s3
