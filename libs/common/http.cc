#include "libs/common/http.h"

#include <algorithm>
#include <cstring>

#include "libs/base/utf8.h"

namespace vang::http {
namespace {

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [&](char x, char y) { return lower(x) == lower(y); });
}

class StringBodyReader : public BodyReader {
 public:
  explicit StringBodyReader(std::string bytes) : bytes_(std::move(bytes)) {}

  Result<std::size_t> Read(const Context&, char* buffer, std::size_t size) override {
    const std::size_t n = std::min(size, bytes_.size() - position_);
    std::memcpy(buffer, bytes_.data() + position_, n);
    position_ += n;
    return n;
  }

 private:
  std::string bytes_;
  std::size_t position_ = 0;
};

}  // namespace

void Headers::Add(std::string name, std::string value) {
  fields_.emplace_back(std::move(name), std::move(value));
}

void Headers::Set(std::string name, std::string value) {
  Remove(name);
  Add(std::move(name), std::move(value));
}

void Headers::Remove(std::string_view name) {
  std::erase_if(fields_, [&](const auto& f) { return EqualsIgnoringCase(f.first, name); });
}

std::string_view Headers::Get(std::string_view name) const {
  for (const auto& [key, value] : fields_) {
    if (EqualsIgnoringCase(key, name)) return value;
  }
  return {};
}

bool Headers::Has(std::string_view name) const {
  return std::any_of(fields_.begin(), fields_.end(),
                     [&](const auto& f) { return EqualsIgnoringCase(f.first, name); });
}

std::unique_ptr<BodyReader> StringBody(std::string bytes) {
  return std::make_unique<StringBodyReader>(std::move(bytes));
}

std::optional<std::string> Request::Query(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::string_view Request::Param(std::string_view name) const {
  const auto found = path_params.find(name);
  return found == path_params.end() ? std::string_view() : std::string_view(found->second);
}

Result<std::string> Request::ReadBody(const Context& context, std::size_t limit) {
  std::string bytes;
  if (body == nullptr) return bytes;
  const Status too_large(Code::kOutOfRange,
                         "the body is larger than " + std::to_string(limit) + " bytes");
  if (content_length && *content_length > limit) return too_large;
  char buffer[16384];
  while (true) {
    VANG_ASSIGN_OR_RETURN(const std::size_t n, body->Read(context, buffer, sizeof(buffer)));
    if (n == 0) return bytes;
    if (bytes.size() + n > limit) return too_large;
    bytes.append(buffer, n);
  }
}

Result<JsonValue> Request::ReadJson(const Context& context, std::size_t limit) {
  VANG_ASSIGN_OR_RETURN(const std::string bytes, ReadBody(context, limit));
  if (bytes.empty()) return InvalidArgument("the request has no body; send a JSON object");
  return ParseJson(bytes, limit);
}

Response JsonResponse(int status, std::string json) {
  return TextResponse(status, "application/json", std::move(json));
}

Response TextResponse(int status, std::string_view content_type, std::string text) {
  Response response;
  response.status = status;
  response.headers.Set("Content-Type", std::string(content_type));
  response.body = std::move(text);
  return response;
}

void Router::Add(std::string method, std::string pattern, Handler handler) {
  routes_.push_back({std::move(method), std::move(pattern), std::move(handler)});
}

namespace {

std::vector<std::string_view> Parts(std::string_view path) {
  std::vector<std::string_view> parts;
  std::size_t begin = 1;
  for (std::size_t i = 1; i <= path.size(); ++i) {
    if (i == path.size() || path[i] == '/') {
      parts.push_back(path.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  return parts;
}

bool Match(std::string_view pattern, std::string_view path,
           std::map<std::string, std::string, std::less<>>* params) {
  if (path.empty() || path.front() != '/') return false;
  const auto want = Parts(pattern);
  const auto have = Parts(path);
  params->clear();
  for (std::size_t i = 0; i < want.size(); ++i) {
    const bool placeholder = want[i].size() > 2 && want[i].front() == '{';
    if (placeholder && want[i].ends_with("...}")) {
      if (i >= have.size()) return false;
      const std::string name(want[i].substr(1, want[i].size() - 5));
      (*params)[name] =
          std::string(path.substr(static_cast<std::size_t>(have[i].data() - path.data())));
      return true;
    }
    if (i >= have.size()) return false;
    if (placeholder) {
      if (have[i].empty()) return false;
      (*params)[std::string(want[i].substr(1, want[i].size() - 2))] = std::string(have[i]);
    } else if (want[i] != have[i]) {
      return false;
    }
  }
  return want.size() == have.size();
}

}  // namespace

Response Router::Handle(const Context& context, Request& request) const {
  std::string allow;
  for (const char* method : {request.method.c_str(), "GET"}) {
    if (std::strcmp(method, "GET") == 0 && request.method != "GET" && request.method != "HEAD") {
      break;
    }
    for (const Route& route : routes_) {
      if (!Match(route.pattern, request.path, &request.path_params)) continue;
      if (route.method == method) return route.handler(context, request);
      if (allow.find(route.method) == std::string::npos) {
        allow += (allow.empty() ? "" : ", ") + route.method;
      }
    }
  }
  if (!allow.empty()) {
    Response response = Problem(
        405, Status(Code::kUnimplemented, request.method + " is not supported here; use " + allow),
        request.request_id);
    response.headers.Set("Allow", allow);
    return response;
  }
  return Problem(NotFound("there is nothing at " + request.path), request.request_id);
}

Result<std::string> PercentDecode(std::string_view text, bool plus_is_space) {
  auto hex = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size() || hex(text[i + 1]) < 0 || hex(text[i + 2]) < 0) {
        return InvalidArgument("bad percent-encoding in the request target");
      }
      out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
      i += 2;
    } else if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else {
      out += text[i];
    }
  }
  if (out.find('\0') != std::string::npos || !IsValidUtf8(out)) {
    return InvalidArgument("the request target is not valid UTF-8");
  }
  return out;
}

std::string PercentEncode(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 15];
    }
  }
  return out;
}

Status ParseTarget(std::string_view target, Request* request) {
  if (target.empty() || target.front() != '/') {
    return InvalidArgument("the request target must begin with '/'");
  }
  const std::size_t mark = target.find('?');
  VANG_ASSIGN_OR_RETURN(request->path, PercentDecode(target.substr(0, mark), false));
  request->query.clear();
  if (mark == std::string_view::npos) return {};
  std::string_view rest = target.substr(mark + 1);
  while (!rest.empty()) {
    const std::size_t end = rest.find('&');
    const std::string_view pair = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    VANG_ASSIGN_OR_RETURN(std::string key, PercentDecode(pair.substr(0, equals), true));
    std::string value;
    if (equals != std::string_view::npos) {
      VANG_ASSIGN_OR_RETURN(value, PercentDecode(pair.substr(equals + 1), true));
    }
    request->query.emplace_back(std::move(key), std::move(value));
  }
  return {};
}

}  // namespace vang::http
