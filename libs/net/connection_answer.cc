#include <sys/sendfile.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <utility>

#include "libs/net/connection.h"
#include "libs/net/response_head.h"
#include "libs/runtime/log.h"

namespace vang::net {
namespace {

namespace asio = boost::asio;

// A rest of a body that nobody read is read past when it is no longer than this; else the
// connection is closed.
constexpr std::uint64_t kMaxDrain = 256 << 10;
// Bytes of a file sent before others have their turn.
constexpr std::size_t kFilePiece = 256 << 10;
// How long a client that still sends is listened to after its last answer. Closing at once would
// reset the connection and could take the answer from it.
constexpr Duration kLinger{2'000};

std::string ChunkHead(std::size_t size) {
  char text[24];
  std::snprintf(text, sizeof(text), "%zx\r\n", size);
  return text;
}

}  // namespace

void Connection::Refuse(const Refusal& refusal) {
  read_timer_.Cancel();
  core_.Count("vang_http_refused_total", {{"status", std::to_string(refusal.http_status)}});
  phase_ = Phase::kLast;
  pending_ = {};
  keep_alive_ = false;
  Respond(http::Problem(refusal.http_status, refusal.status));
}

void Connection::OnResponse(http::Response response) {
  if (closed_ || phase_ != Phase::kExchange) return;
  if (body_failure_) {
    // Whatever the handler made of the half of a body.
    response = http::Problem(body_failure_->http_status, body_failure_->status);
  }
  if (response.status < 200 || response.status > 599 || (response.file && !response.file->file)) {
    Log(LogLevel::kError, "net", "a handler's answer is none",
        {{"status", std::to_string(response.status)}});
    response = http::Problem(Internal("the request could not be answered"));
  }
  keep_alive_ = MayKeep();
  answered_ = true;
  if (!keep_alive_) read_timer_.Cancel();
  Respond(std::move(response));
  // A body that waits for room need wait no longer.
  if (!closed_ && keep_alive_ && std::exchange(paused_, false)) {
    StartWindow();
    PumpBody();
  }
}

bool Connection::MayKeep() const {
  if (!keep_alive_ || core_.stopping || body_failure_ || peer_gone_) return false;
  if (BodyEnded()) return true;
  const auto rest = decoder_->remaining();
  return !expects_continue_ && rest && *rest <= kMaxDrain;
}

void Connection::Respond(http::Response response) {
  response_ = std::move(response);
  const bool has_body = !head_only_ && StatusHasBody(response_.status);
  if (has_body && response_.stream && http_1_0_ && !response_.stream->length) keep_alive_ = false;
  std::string head = FormatResponseHead(
      response_, {.head_only = head_only_, .http_1_0 = http_1_0_, .keep_alive = keep_alive_},
      Clock::System().Now());
  if (!has_body) {
    response_.stream.reset();
    response_.file.reset();
    response_.body.clear();
  }
  streaming_ = response_.stream.has_value();
  const Member then = streaming_       ? &Connection::Poll
                      : response_.file ? &Connection::SendFile
                                       : &Connection::EndExchange;
  std::string body;
  if (!streaming_ && !response_.file) body = std::move(response_.body);
  Write(std::move(head), std::move(body), then);
}

void Connection::Write(std::string head, std::string body, Member then) {
  out_head_ = std::move(head);
  out_body_ = std::move(body);
  written_ = 0;
  after_write_ = then;
  WriteSome();
}

void Connection::WriteSome() {
  write_timer_.Arm(shared_from_this(), core_.config.write_timeout, &Connection::Close);
  std::array<asio::const_buffer, 2> buffers = {asio::buffer(out_head_), asio::buffer(out_body_)};
  std::size_t skip = written_;
  for (asio::const_buffer& buffer : buffers) {
    const std::size_t n = std::min(skip, buffer.size());
    buffer += n;
    skip -= n;
  }
  socket_.async_write_some(buffers,
                           [self = shared_from_this()](const ErrorCode& error, std::size_t n) {
                             self->OnWritten(error, n);
                           });
}

void Connection::OnWritten(const ErrorCode& error, std::size_t n) {
  if (closed_) return;
  if (error) return Close();
  written_ += n;
  if (written_ < out_head_.size() + out_body_.size()) return WriteSome();
  write_timer_.Cancel();
  out_body_ = std::string();
  (this->*after_write_)();
}

void Connection::SendFile() {
  if (closed_) return;
  http::FileRange& range = *response_.file;
  if (range.length == 0) {
    write_timer_.Cancel();
    response_.file.reset();
    return EndExchange();
  }
  auto offset = static_cast<off_t>(range.offset);
  const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(range.length, kFilePiece));
  const ssize_t n = ::sendfile(socket_.native_handle(), range.file->get(), &offset, want);
  if (n > 0) {
    range.offset += static_cast<std::uint64_t>(n);
    range.length -= static_cast<std::uint64_t>(n);
  } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
    // The file is shorter than was promised, or the client has gone: the answer cannot be whole.
    return Close();
  }
  AwaitRoomForFile();
}

