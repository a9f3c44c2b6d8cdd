#include "libs/net/malformed_requests.h"

namespace vang::net {
namespace {

using namespace std::string_literals;

// A request with one line of head more.
std::string With(const std::string& line) {
  return "POST /v1/recordings HTTP/1.1\r\nHost: vang\r\n" + line + "\r\n\r\nGET /b HTTP/1.1\r\n";
}

std::string Line(const std::string& request_line) {
  return request_line + "\r\nHost: vang\r\n\r\n";
}

std::string Printable(unsigned char c) {
  static constexpr char kHex[] = "0123456789abcdef";
  return std::string("0x") + kHex[c >> 4] + kHex[c & 15];
}

void AddRequestLines(std::vector<MalformedRequest>* all) {
  const std::vector<MalformedRequest> lines = {
      {"no spaces", "GET", 400},
      {"no version", "GET /", 400},
      {"lower-case protocol", "GET / http/1.1", 400},
      {"no version number", "GET / HTTP", 400},
      {"short version", "GET / HTTP/1", 400},
      {"long version", "GET / HTTP/1.10", 400},
      {"version with a letter", "GET / HTTP/1.x", 400},
      {"another protocol", "GET / ICAP/1.0", 400},
      {"HTTP/0.9", "GET / HTTP/0.9", 505},
      {"HTTP/1.2", "GET / HTTP/1.2", 505},
      {"HTTP/2.0", "GET / HTTP/2.0", 505},
      {"HTTP/2 preface", "PRI * HTTP/2.0", 505},
      {"two spaces before the target", "GET  / HTTP/1.1", 400},
      {"two spaces after the target", "GET /  HTTP/1.1", 400},
      {"leading space", " GET / HTTP/1.1", 400},
      {"trailing space", "GET / HTTP/1.1 ", 400},
      {"tab for a space", "GET\t/ HTTP/1.1", 400},
      {"tab in the target", "GET /a\tb HTTP/1.1", 400},
      {"space in the target", "GET /a b HTTP/1.1", 400},
      {"no target", "GET HTTP/1.1", 400},
      {"absolute form", "GET http://vang/ HTTP/1.1", 400},
      {"authority form", "GET vang:80 HTTP/1.1", 400},
      {"asterisk form", "OPTIONS * HTTP/1.1", 400},
      {"relative target", "GET v1/recordings HTTP/1.1", 400},
      {"only a query", "GET ?q=a HTTP/1.1", 400},
      {"fragment", "GET /a#b HTTP/1.1", 400},
      {"bad escape", "GET /%zz HTTP/1.1", 400},
      {"cut escape", "GET /%4 HTTP/1.1", 400},
      {"escaped NUL", "GET /a%00b HTTP/1.1", 400},
      {"escaped bad UTF-8", "GET /%C0%AF HTTP/1.1", 400},
      {"escaped surrogate", "GET /%ED%A0%80 HTTP/1.1", 400},
      {"bad UTF-8 in a query", "GET /?q=%FF HTTP/1.1", 400},
      {"raw bad UTF-8", "GET /\xFF HTTP/1.1", 400},
      {"lower-case method", "get / HTTP/1.1", 501},
      {"unknown method", "BREW /pot HTTP/1.1", 501},
      {"TRACE", "TRACE / HTTP/1.1", 501},
      {"CONNECT", "CONNECT / HTTP/1.1", 501},
      {"method with a colon", "GE:T / HTTP/1.1", 400},
      {"method in quotes", "\"GET\" / HTTP/1.1", 400},
      {"method with a bracket", "GET[] / HTTP/1.1", 400},
      {"method of UTF-8", "G\xC3\x89T / HTTP/1.1", 400},
  };
  for (const MalformedRequest& line : lines) {
    all->push_back({line.name, Line(line.bytes), line.status});
  }
  all->push_back({"long target", Line("GET /" + std::string(9000, 'a') + " HTTP/1.1"), 414});
  all->push_back({"long query", Line("GET /?q=" + std::string(9000, 'a') + " HTTP/1.1"), 414});
  all->push_back({"endless method", std::string(9000, 'A'), 414});
  all->push_back({"two empty lines first", "\r\n\r\n" + Line("GET / HTTP/1.1"), 400});
  all->push_back({"TLS on a plain port", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s, 400});
}

void AddHeaders(std::vector<MalformedRequest>* all) {
  const std::vector<MalformedRequest> lines = {
      {"no colon", "Accept", 400},
      {"empty name", ": value", 400},
      {"space before the colon", "Accept : */*", 400},
      {"tab before the colon", "Accept\t: */*", 400},
      {"space in a name", "Ac cept: */*", 400},
      {"underscore in a name", "Content_Length: 3", 400},
      {"continued line", "Accept: a\r\n b", 400},
      {"line continued by a tab", "Accept: a\r\n\tb", 400},
      {"quote in a name", "\"Accept\": a", 400},
      {"slash in a name", "Acc/ept: a", 400},
      {"bracket in a name", "Accept[]: a", 400},
      {"at in a name", "a@b: c", 400},
      {"UTF-8 in a name", "Acc\xC3\xA9pt: a", 400},
      {"second Host", "Host: other", 400},
      {"second Host, same", "host: vang", 400},
      {"negative length", "Content-Length: -1", 400},
      {"length with a plus", "Content-Length: +3", 400},
      {"hex length", "Content-Length: 0x3", 400},
      {"fraction of a length", "Content-Length: 3.0", 400},
      {"exponent of a length", "Content-Length: 1e3", 400},
      {"empty length", "Content-Length:", 400},
      {"length of a word", "Content-Length: three", 400},
      {"length with a space", "Content-Length: 1 2", 400},
      {"length with a comma", "Content-Length: 3, 3", 400},
      {"length over 2^64", "Content-Length: 18446744073709551617", 400},
      {"length of 40 digits", "Content-Length: " + std::string(40, '9'), 400},
      {"quoted length", "Content-Length: \"3\"", 400},
      {"two lengths", "Content-Length: 3\r\nContent-Length: 4", 400},
      {"two lengths, same", "Content-Length: 3\r\nContent-Length: 3", 400},
      {"length and chunked", "Content-Length: 3\r\nTransfer-Encoding: chunked", 400},
      {"chunked and length", "Transfer-Encoding: chunked\r\nContent-Length: 3", 400},
      {"length and unknown coding", "Content-Length: 3\r\nTransfer-Encoding: x", 400},
      {"gzip coding", "Transfer-Encoding: gzip", 501},
      {"gzip and chunked", "Transfer-Encoding: gzip, chunked", 501},
      {"chunked and gzip", "Transfer-Encoding: chunked, gzip", 501},
      {"chunked twice", "Transfer-Encoding: chunked, chunked", 501},
      {"chunked on two lines", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", 400},
      {"chunked and identity", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", 400},
      {"identity", "Transfer-Encoding: identity", 501},
      {"xchunked", "Transfer-Encoding: xchunked", 501},
      {"quoted chunked", "Transfer-Encoding: \"chunked\"", 501},
      {"chunked with a parameter", "Transfer-Encoding: chunked;q=1", 501},
      {"empty coding", "Transfer-Encoding:", 501},
      {"vertical tab before chunked",
       "Transfer-Encoding: \x0B"
       "chunked",
       400},
      {"another expectation", "Expect: 200-ok", 417},
      {"two expectations", "Expect: 100-continue\r\nExpect: 100-continue", 417},
  };
  for (const MalformedRequest& line : lines) {
    all->push_back({line.name, With(line.bytes), line.status});
  }
  for (const std::string host : {"", "a b", "a,b", "a/b", "user@a", "a?b", "a\\b", "<a>", "a\"b"}) {
    all->push_back({"Host '" + host + "'", "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n", 400});
  }
  all->push_back({"no Host", "GET / HTTP/1.1\r\nAccept: */*\r\n\r\n", 400});
  all->push_back({"no headers", "GET / HTTP/1.1\r\n\r\n", 400});
  all->push_back({"chunked in HTTP/1.0",
                  "POST / HTTP/1.0\r\nHost: vang\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                  400});
  all->push_back({"first header continued", "GET / HTTP/1.1\r\n Host: vang\r\n\r\n", 400});
  all->push_back({"one large header", With("Cookie: " + std::string(40'000, 'c')), 431});
  all->push_back({"endless name", With(std::string(40'000, 'n')), 431});
  std::string many;
  for (int i = 0; i < 120; ++i) many += "X-" + std::to_string(i) + ": v\r\n";
  all->push_back({"many headers", With(many + "X: v"), 431});
}

void AddBytes(std::vector<MalformedRequest>* all) {
  // Every control character, in each place where it could be mistaken for the end of something.
  for (unsigned char c = 0; c < 0x20; ++c) {
    if (c == '\t' || c == '\r' || c == '\n') continue;
    const std::string text(1, static_cast<char>(c));
    all->push_back({"in a target: " + Printable(c), Line("GET /a" + text + "b HTTP/1.1"), 400});
    all->push_back({"in a name: " + Printable(c), With("Acc" + text + "ept: a"), 400});
    all->push_back({"in a value: " + Printable(c), With("Accept: a" + text + "b"), 400});
  }
  all->push_back({"DEL in a value",
                  With("Accept: a\x7F"
                       "b"),
                  400});
  all->push_back({"bare LF after the request line", "GET / HTTP/1.1\nHost: vang\r\n\r\n", 400});
  all->push_back({"bare LF after a header", "GET / HTTP/1.1\r\nHost: vang\n\r\n", 400});
  all->push_back({"bare LF at the end", "GET / HTTP/1.1\r\nHost: vang\r\n\n", 400});
  all->push_back({"only LF", "GET / HTTP/1.1\nHost: vang\n\n", 400});
  all->push_back({"bare CR in a value", With("Accept: a\rb"), 400});
  all->push_back({"bare CR for a line end", "GET / HTTP/1.1\rHost: vang\r\n\r\n", 400});
  all->push_back({"CR CR LF", "GET / HTTP/1.1\r\r\nHost: vang\r\n\r\n", 400});
  all->push_back({"header hidden by a bare CR", With("X: y\rTransfer-Encoding: chunked"), 400});
}

}  // namespace

std::vector<MalformedRequest> MalformedRequests() {
  std::vector<MalformedRequest> all;
  AddRequestLines(&all);
  AddHeaders(&all);
  AddBytes(&all);
  return all;
}

std::vector<MalformedRequest> MalformedChunks() {
  return {
      {"no size", "\r\nabc\r\n0\r\n\r\n"},
      {"size of a word", "xyz\r\nabc\r\n0\r\n\r\n"},
      {"negative size", "-3\r\nabc\r\n0\r\n\r\n"},
      {"plus sign", "+3\r\nabc\r\n0\r\n\r\n"},
      {"0x prefix", "0x3\r\nabc\r\n0\r\n\r\n"},
      {"space before the size", " 3\r\nabc\r\n0\r\n\r\n"},
      {"space after the size", "3 \r\nabc\r\n0\r\n\r\n"},
      {"tab after the size", "3\t\r\nabc\r\n0\r\n\r\n"},
      {"underscore in the size", "1_0\r\nabc\r\n0\r\n\r\n"},
      {"size over 2^64", "10000000000000003\r\nabc\r\n0\r\n\r\n"},
      {"size of many zeros", std::string(40, '0') + "3\r\nabc\r\n0\r\n\r\n"},
      {"bare LF after the size", "3\nabc\r\n0\r\n\r\n"},
      {"bare CR after the size", "3\rabc\r\n0\r\n\r\n"},
      {"longer than its size", "3\r\nabcd\r\n0\r\n\r\n"},
      {"shorter than its size", "5\r\nabc\r\n0\r\n\r\n"},
      {"bare LF after the content", "3\r\nabc\n0\r\n\r\n"},
      {"bare CR after the content", "3\r\nabc\rx0\r\n\r\n"},
      {"bare LF in an extension", "3;a\nb\r\nabc\r\n0\r\n\r\n"},
      {"NUL in an extension", std::string("3;a\0b\r\nabc\r\n0\r\n\r\n", 17)},
      {"long extension", "3;" + std::string(300, 'e') + "\r\nabc\r\n0\r\n\r\n"},
      {"bare LF at the end", "3\r\nabc\r\n0\r\n\n"},
      {"bare LF after a trailer", "3\r\nabc\r\n0\r\nX: y\n\r\n"},
      {"NUL in a trailer", std::string("3\r\nabc\r\n0\r\nX: \0\r\n\r\n", 19)},
      {"long trailers", "3\r\nabc\r\n0\r\nX: " + std::string(5000, 't') + "\r\n\r\n"},
  };
}

}  // namespace vang::net
