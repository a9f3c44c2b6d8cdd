#include "libs/net/response_head.h"

#include <array>
#include <cstdio>
#include <ctime>
#include <string_view>

#include "libs/net/http_syntax.h"

namespace vang::net {
namespace {

std::string_view Reason(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 499:
      return "Client Closed Request";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "Status";
  }
}

// Said by the server and by nobody else.
bool IsFraming(std::string_view name) {
  for (const std::string_view own :
       {"Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "Date", "Upgrade"}) {
    if (EqualsIgnoringCase(name, own)) return true;
  }
  return false;
}

void AppendField(std::string_view name, std::string_view value, std::string* out) {
  out->append(name).append(": ");
  for (const char c : value) *out += IsControl(c) && c != '\t' ? ' ' : c;
  out->append("\r\n");
}

}  // namespace

bool StatusHasBody(int status) { return status >= 200 && status != 204 && status != 304; }

std::string FormatHttpDate(TimeMs time) {
  static constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed",
                                                       "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = time / 1000;
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  char text[64];
  std::snprintf(text, sizeof(text), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                kDays[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday,
                kMonths[static_cast<std::size_t>(utc.tm_mon)], utc.tm_year + 1900, utc.tm_hour,
                utc.tm_min, utc.tm_sec);
  return text;
}

std::string FormatResponseHead(const http::Response& response, const ResponseFraming& framing,
                               TimeMs now) {
  std::string out;
  out.reserve(512);
  out.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  out.append(Reason(response.status)).append("\r\n");
  for (const auto& [name, value] : response.headers.all()) {
    if (IsToken(name) && !IsFraming(name)) AppendField(name, value, &out);
  }
  AppendField("Date", FormatHttpDate(now), &out);
  if (StatusHasBody(response.status)) {
    if (response.stream && response.stream->length) {
      AppendField("Content-Length", std::to_string(*response.stream->length), &out);
    } else if (response.stream) {
      if (!framing.http_1_0) AppendField("Transfer-Encoding", "chunked", &out);
    } else {
      std::string length =
          std::to_string(response.file ? response.file->length : response.body.size());
      // The answer to a HEAD that came from another server has a length and no body.
      if (framing.head_only && !response.file && response.body.empty() &&
          response.headers.Has("Content-Length")) {
        length = std::string(response.headers.Get("Content-Length"));
      }
      AppendField("Content-Length", length, &out);
    }
  }
  if (!framing.keep_alive) {
    AppendField("Connection", "close", &out);
  } else if (framing.http_1_0) {
    AppendField("Connection", "keep-alive", &out);
  }
  return out += "\r\n";
}

}  // namespace vang::net
