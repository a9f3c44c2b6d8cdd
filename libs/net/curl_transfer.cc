#include "libs/net/curl_transfer.h"

#include <algorithm>
#include <charconv>
#include <exception>
#include <stop_token>
#include <utility>

#include "libs/net/http_syntax.h"

namespace vang::net {
namespace {

constexpr long kConnectTimeoutMs = 10'000;
// Below the server's idle_timeout, so that a kept connection is rarely one that just went.
constexpr long kMaxIdleSeconds = 60;
constexpr int kPollMs = 1'000;
// Of an answer's head: no server has use for more.
constexpr std::size_t kMaxHeaderBytes = 256 << 10;

class HeaderList {
 public:
  HeaderList() = default;
  ~HeaderList() { ::curl_slist_free_all(list_); }
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;

  bool Add(const std::string& line) {
    curl_slist* longer = ::curl_slist_append(list_, line.c_str());
    if (longer == nullptr) return false;
    list_ = longer;
    return true;
  }
  curl_slist* get() { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

// What the callbacks see.
struct State {
  const Context* context;
  http::Request* request;
  const TransferOptions* options;
  http::Response response;
  std::size_t header_bytes = 0;
  bool head_complete = false;
  bool in_body = false;
  bool enough = false;  // the sink wants no more
  bool paused = false;  // the window is full
  Status failure;       // why a callback gave up
};

std::size_t OnRequestBody(char* buffer, std::size_t size, std::size_t count, void* opaque) {
  auto* state = static_cast<State*>(opaque);
  try {
    auto n = state->request->body->Read(*state->context, buffer, size * count);
    if (n.ok()) return *n;
    state->failure = n.status().Wrap("cannot read the request's body");
  } catch (const std::exception& error) {
    state->failure = Internal(std::string("reading the request's body: ") + error.what());
  }
  return CURL_READFUNC_ABORT;
}

std::size_t OnHeader(char* buffer, std::size_t size, std::size_t count, void* opaque) {
  auto* state = static_cast<State*>(opaque);
  const std::string_view line(buffer, size * count);
  state->header_bytes += line.size();
  if (state->header_bytes > kMaxHeaderBytes) {
    state->failure = Status(Code::kOutOfRange, "the answer's headers are larger than " +
                                                   std::to_string(kMaxHeaderBytes) + " bytes");
    return 0;
  }
  if (state->in_body) return line.size();  // a trailer
  if (line == "\r\n" || line == "\n") {
    state->head_complete = state->response.status >= 200;
    return line.size();
  }
  if (line.starts_with("HTTP/")) {
    // A new status line: what came before belonged to an interim answer.
    state->response = {};
    const std::size_t space = line.find(' ');
    if (space != std::string_view::npos) {
      const std::string_view code = line.substr(space + 1);
      std::from_chars(code.data(), code.data() + std::min<std::size_t>(code.size(), 3),
                      state->response.status);
    }
    return line.size();
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return line.size();
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && (value.back() == '\r' || value.back() == '\n')) value.remove_suffix(1);
  state->response.headers.Add(std::string(line.substr(0, colon)), std::string(TrimSpace(value)));
  return line.size();
}

std::size_t OnResponseBody(char* buffer, std::size_t size, std::size_t count, void* opaque) {
  auto* state = static_cast<State*>(opaque);
  const std::string_view bytes(buffer, size * count);
  state->in_body = true;
  try {
    const int status = state->response.status;
    if (state->options->sink != nullptr && status >= 200 && status < 300) {
      if ((*state->options->sink)(bytes)) return bytes.size();
      state->enough = true;
      return 0;
    }
    if (state->options->windowed && state->response.body.size() >= state->options->limit) {
      state->paused = true;
      return CURL_WRITEFUNC_PAUSE;
    }
    if (state->options->windowed ||
        state->response.body.size() + bytes.size() <= state->options->limit) {
      state->response.body.append(bytes);
      return bytes.size();
    }
    state->failure =
        Status(Code::kOutOfRange,
               "the answer is larger than " + std::to_string(state->options->limit) + " bytes");
  } catch (const std::exception& error) {
    state->failure = Internal(std::string("taking the answer's body: ") + error.what());
  }
  return 0;
}

// Said by the transfer itself, whatever the caller's headers say.
bool IsOwnHeader(std::string_view name) {
  for (const std::string_view own : {"Host", "Content-Length", "Transfer-Encoding", "Connection",
                                     "Keep-Alive", "Expect", "Upgrade", "TE"}) {
    if (EqualsIgnoringCase(name, own)) return true;
  }
  return false;
}

Status FillHeaders(const Context& context, const http::Request& request, HeaderList* list) {
  bool ok = true;
  for (const auto& [name, value] : request.headers.all()) {
    if (IsOwnHeader(name)) continue;
    const bool clean =
        std::none_of(value.begin(), value.end(), [](char c) { return IsControl(c) && c != '\t'; });
    if (!IsToken(name) || !clean) return InvalidArgument("the header '" + name + "' is not valid");
    // libcurl takes "Name:" for "leave this header out", and "Name;" for one without a value.
    ok = ok && list->Add(value.empty() ? name + ";" : name + ": " + value);
  }
  if (!context.traceparent().empty() && !request.headers.Has("traceparent")) {
    ok = ok && list->Add("traceparent: " + context.traceparent());
  }
  // libcurl's own ideas of what a body is.
  if (!request.headers.Has("Content-Type")) ok = ok && list->Add("Content-Type:");
  if (!request.headers.Has("Accept")) ok = ok && list->Add("Accept: */*");
  if (request.body && !request.content_length) ok = ok && list->Add("Transfer-Encoding: chunked");
  return ok ? Status() : ResourceExhausted("no memory for the request's headers");
}

void Configure(State* state, HeaderList* headers, CURL* easy) {
  const http::Request& request = *state->request;
  ::curl_easy_reset(easy);
  ::curl_easy_setopt(easy, CURLOPT_URL, state->options->url.c_str());
  ::curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  ::curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  ::curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  ::curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  ::curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  ::curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  ::curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, kMaxIdleSeconds);
  ::curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  ::curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
  ::curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME,
                     std::max<long>(1, static_cast<long>(state->options->silence.count() / 1'000)));
  if (!state->options->ca_file.empty()) {
    ::curl_easy_setopt(easy, CURLOPT_CAINFO, state->options->ca_file.c_str());
  }
  // No proxy stands between us and this machine, whatever the environment says.
  if (state->options->loopback) ::curl_easy_setopt(easy, CURLOPT_PROXY, "");

  ::curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers->get());
  ::curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &OnHeader);
  ::curl_easy_setopt(easy, CURLOPT_HEADERDATA, state);
  ::curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &OnResponseBody);
  ::curl_easy_setopt(easy, CURLOPT_WRITEDATA, state);