void Connection::AwaitRoomForFile() {
  write_timer_.Arm(shared_from_this(), core_.config.write_timeout, &Connection::Close);
  socket_.async_wait(asio::socket_base::wait_write,
                     [self = shared_from_this()](const ErrorCode& error) {
                       if (error) return self->Close();
                       self->SendFile();
                     });
}

void Connection::Poll() {
  if (closed_) return;
  if (peer_gone_) return Close();
  const bool accepted =
      core_.pollers->TryRun([self = shared_from_this(), poll = response_.stream->poll]() mutable {
        ServerCore& core = self->core_;
        http::PollStream::Chunk chunk{.bytes = {}, .done = true};
        try {
          chunk = poll();
        } catch (const std::exception& error) {
          Log(LogLevel::kError, "net", "a stream threw", {{"what", error.what()}});
          core.Count("vang_http_handler_exceptions_total");
        }
        poll = nullptr;
        asio::post(core.io, [self = std::move(self), chunk = std::move(chunk)]() mutable {
          self->OnChunk(std::move(chunk));
        });
      });
  if (!accepted) Close();
}

void Connection::OnChunk(http::PollStream::Chunk chunk) {
  if (closed_) return;
  // Where a length was promised, stopping early would be half an answer taken for a whole one.
  const bool measured = response_.stream->length.has_value();
  if (chunk.failed) return Close();
  last_chunk_ = chunk.done || (core_.stopping && !measured);
  more_at_once_ = chunk.more;
  std::string head;
  std::string body = std::move(chunk.bytes);
  if (measured) {
    if (body.size() > *response_.stream->length) return Close();
    *response_.stream->length -= body.size();
    if (last_chunk_ && *response_.stream->length > 0) return Close();
  } else if (!http_1_0_) {
    if (!body.empty()) {
      head = ChunkHead(body.size());
      body += "\r\n";
    }
    if (last_chunk_) body += "0\r\n\r\n";
  }
  if (body.empty()) return AfterChunk();
  Write(std::move(head), std::move(body), &Connection::AfterChunk);
}

void Connection::AfterChunk() {
  if (!last_chunk_) {
    if (more_at_once_) return Poll();
    return write_timer_.Arm(shared_from_this(), response_.stream->interval, &Connection::Poll);
  }
  response_.stream.reset();
  streaming_ = false;
  EndExchange();
}

void Connection::EndExchange() {
  if (!keep_alive_) return CloseGently();
  if (BodyEnded() && !body_failure_) return NextRequest();
  if (body_failure_ || peer_gone_) return Close();
  draining_ = true;
  PumpBody();
}

void Connection::CloseGently() {
  const bool heard_all =
      phase_ == Phase::kExchange && BodyEnded() && !body_failure_ && pending_.empty();
  if (heard_all || peer_gone_) return Close();
  phase_ = Phase::kLast;
  lingering_ = true;
  pending_ = {};
  ErrorCode ignored;
  socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
  read_timer_.Arm(shared_from_this(), kLinger, &Connection::Close);
  Read();
}

}  // namespace vang::net
