#include "libs/net/connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "libs/runtime/log.h"

namespace vang::net {
namespace {

namespace asio = boost::asio;

// A waiting connection costs little; one that sends a body gets room for it.
constexpr std::size_t kHeadBuffer = 4 << 10;
constexpr std::size_t kBodyBuffer = 64 << 10;
// A thread per core would be too much: polls are short.
constexpr int kPollThreads = 2;
constexpr std::size_t kQueuedPerThread = 16;

}  // namespace

ServerCore::ServerCore(const HttpServerConfig& server_config, http::Handler server_handler,
                       Metrics* server_metrics)
    : config(server_config), handler(std::move(server_handler)), metrics(server_metrics) {
  const auto threads = static_cast<std::size_t>(std::max(config.handler_threads, 1));
  handlers = std::make_unique<HandlerPool>(config.handler_threads, threads * kQueuedPerThread);
  // A connection has at most one poll queued, so this is never full.
  pollers = std::make_unique<HandlerPool>(
      kPollThreads, static_cast<std::size_t>(std::max(config.max_connections, 1)) + 1);
}

void ServerCore::Count(const std::string& name, const Metrics::Labels& labels) {
  if (metrics != nullptr) metrics->Count(name, labels);
}

void Connection::Timer::Arm(const std::shared_ptr<Connection>& owner, Duration after, Member then) {
  const std::uint64_t mine = ++generation_;
  timer_.expires_after(after);
  timer_.async_wait([this, owner, mine, then](const ErrorCode& error) {
    if (!error && mine == generation_ && !owner->closed_) (owner.get()->*then)();
  });
}

void Connection::Timer::Cancel() {
  ++generation_;
  timer_.cancel();
}

Connection::Connection(asio::ip::tcp::socket socket, ServerCore& core)
    : core_(core),
      socket_(std::move(socket)),
      read_timer_(core.io),
      write_timer_(core.io),
      parser_(core.config.max_header_bytes) {
  ErrorCode ignored;
  const auto endpoint = socket_.remote_endpoint(ignored);
  if (!ignored) peer_ = endpoint.address().to_string();
  socket_.non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

void Connection::Start() {
  read_timer_.Arm(shared_from_this(), core_.config.idle_timeout, &Connection::OnIdle);
  Read();
}

void Connection::StopGently() {
  if (phase_ == Phase::kHead) Close();
}

void Connection::Close() {
  if (std::exchange(closed_, true)) return;
  read_timer_.Cancel();
  write_timer_.Cancel();
  if (pipe_) pipe_->Fail(Cancelled("the client's connection was closed"));
  stop_.request_stop();
  ErrorCode ignored;
  socket_.close(ignored);
  core_.connections.erase(shared_from_this());
  core_.on_closed();
}

void Connection::Read() {
  if (reading_ || closed_ || peer_gone_) return;
  reading_ = true;
  const bool body = phase_ != Phase::kHead && decoder_ && !decoder_->done();
  if (const std::size_t size = body ? kBodyBuffer : kHeadBuffer; in_.size() != size) {
    in_ = std::vector<char>(size);
  }
  socket_.async_read_some(asio::buffer(in_),
                          [self = shared_from_this()](const ErrorCode& error, std::size_t n) {
                            self->OnRead(error, n);
                          });
}

void Connection::OnRead(const ErrorCode& error, std::size_t n) {
  reading_ = false;
  if (closed_) return;
  if (error) return OnReadEnd(error);
  pending_ = std::string_view(in_.data(), n);
  switch (phase_) {
    case Phase::kHead:
      return AdvanceHead();
    case Phase::kExchange:
      return PumpBody();
    case Phase::kLast:
      pending_ = {};
      return Read();
  }
}

void Connection::OnReadEnd(const ErrorCode& error) {
  if (error != asio::error::eof) return Close();
  peer_gone_ = true;
  switch (phase_) {
    case Phase::kHead:
      if (!parser_.started()) return Close();
      return Refuse({400, InvalidArgument("the request ended within its head")});
    case Phase::kExchange:
      if (streaming_) return Close();
      if (!BodyEnded()) {
        FailBody(
            {400, InvalidArgument("the request's body ended after " +
                                  std::to_string(decoder_->taken()) + " bytes, before its time")});
      }
      return;
    case Phase::kLast:
      if (lingering_) Close();
      return;
  }
}

void Connection::AdvanceHead() {
  const bool started = parser_.started();
  switch (parser_.Feed(&pending_)) {
    case RequestParser::State::kRefused:
      return Refuse(parser_.refusal());
    case RequestParser::State::kDone:
      return BeginExchange();
    case RequestParser::State::kNeedsMore:
      if (!started) {
        read_timer_.Arm(shared_from_this(), core_.config.header_timeout,
                        &Connection::OnHeadTimeout);
      }
      return Read();
  }
}

void Connection::OnIdle() { Close(); }

void Connection::OnHeadTimeout() {
  Refuse({408, InvalidArgument("the request's head took too long to come")});
}

void Connection::BeginExchange() {
  read_timer_.Cancel();
  phase_ = Phase::kExchange;
  RequestHead& head = parser_.head();
  head_only_ = head.request.method == "HEAD";
  http_1_0_ = head.http_1_0;
  keep_alive_ = head.keep_alive;
  expects_continue_ = head.expects_continue;
  if (head.has_body()) decoder_.emplace(head);
  auto request = std::make_shared<http::Request>(std::move(head.request));
  request->peer = peer_;
  if (decoder_) {
    pipe_ = std::make_shared<BodyPipe>([weak = weak_from_this(), &core = core_] {
      if (auto self = weak.lock()) {
        asio::post(core.io, [self] { self->OnReaderWants(); });
      }
    });
    request->body = pipe_;
    if (!expects_continue_) StartWindow();
  }
  RunHandler(std::move(request));
  PumpBody();
}

void Connection::RunHandler(std::shared_ptr<http::Request> request) {
  Context context = Context().WithStop(stop_.get_token());
  if (const auto trace = std::string(request->headers.Get("traceparent")); IsTraceparent(trace)) {
    context = context.WithTrace(trace);
  }
  const bool accepted = core_.handlers->TryRun(
      [self = shared_from_this(), context, request = std::move(request)]() mutable {
        ServerCore& core = self->core_;
        http::Response response;
        try {
          // Nobody waits for it any more.
          if (!context.stop().stop_requested()) response = core.handler(context, *request);
        } catch (const std::exception& error) {
          Log(LogLevel::kError, "net", "a handler threw",
              {{"path", request->path}, {"what", error.what()}});
          core.Count("vang_http_handler_exceptions_total");
          response = http::Problem(Internal("the request could not be handled"));
        }
        request.reset();
        asio::post(core.io, [self = std::move(self), response = std::move(response)]() mutable {
          self->OnResponse(std::move(response));
        });
      });
  if (accepted) return;
  core_.Count("vang_http_queue_full_total");
  OnResponse(http::Problem(503, Unavailable("too many requests at once; try again shortly")));
}

// From what has come into the pipe, and on to the next read. While a handler works on a request
// that is whole, one read is left open, to notice that the client has gone.
void Connection::PumpBody() {
  if (closed_ || phase_ != Phase::kExchange) return;
  // The last answer is on its way: the rest of the body stays where it is.
  if (!BodyEnded() && answered_ && !keep_alive_) return;
  if (!BodyEnded() && expects_continue_) {
    if (pending_.empty()) return Read();
    // It did not wait to be asked.
    expects_continue_ = false;
    StartWindow();
  }
  while (!BodyEnded() && !paused_ && !pending_.empty()) {
    const auto piece = decoder_->Take(&pending_);
    if (!piece.ok()) return FailBody({400, piece.status()});
    if (piece->empty()) continue;
    window_bytes_ += piece->size();
    if (!answered_ && !pipe_->Append(*piece)) paused_ = true;
  }
  if (decoder_ && decoder_->done() && !body_failure_) {
    read_timer_.Cancel();
    pipe_->Finish();
    if (draining_) return NextRequest();
  } else if (paused_) {
    read_timer_.Cancel();
    return;
  }
  if (pending_.empty() && !body_failure_) Read();
}

void Connection::StartWindow() {
  window_bytes_ = 0;
  read_timer_.Arm(shared_from_this(), core_.config.body_window, &Connection::OnWindow);
}

void Connection::OnWindow() {
  if (BodyEnded() || paused_) return;
  if (window_bytes_ >= core_.config.body_bytes_per_window) return StartWindow();
  FailBody({408, InvalidArgument("the request's body came too slowly and was cut off after " +
                                 std::to_string(decoder_->taken()) + " bytes")});
}

void Connection::OnReaderWants() {
  if (closed_ || phase_ != Phase::kExchange || answered_ || BodyEnded()) return;
  if (std::exchange(expects_continue_, false)) {
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    ErrorCode error;
    const std::size_t n = socket_.write_some(asio::buffer(kContinue), error);
    // Nothing else is being written, so a few bytes always fit, unless the client has gone.
    if (n != kContinue.size()) return Close();
    StartWindow();
  }
  if (std::exchange(paused_, false)) {
    StartWindow();
    PumpBody();
  }
}

void Connection::FailBody(Refusal refusal) {
  read_timer_.Cancel();
  core_.Count("vang_http_bodies_cut_off_total", {{"status", std::to_string(refusal.http_status)}});
  if (draining_) return Close();
  pipe_->Fail(refusal.status);
  body_failure_ = std::move(refusal);
}

void Connection::NextRequest() {
  if (core_.stopping) return Close();
  phase_ = Phase::kHead;
  parser_ = RequestParser(core_.config.max_header_bytes);
  decoder_.reset();
  pipe_.reset();
  head_only_ = http_1_0_ = false;
  expects_continue_ = paused_ = answered_ = draining_ = streaming_ = last_chunk_ = false;
  stop_ = std::stop_source();
  if (!pending_.empty()) return AdvanceHead();
  if (peer_gone_) return Close();
  read_timer_.Arm(shared_from_this(), core_.config.idle_timeout, &Connection::OnIdle);
  Read();
}

}  // namespace vang::net
