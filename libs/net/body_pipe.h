// Between the I/O thread, which takes a request's body off the socket, and the handler's thread,
// which reads it. Bounded: when it is full, Append says so and the socket is left alone until the
// reader has made room, so that TCP slows the client down.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "libs/common/http.h"

namespace vang::net {

// Thread-safe for one writer and one reader.
class BodyPipe : public http::BodyReader {
 public:
  // Room is offered up to this; the piece that crosses it is still taken whole.
  static constexpr std::size_t kHighWater = 128 << 10;

  // `wake` is called on the reader's thread when it first asks for bytes, and when a writer that
  // was told to wait may go on.
  explicit BodyPipe(std::function<void()> wake) : wake_(std::move(wake)) {}

  // False = full: append no more until `wake` is called.
  bool Append(std::string_view bytes);
  void Finish();
  // What the reader gets once it has read what came before.
  void Fail(Status status);

  Result<std::size_t> Read(const Context& context, char* buffer, std::size_t size) override;

 private:
  std::function<void()> wake_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::string bytes_;
  std::size_t begin_ = 0;  // bytes_ before this are read
  bool finished_ = false;
  bool writer_waits_ = true;  // the first Read wakes it
  Status failure_;
};

}  // namespace vang::net
