// One client's connection: requests in, answers out, one after the other. Everything here runs on
// the server's I/O thread and never blocks; handlers and polls run on the pools and post back.
// connection.cc is what is read, connection_answer.cc what is written.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "libs/net/body_decoder.h"
#include "libs/net/body_pipe.h"
#include "libs/net/handler_pool.h"
#include "libs/net/http_server.h"
#include "libs/net/request_parser.h"

namespace vang::net {

class Connection;

// What the connections of one server share. Outlives them all.
struct ServerCore {
  ServerCore(const HttpServerConfig& server_config, http::Handler server_handler,
             Metrics* server_metrics);

  void Count(const std::string& name, const Metrics::Labels& labels = {});

  const HttpServerConfig config;
  const http::Handler handler;
  Metrics* const metrics;  // may be null
  boost::asio::io_context io{1};
  // Of the I/O thread alone.
  bool stopping = false;
  std::set<std::shared_ptr<Connection>> connections;
  std::function<void()> on_closed;
  // Streams are polled on threads of their own: they wait for nobody's upload, and no handler's
  // thread waits for them.
  std::unique_ptr<HandlerPool> handlers;
  std::unique_ptr<HandlerPool> pollers;
};

// Lives in ServerCore::connections until it is closed. Not thread-safe: I/O thread only.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(boost::asio::ip::tcp::socket socket, ServerCore& core);

  void Start();
  // Answers with a problem and closes.
  void Refuse(const Refusal& refusal);
  // Closes when no request is under way; else the next answer is the last.
  void StopGently();
  // At once; the context of a handler under way is stopped.
  void Close();

 private:
  using Member = void (Connection::*)();
  using ErrorCode = boost::system::error_code;

  enum class Phase {
    kHead,      // between requests or within a head
    kExchange,  // the handler, the body and the answer
    kLast,      // the last answer; what still comes is thrown away
  };

  // A timer that calls one member when it is not armed anew or cancelled before.
  class Timer {
   public:
    explicit Timer(boost::asio::io_context& io) : timer_(io) {}
    void Arm(const std::shared_ptr<Connection>& owner, Duration after, Member then);
    void Cancel();

   private:
    boost::asio::steady_timer timer_;
    std::uint64_t generation_ = 0;
  };

  // Reading.
  void Read();
  void OnRead(const ErrorCode& error, std::size_t n);
  void OnReadEnd(const ErrorCode& error);
  void AdvanceHead();
  void OnIdle();
  void OnHeadTimeout();
  void BeginExchange();
  void RunHandler(std::shared_ptr<http::Request> request);
  void PumpBody();
  void StartWindow();
  void OnWindow();
  void OnReaderWants();
  void FailBody(Refusal refusal);
  bool BodyEnded() const { return !decoder_ || decoder_->done() || body_failure_; }
  void NextRequest();

  // Answering.
  void OnResponse(http::Response response);
  bool MayKeep() const;
  void Respond(http::Response response);
  void Write(std::string head, std::string body, Member then);
  void WriteSome();
  void OnWritten(const ErrorCode& error, std::size_t n);
  void SendFile();
  void AwaitRoomForFile();
  void Poll();
  void OnChunk(http::PollStream::Chunk chunk);
  void AfterChunk();
  void EndExchange();
  void CloseGently();

  ServerCore& core_;
  boost::asio::ip::tcp::socket socket_;
  Timer read_timer_;
  Timer write_timer_;
  std::string peer_;
  Phase phase_ = Phase::kHead;
  bool closed_ = false;

  std::vector<char> in_;
  std::string_view pending_;  // bytes of in_ that nobody has taken yet
  bool reading_ = false;
  bool peer_gone_ = false;  // the client sends nothing more

  RequestParser parser_;
  bool head_only_ = false;
  bool http_1_0_ = false;
  bool keep_alive_ = false;
  std::optional<BodyDecoder> decoder_;
  std::shared_ptr<BodyPipe> pipe_;
  std::optional<Refusal> body_failure_;
  bool expects_continue_ = false;
  bool paused_ = false;    // the pipe is full
  bool answered_ = false;  // the handler is done; the rest of the body is thrown away
  bool draining_ = false;  // the answer is out, the body is not yet in
  std::uint64_t window_bytes_ = 0;
  std::stop_source stop_;

  http::Response response_;
  std::string out_head_;
  std::string out_body_;
  std::size_t written_ = 0;
  Member after_write_ = nullptr;
  bool streaming_ = false;
  bool last_chunk_ = false;
  bool more_at_once_ = false;
  bool lingering_ = false;
};

}  // namespace vang::net
