// HTTP as the services see it: plain values and a router, no sockets. The api-gateway hands a
// request to a service through ports/upstream.h; in one process that is a function call, between
// processes it is libs/net. Handlers are synchronous and run on the work pool.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/base/context.h"
#include "libs/base/file.h"
#include "libs/base/status.h"
#include "libs/common/json.h"

namespace vang::http {

// Header names compare without case; a name may occur more than once.
class Headers {
 public:
  void Add(std::string name, std::string value);
  void Set(std::string name, std::string value);  // replaces
  void Remove(std::string_view name);
  // The first value, or empty.
  std::string_view Get(std::string_view name) const;
  bool Has(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// A request's body as it comes off the wire. One reader, one thread.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  // Up to `size` bytes into `buffer`; 0 = the end. Blocks; honours the context's deadline. A body
  // cut short is kInvalidArgument, one over the limit kOutOfRange (HTTP 413).
  virtual Result<std::size_t> Read(const Context& context, char* buffer, std::size_t size) = 0;
};

// A body that is already in memory.
std::unique_ptr<BodyReader> StringBody(std::string bytes);

struct Request {
  std::string method;
  std::string path;  // decoded, without the query
  std::vector<std::pair<std::string, std::string>> query;
  Headers headers;
  std::optional<std::uint64_t> content_length;
  std::shared_ptr<BodyReader> body;  // null = no body
  std::string peer;                  // address of the client

  // Set by the api-gateway after authentication, carried to services as X-Vang-* headers.
  std::string tenant;
  std::string key_id;
  std::vector<std::string> scopes;
  std::string request_id;

  // Set by the router from {name} parts of the pattern.
  std::map<std::string, std::string, std::less<>> path_params;

  // The first value of the query parameter.
  std::optional<std::string> Query(std::string_view name) const;
  std::string_view Param(std::string_view name) const;
  // The whole body as text; kOutOfRange over `limit` bytes.
  Result<std::string> ReadBody(const Context& context, std::size_t limit = 1 << 20);
  // The body as JSON.
  Result<JsonValue> ReadJson(const Context& context, std::size_t limit = 1 << 20);
};

// Bytes [offset, offset+length) of an open file.
struct FileRange {
  std::shared_ptr<FileDescriptor> file;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

// Called every `interval` until it says it is done; returns what to send now (may be empty).
struct PollStream {
  struct Chunk {
    std::string bytes;
    bool done = false;
    bool more = false;    // ask again at once
    bool failed = false;  // the answer cannot be whole: the connection is cut
  };
  std::function<Chunk()> poll;
  std::chrono::milliseconds interval{200};
  std::optional<std::uint64_t> length{};  // of all chunks together, when it is known
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  std::optional<FileRange> file;     // instead of `body`
  std::optional<PollStream> stream;  // instead of `body`: events, or a body on its way
};

Response JsonResponse(int status, std::string json);
Response TextResponse(int status, std::string_view content_type, std::string text);

// application/problem+json, RFC 9457: type, title, status, detail, code, request_id, and `errors`
// with pointers when `status` names one. One table maps codes to HTTP status.
Response Problem(const Status& status, std::string_view request_id = "");
// The same with an HTTP status of the caller's choice (413, 415, 429 …).
Response Problem(int http_status, const Status& status, std::string_view request_id = "");
int HttpStatusOf(Code code);
// The reverse, for clients: the Status that a problem body describes.
Status StatusOfResponse(const Response& response);

using Handler = std::function<Response(const Context&, Request&)>;

struct Route {
  std::string method;
  std::string pattern;  // "/v1/recordings/{id}"; a last part "{rest...}" takes all that follows
  Handler handler;
};

// Routes in the order given; a path that fits with another method is 405 with Allow, none is 404.
// HEAD falls back to GET. Immutable after building; Handle is thread-safe.
class Router {
 public:
  void Add(std::string method, std::string pattern, Handler handler);
  Response Handle(const Context& context, Request& request) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

// Percent-decoding (RFC 3986); kInvalidArgument for bad escapes, NUL or bad UTF-8.
Result<std::string> PercentDecode(std::string_view text, bool plus_is_space);
std::string PercentEncode(std::string_view text);
// Splits "path?query" and decodes both.
Status ParseTarget(std::string_view target, Request* request);

}  // namespace vang::http