  if (request.body) {
    ::curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    ::curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 64L << 10);
    ::curl_easy_setopt(easy, CURLOPT_READFUNCTION, &OnRequestBody);
    ::curl_easy_setopt(easy, CURLOPT_READDATA, state);
    if (request.content_length) {
      ::curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE,
                         static_cast<curl_off_t>(*request.content_length));
    }
  } else if (request.method == "HEAD") {
    ::curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else if (request.method == "POST" || request.method == "PUT" || request.method == "PATCH") {
    ::curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, 0L);
    ::curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "");
  }
  if (request.method != "HEAD") {
    ::curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
}

// Goes on with the transfer until `enough` says so or it ends; *running is false then.
Status Drive(const Context& context, CurlSession& session, const std::function<bool()>& enough,
             bool* running) {
  const std::stop_callback wake(context.stop(), [&] { ::curl_multi_wakeup(session.multi()); });
  while (true) {
    int count = 1;
    if (::curl_multi_perform(session.multi(), &count) != CURLM_OK) {
      return Internal("the HTTP transfer could not be driven");
    }
    *running = count > 0;
    if (!*running || enough()) return {};
    VANG_RETURN_IF_ERROR(context.Check());
    const auto wait = context.Remaining(std::chrono::milliseconds(kPollMs)).count();
    if (::curl_multi_poll(session.multi(), nullptr, 0, static_cast<int>(wait) + 1, nullptr) !=
        CURLM_OK) {
      return Internal("the HTTP transfer could not be waited for");
    }
  }
}

Status StatusOf(CURLcode code, const std::string& url) {
  const std::string what = url + ": " + ::curl_easy_strerror(code);
  switch (code) {
    case CURLE_OK:
      return {};
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
      return InvalidArgument(what);
    case CURLE_OUT_OF_MEMORY:
      return ResourceExhausted(what);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return FailedPrecondition(what);
    default:
      return Unavailable(what);
  }
}

}  // namespace

std::optional<std::uint64_t> ContentLength(const http::Response& answer) {
  const std::string_view text = answer.headers.Get("Content-Length");
  std::uint64_t length = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), length);
  if (read.ec != std::errc()) return std::nullopt;
  return length;
}

Result<std::unique_ptr<CurlSession>> CurlSession::Create() {
  static const CURLcode initialised = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  std::unique_ptr<CurlSession> session(new CurlSession());
  session->easy_ = ::curl_easy_init();
  session->multi_ = ::curl_multi_init();
  if (initialised != CURLE_OK || session->easy_ == nullptr || session->multi_ == nullptr) {
    return ResourceExhausted("libcurl cannot be started");
  }
  return session;
}

