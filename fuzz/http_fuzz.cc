// HTTP requests as they come off a connection: heads and bodies, one after the other.
#include <algorithm>
#include <cstdint>
#include <string>

#include "libs/net/body_decoder.h"
#include "libs/net/request_parser.h"

namespace {

// What the bytes are taken for, as text, read `step` bytes at a time.
std::string Read(std::string_view bytes, std::size_t step) {
  using vang::net::RequestParser;
  std::string seen;
  std::string_view piece;
  const auto more = [&] {
    piece = bytes.substr(0, step);
    bytes.remove_prefix(piece.size());
    return !piece.empty();
  };
  while (true) {
    RequestParser parser(4096);
    auto state = RequestParser::State::kNeedsMore;
    while (state == RequestParser::State::kNeedsMore) {
      if (piece.empty() && !more()) return seen + "cut";
      state = parser.Feed(&piece);
    }
    if (state == RequestParser::State::kRefused) {
      return seen + std::to_string(parser.refusal().http_status);
    }
    const vang::net::RequestHead& head = parser.head();
    if (head.request.path.front() != '/') __builtin_trap();
    seen += head.request.method + " " + head.request.path + "\n";
    if (!head.has_body()) continue;
    vang::net::BodyDecoder decoder(head);
    while (!decoder.done()) {
      if (piece.empty() && !more()) return seen + "\ncut";
      const auto content = decoder.Take(&piece);
      if (!content.ok()) return seen + "\nbad chunk";
      seen.append(content.value());
    }
    if (head.request.content_length && decoder.taken() != *head.request.content_length) {
      __builtin_trap();
    }
    seen += "\n";
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  // However the network cuts it, it is the same requests.
  const std::string whole = Read(bytes, std::max<std::size_t>(size, 1));
  if (Read(bytes, 1) != whole || Read(bytes, 13) != whole) __builtin_trap();
  return 0;
}
