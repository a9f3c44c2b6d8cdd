// A TCP proxy inside the test's process, in front of a server of this machine: it fails as a
// network and a sick server do, when the test says so.
#pragma once

#include <cstdint>
#include <memory>

#include "libs/base/clock.h"
#include "libs/base/status.h"

namespace vang {

// Passes everything on until told otherwise; each mode holds until the next. Connections that are
// there when the mode changes follow it. Thread-safe.
class TcpProxy {
 public:
  // In front of `port` of 127.0.0.1; the server need not be there.
  static Result<std::unique_ptr<TcpProxy>> Start(int port);
  // Ends every connection.
  ~TcpProxy();

  // Where clients connect to, on 127.0.0.1; the same for as long as the proxy lives.
  int port() const;

  void Pass();
  // Connections are refused; those that are there are reset.
  void Refuse();
  // The server's answers come byte by byte, one after each `pause`.
  void Slow(Duration pause);
  // Each connection is reset once `bytes` of the server's answers have gone through it, counted
  // from now or from its beginning.
  void CutAfter(std::uint64_t bytes);

  // Connections that were reset by CutAfter.
  std::uint64_t cuts() const;

 private:
  struct Impl;
  explicit TcpProxy(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace vang