CurlSession::~CurlSession() {
  if (easy_ != nullptr) ::curl_easy_cleanup(easy_);
  if (multi_ != nullptr) ::curl_multi_cleanup(multi_);
}

struct CurlExchange::Impl {
  Context context;
  http::Request* request;
  TransferOptions options;
  std::unique_ptr<CurlSession> session;
  HeaderList headers;
  State state;
  std::string method;
  bool begun = false;
  bool running = true;

  std::string What() const { return method + " " + options.url; }

  // How the transfer ended. Asked once: libcurl tells it once.
  Status Outcome() {
    if (state.enough) return {};
    if (!state.failure.ok()) return state.failure.Wrap(What());
    int left = 0;
    const CURLMsg* message = ::curl_multi_info_read(session->multi(), &left);
    if (message == nullptr || message->msg != CURLMSG_DONE) {
      return Internal("the HTTP transfer ended without a result");
    }
    VANG_RETURN_IF_ERROR(StatusOf(message->data.result, What()));
    return state.response.status == 0 ? Unavailable(options.url + " gave no answer") : Status();
  }
};

CurlExchange::CurlExchange(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

CurlExchange::~CurlExchange() { TakeSession(); }

Result<std::unique_ptr<CurlExchange>> CurlExchange::Begin(const Context& context,
                                                          http::Request& request,
                                                          TransferOptions options,
                                                          std::unique_ptr<CurlSession> session) {
  VANG_RETURN_IF_ERROR(context.Check());
  if (!IsToken(request.method)) return InvalidArgument("'" + request.method + "' is no method");
  auto impl = std::make_unique<Impl>();
  impl->context = context;
  impl->request = &request;
  impl->options = std::move(options);
  impl->session = std::move(session);
  impl->method = request.method;
  VANG_RETURN_IF_ERROR(FillHeaders(context, request, &impl->headers));
  impl->state = {.context = &impl->context,
                 .request = &request,
                 .options = &impl->options,
                 .response = {},
                 .failure = {}};
  impl->state.response.status = 0;
  Configure(&impl->state, &impl->headers, impl->session->easy());
  if (::curl_multi_add_handle(impl->session->multi(), impl->session->easy()) != CURLM_OK) {
    return Internal("the HTTP transfer could not be begun");
  }
  impl->begun = true;
  return std::unique_ptr<CurlExchange>(new CurlExchange(std::move(impl)));
}

Result<http::Response> CurlExchange::Finish() {
  VANG_RETURN_IF_ERROR(Drive(
                           impl_->context, *impl_->session, [] { return false; }, &impl_->running)
                           .Wrap(impl_->What()));
  VANG_RETURN_IF_ERROR(impl_->Outcome());
  return std::move(impl_->state.response);
}

Result<bool> CurlExchange::WaitForHead() {
  State& state = impl_->state;
  const auto enough = [&] {
    if (!state.head_complete) return false;
    if (state.paused) return true;
    const std::string_view type = state.response.headers.Get("Content-Type");
    if (type.starts_with("text/event-stream")) return true;
    return ContentLength(state.response).value_or(0) > impl_->options.limit;
  };
  VANG_RETURN_IF_ERROR(
      Drive(impl_->context, *impl_->session, enough, &impl_->running).Wrap(impl_->What()));
  if (!impl_->running) VANG_RETURN_IF_ERROR(impl_->Outcome());
  // From here on the answer takes as long as it takes; only silence ends it.
  impl_->context = Context();
  impl_->request = nullptr;
  impl_->state.request = nullptr;
  return impl_->running;
}

http::Response CurlExchange::TakeHead() {
  http::Response head;
  head.status = impl_->state.response.status;
  head.headers = impl_->state.response.headers;
  return head;
}

Result<std::string> CurlExchange::Read(bool* done) {
  State& state = impl_->state;
  std::string bytes = std::exchange(state.response.body, {});
  *done = !impl_->running;
  if (*done || !bytes.empty()) return bytes;
  if (std::exchange(state.paused, false)) {
    ::curl_easy_pause(impl_->session->easy(), CURLPAUSE_CONT);
  }
  int count = 1;
  if (::curl_multi_perform(impl_->session->multi(), &count) != CURLM_OK) {
    return Internal("the HTTP transfer could not be driven");
  }
  impl_->running = count > 0;
  if (!impl_->running) VANG_RETURN_IF_ERROR(impl_->Outcome());
  *done = !impl_->running;
  return std::exchange(state.response.body, {});
}

std::unique_ptr<CurlSession> CurlExchange::TakeSession() {
  if (impl_->begun && impl_->session) {
    ::curl_multi_remove_handle(impl_->session->multi(), impl_->session->easy());
  }
  return std::move(impl_->session);
}

}  // namespace vang::net
