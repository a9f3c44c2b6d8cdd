#include "libs/adapters/audio_decoder/ffmpeg/warm_decoder.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "libs/base/descriptor_io.h"

namespace vang {
namespace {

using decoder_wire::kDescriptors;
using decoder_wire::Order;
using decoder_wire::Started;

// The first answer waits until the program's libraries are linked, a tenth of a second of processor
// time; the others take a few milliseconds.
constexpr Duration kAnswerTimeout{30'000};
constexpr char kGone[] = "the decoder program has ended";

struct Pipe {
  FileDescriptor read;
  FileDescriptor write;
};

Result<Pipe> OpenPipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return ErrnoStatus(errno, "pipe2");
  return Pipe{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

// One that we read without blocking.
Result<Pipe> OpenAnswerPipe() {
  VANG_ASSIGN_OR_RETURN(Pipe pipe, OpenPipe());
  if (::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK) != 0) return ErrnoStatus(errno, "fcntl");
  return pipe;
}

// kUnavailable when the other end is closed.
Status SendOrder(const Context& context, int socket, Order order,
                 const int (&descriptors)[kDescriptors]) {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(descriptors))] = {};
  iovec bytes{&order, sizeof(order)};
  msghdr message{};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof(control);
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(descriptors));
  std::memcpy(CMSG_DATA(header), descriptors, sizeof(descriptors));
  while (::sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
    if (errno == EINTR) continue;
    if (errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN) return Unavailable(kGone);
    if (errno != EAGAIN) return ErrnoStatus(errno, "cannot send to the decoder program");
    VANG_RETURN_IF_ERROR(WaitUntilReady(context, socket, POLLOUT, kAnswerTimeout));
  }
  return {};
}

// kUnavailable when nobody is left who could answer.
Result<Started> AwaitAnswer(const Context& context, int report) {
  Started started;
  VANG_ASSIGN_OR_RETURN(
      const std::size_t n,
      ReadSome(context, report, {reinterpret_cast<char*>(&started), sizeof(started)},
               kAnswerTimeout));
  if (n == 0) return Unavailable(kGone);
  if (n != sizeof(started) || started.pid == 0) {
    return Unavailable("the decoder program gives an answer that makes no sense");
  }
  return started;
}

}  // namespace

Status WarmDecoder::Prepare() { return Running().status(); }

Result<WarmDecoder::ProgramPtr> WarmDecoder::Running() {
  auto running = running_.Lock();
  if (*running != nullptr) return *running;
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return ErrnoStatus(errno, "socketpair");
  }
  FileDescriptor ours(ends[0]);
  Subprocess::Options options;
  options.program = program_;
  options.input.Reset(ends[1]);
  // What the loader says of a missing library is for the log.
  options.capture_error = false;
  VANG_ASSIGN_OR_RETURN(Subprocess process, Subprocess::Start(std::move(options)));
  *running = std::make_shared<Program>(Program{std::move(process), std::move(ours)});
  return *running;
}

void WarmDecoder::Discard(const ProgramPtr& program) {
  program->process.Kill();
  const bool known = running_.With([&](ProgramPtr& running) {
    if (running != program) return false;
    running = nullptr;
    return true;
  });
  if (known && metrics_ != nullptr) metrics_->Count("vang_audio_decoder_deaths_total");
}

Result<DecodingChild> WarmDecoder::Ask(const Context& context, const ProgramPtr& program, int file,
                                       const Order& order) {
  VANG_ASSIGN_OR_RETURN(Pipe output, OpenAnswerPipe());
  VANG_ASSIGN_OR_RETURN(Pipe report, OpenAnswerPipe());
  VANG_ASSIGN_OR_RETURN(Pipe alive, OpenPipe());
  Status late = SendOrder(context, program->socket.get(), order,
                          {file, output.write.get(), report.write.get(), alive.read.get()});
  // The end of a pipe must mean that nobody is left who could write.
  for (FileDescriptor* theirs : {&output.write, &report.write, &alive.read}) theirs->Reset();
  Result<Started> started = Started();
  if (late.ok()) {
    started = AwaitAnswer(context, report.read.get());
    late = started.status();
  }
  if (!late.ok()) {
    // No child may be left of which we know nothing: with the program dead, either its number is in
    // the pipe or the pipe ends.
    Discard(program);
    started = AwaitAnswer(Context(), report.read.get());
    if (!started.ok()) return late;
  }
  if (started->pid < 0) return ErrnoStatus(-started->pid, "cannot fork a process that decodes");
  VANG_ASSIGN_OR_RETURN(Subprocess child, Subprocess::Adopt(started->pid, std::move(output.read),
                                                            std::move(report.read)));
  VANG_RETURN_IF_ERROR(late);  // which kills and reaps the child
  return DecodingChild{std::move(child), std::move(alive.write)};
}

Result<DecodingChild> WarmDecoder::Start(const Context& context, int file, const Order& order) {
  VANG_ASSIGN_OR_RETURN(ProgramPtr program, Running());
  auto child = Ask(context, program, file, order);
  if (child.ok() || child.status().code() != Code::kUnavailable) return child;
  VANG_ASSIGN_OR_RETURN(program, Running());
  child = Ask(context, program, file, order);
  if (!child.ok()) return child.status().Wrap(program_);
  return child;
}

}  // namespace vang
