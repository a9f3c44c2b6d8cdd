#include "libs/adapters/event_bus/nats/connection.h"

#include <nats/nats.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <random>
#include <thread>

#include "libs/runtime/log.h"

namespace vang::nats {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::string_view kService = "event-bus";
constexpr Duration kConnectTimeout{2'000};
constexpr Duration kPingInterval{5'000};
constexpr Duration kWriteDeadline{2'000};
constexpr Duration kFirstPause{100};
constexpr Duration kLongestPause{5'000};
// How late the end of a pull may be before it counts as lost.
constexpr Duration kGrace{2'000};
// A 2.9 server leaves "what is there" unanswered while everything that may be in flight is.
constexpr Duration kNothingThere{250};
// Between two looks at the stop token and at the connection.
constexpr Duration kSlice{100};
constexpr std::size_t kMostAbandoned = 32;

Status NatsStatus(natsStatus status, const std::string& what) {
  const std::string text = what + ": " + natsStatus_GetText(status);
  switch (status) {
    case NATS_OK:
      return {};
    case NATS_INVALID_ARG:
    case NATS_INVALID_SUBJECT:
    case NATS_MAX_PAYLOAD:
      return InvalidArgument(text);
    case NATS_NO_RESPONDERS:
      return Unavailable(what + ": no JetStream answers (it is starting, or not enabled)");
    default:
      return Unavailable(text);
  }
}

std::int64_t ReconnectPause(natsConnection*, int attempts, void*) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const Duration pause = std::min(kLongestPause, kFirstPause * (1 << std::clamp(attempts, 0, 10)));
  // Not all clients at the same moment.
  return std::uniform_int_distribution<std::int64_t>(pause.count() / 2, pause.count())(random);
}

// What the server last said was wrong, e.g. with our credentials; libnats forgets it when it gives
// up. Never freed, since libnats may call back after a connection was destroyed.
using Complaint = Guarded<std::string>;

Complaint* NewComplaint() {
  static Guarded<std::deque<Complaint>> all;
  return &all.Lock()->emplace_back();
}

void LogConnected(natsConnection*, void* complaint) {
  *static_cast<Complaint*>(complaint)->Lock() = "";
  Log(LogLevel::kInfo, kService, "connected to the event bus");
}

void LogDisconnected(natsConnection* connection, void*) {
  if (natsConnection_IsClosed(connection)) return;  // by us
  Log(LogLevel::kWarning, kService, "lost the event bus; connecting again");
}

// What the server reports by itself, e.g. a missing permission: the request that it is about just
// stays without an answer.
void LogError(natsConnection* connection, natsSubscription*, natsStatus status, void* complaint) {
  const char* error = nullptr;
  natsConnection_GetLastError(connection, &error);
  const std::string text = error != nullptr && *error != '\0' ? error : natsStatus_GetText(status);
  *static_cast<Complaint*>(complaint)->Lock() = text;
  Log(LogLevel::kError, kService, "the event bus reports an error", {{"error", text}});
}

struct OptionsDestroy {
  void operator()(natsOptions* options) const { natsOptions_Destroy(options); }
};
using OptionsPtr = std::unique_ptr<natsOptions, OptionsDestroy>;

// The host of "nats://user@host:port" without its brackets.
std::string HostOf(const std::string& url) {
  std::string text = url.substr(url.find("://") == std::string::npos ? 0 : url.find("://") + 3);
  text = text.substr(0, text.find('/'));
  if (const auto at = text.rfind('@'); at != std::string::npos) text = text.substr(at + 1);
  if (text.starts_with('[')) return text.substr(1, text.find(']') - 1);
  return text.substr(0, text.rfind(':'));
}

Result<OptionsPtr> MakeOptions(const NatsEventBusConfig& config, Complaint* complaint) {
  natsOptions* made = nullptr;
  VANG_RETURN_IF_ERROR(NatsStatus(natsOptions_Create(&made), "NATS client"));
  OptionsPtr options(made);
  Status status;
  const auto set = [&](natsStatus result, const char* what) {
    if (result == NATS_OK || !status.ok()) return;
    const char* detail = nats_GetLastError(nullptr);
    status =
        InvalidArgument(std::string("NATS client: ") + what + ": " + natsStatus_GetText(result) +
                        (detail != nullptr ? std::string(": ") + detail : ""));
  };
  std::vector<const char*> urls;
  for (const std::string& url : config.urls) urls.push_back(url.c_str());
  set(natsOptions_SetServers(made, urls.data(), static_cast<int>(urls.size())), "urls");
  set(natsOptions_SetName(made, "vang"), "name");
  set(natsOptions_SetTimeout(made, kConnectTimeout.count()), "timeout");
  set(natsOptions_SetPingInterval(made, kPingInterval.count()), "ping interval");
  set(natsOptions_SetMaxPingsOut(made, 2), "pings");
  set(natsOptions_SetWriteDeadline(made, kWriteDeadline.count()), "write deadline");
  set(natsOptions_SetSendAsap(made, true), "send at once");
  set(natsOptions_SetFailRequestsOnDisconnect(made, true), "requests");
  set(natsOptions_SetMaxReconnect(made, -1), "reconnect");
  set(natsOptions_SetCustomReconnectDelay(made, &ReconnectPause, nullptr), "reconnect pause");
  set(natsOptions_SetReconnectedCB(made, &LogConnected, complaint), "reconnected");
  set(natsOptions_SetDisconnectedCB(made, &LogDisconnected, nullptr), "disconnected");
  set(natsOptions_SetErrorHandler(made, &LogError, complaint), "errors");
  if (!config.user.empty()) {
    set(natsOptions_SetUserInfo(made, config.user.c_str(), config.password.c_str()), "user");
  }
  if (!config.token.empty()) set(natsOptions_SetToken(made, config.token.c_str()), "token");
  if (!config.nkey.empty()) {
    set(natsOptions_SetNKeyFromSeed(made, config.nkey.c_str(), config.nkey_seed_file.c_str()),
        "nkey");
  }
  if (!config.credentials_file.empty()) {
    set(natsOptions_SetUserCredentialsFromFiles(made, config.credentials_file.c_str(), nullptr),
        "credentials file");
  }
  if (config.tls) {
    set(natsOptions_SetSecure(made, true), "tls");
    if (!config.tls_ca_file.empty()) {
      set(natsOptions_LoadCATrustedCertificates(made, config.tls_ca_file.c_str()), "tls_ca_file");
    }
    if (!config.tls_certificate_file.empty()) {
      set(natsOptions_LoadCertificatesChain(made, config.tls_certificate_file.c_str(),
                                            config.tls_key_file.c_str()),
          "tls_certificate_file");
    }
    std::string name = config.tls_server_name;
    if (name.empty() && config.urls.size() == 1) name = HostOf(config.urls.front());
    if (!name.empty()) set(natsOptions_SetExpectedHostname(made, name.c_str()), "tls_server_name");
  }
  if (!status.ok()) return status;
  return options;
}

Result<natsMsg*> MakeMessage(const Outgoing& outgoing, const char* reply) {
  natsMsg* message = nullptr;
  natsStatus status = natsMsg_Create(&message, outgoing.subject.c_str(), reply,
                                     outgoing.body.data(), static_cast<int>(outgoing.body.size()));
  for (const auto& [name, value] : outgoing.headers) {
    if (status == NATS_OK) status = natsMsgHeader_Set(message, name.c_str(), value.c_str());
  }
  if (status == NATS_OK) return message;
  natsMsg_Destroy(message);
  return NatsStatus(status, outgoing.subject);
}

}  // namespace

void Message::Destroy::operator()(natsMsg* message) const { natsMsg_Destroy(message); }

std::string_view Message::subject() const { return natsMsg_GetSubject(message_.get()); }

std::string_view Message::reply() const {
  const char* reply = natsMsg_GetReply(message_.get());
  return reply != nullptr ? reply : "";
}

std::string_view Message::body() const {
  return {natsMsg_GetData(message_.get()),
          static_cast<std::size_t>(natsMsg_GetDataLength(message_.get()))};
}

std::string Message::Header(const char* name) const {
  const char* value = nullptr;
  natsMsgHeader_Get(message_.get(), name, &value);
  return value != nullptr ? value : "";
}

// One natsConnection and its inboxes. libnats closes it for good when the server refuses the
// credentials twice; then the next call makes another.
class Connection::Link {
 public:
  // A subscription to a subject of its own, borrowed by one call at a time.
  struct Inbox {
    natsSubscription* subscription = nullptr;
    std::string subject;
  };

  static Result<std::shared_ptr<Link>> Make(const NatsEventBusConfig& config,
                                            Complaint* complaint) {
    VANG_ASSIGN_OR_RETURN(const OptionsPtr options, MakeOptions(config, complaint));
    auto link = std::make_shared<Link>();
    link->complaint_ = complaint;
    // Once by hand: a refused login is said here and nowhere else.
    natsStatus status = natsConnection_Connect(&link->connection_, options.get());
    if (status == NATS_OK) return link;
    if (status != NATS_CONNECTION_AUTH_FAILED) {
      status = natsOptions_SetRetryOnFailedConnect(options.get(), true, &LogConnected, complaint);
      if (status == NATS_OK) status = natsConnection_Connect(&link->connection_, options.get());
    }
    if (status != NATS_OK && status != NATS_NOT_YET_CONNECTED) {
      const char* detail = nats_GetLastError(nullptr);
      return NatsStatus(status, detail != nullptr ? detail : "NATS");
    }
    return link;
  }

  ~Link() {
    if (connection_ == nullptr) return;
    // Acknowledgements that were just sent; Close forgets them.
    if (status() == NATS_CONN_STATUS_CONNECTED) natsConnection_FlushTimeout(connection_, 1'000);
    natsConnection_Close(connection_);
    for (const Inbox& inbox : idle_) natsSubscription_Destroy(inbox.subscription);
    for (natsSubscription* subscription : abandoned_) natsSubscription_Destroy(subscription);
    natsConnection_Destroy(connection_);
  }

  natsConnection* get() const { return connection_; }
  natsConnStatus status() const { return natsConnection_Status(connection_); }

  std::string LastError() const {
    if (std::string complaint = *complaint_->Lock(); !complaint.empty()) return complaint;
    const char* error = nullptr;
    natsConnection_GetLastError(connection_, &error);
    return error != nullptr && *error != '\0' ? error : "no answer";
  }

  Result<Inbox> Borrow() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (!idle_.empty()) {
        Inbox inbox = std::move(idle_.back());
        idle_.pop_back();
        return inbox;
      }
    }
    natsInbox* name = nullptr;
    VANG_RETURN_IF_ERROR(NatsStatus(natsInbox_Create(&name), "inbox"));
    Inbox inbox;
    inbox.subject = name;
    natsInbox_Destroy(name);
    VANG_RETURN_IF_ERROR(NatsStatus(
        natsConnection_SubscribeSync(&inbox.subscription, connection_, inbox.subject.c_str()),
        "inbox"));
    return inbox;
  }

  // `clean`: every answer that may come to it has come.
  void Return(Inbox inbox, bool clean) {
    std::vector<natsSubscription*> old;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (clean) return idle_.push_back(std::move(inbox));
      if (abandoned_.size() >= kMostAbandoned) old.swap(abandoned_);
    }
    natsSubscription_Unsubscribe(inbox.subscription);
    // When the round trip fails the connection is lost, and so is what its reader had in hand.
    if (!old.empty()) natsConnection_FlushTimeout(connection_, kConnectTimeout.count());
    for (natsSubscription* subscription : old) natsSubscription_Destroy(subscription);
    std::lock_guard<std::mutex> lock(mutex_);
    abandoned_.push_back(inbox.subscription);
  }

 private:
  natsConnection* connection_ = nullptr;
  Complaint* complaint_ = nullptr;
  std::mutex mutex_;
  std::vector<Inbox> idle_;
  std::vector<natsSubscription*> abandoned_;
};

Result<std::unique_ptr<Connection>> Connection::Open(NatsEventBusConfig config) {
  Complaint* const complaint = NewComplaint();
  VANG_RETURN_IF_ERROR(MakeOptions(config, complaint).status());
  std::unique_ptr<Connection> connection(new Connection(std::move(config)));
  connection->complaint_ = complaint;
  [[maybe_unused]] const auto current = connection->Current();
  return connection;
}

Connection::~Connection() = default;

Result<std::shared_ptr<Connection::Link>> Connection::Current() {
  std::lock_guard<std::mutex> lock(mutex_);
  if (link_ != nullptr && link_->status() != NATS_CONN_STATUS_CLOSED) return link_;
  if (link_ != nullptr) error_ = link_->LastError();
  const auto now = SteadyClock::now();
  if (now >= next_link_) {
    next_link_ = now + kLongestPause;
    auto fresh = Link::Make(config_, complaint_);
    if (fresh.ok()) return link_ = *std::move(fresh);
    error_ = fresh.status().message();
  }
  return Unavailable(error_);
}

Result<std::shared_ptr<Connection::Link>> Connection::Connected(const Context& context) {
  const auto end = SteadyClock::now() + context.Remaining(config_.timeout);
  while (true) {
    auto link = Current();
    if (link.ok() && (*link)->status() == NATS_CONN_STATUS_CONNECTED) return link;
    if (SteadyClock::now() >= end) {
      return Unavailable("not connected to " + config_.urls.front() + " (" +
                         (link.ok() ? (*link)->LastError() : link.status().message()) +
                         "); trying again");
    }
    if (context.stop().stop_requested()) return context.Check();
    std::this_thread::sleep_for(kSlice / 10);
  }
}

Status Connection::Send(const Context& context, const Outgoing& message) {
  VANG_ASSIGN_OR_RETURN(const auto link, Connected(context));
  VANG_ASSIGN_OR_RETURN(natsMsg* const outgoing, MakeMessage(message, nullptr));
  const Message holder(outgoing);
  return NatsStatus(natsConnection_PublishMsg(link->get(), outgoing), message.subject);
}

Result<Message> Connection::Request(const Context& context, const Outgoing& request) {
  VANG_ASSIGN_OR_RETURN(const auto link, Connected(context));
  VANG_ASSIGN_OR_RETURN(natsMsg* const outgoing, MakeMessage(request, nullptr));
  const Message holder(outgoing);
  natsMsg* answer = nullptr;
  const Duration timeout = std::max(Duration(1), context.Remaining(config_.timeout));
  const natsStatus status =
      natsConnection_RequestMsg(&answer, link->get(), outgoing, timeout.count());
  if (status == NATS_OK) return Message(answer);
  VANG_RETURN_IF_ERROR(context.Check().Wrap(request.subject));
  if (status == NATS_TIMEOUT) {
    return Unavailable(request.subject + ": no answer within " + std::to_string(timeout.count()) +
                       " ms");
  }
  return NatsStatus(status, request.subject);
}

Result<std::vector<Message>> Connection::RequestAll(const Context& context,
                                                    const std::vector<Outgoing>& requests) {
  VANG_ASSIGN_OR_RETURN(const auto link, Connected(context));
  VANG_ASSIGN_OR_RETURN(Link::Inbox inbox, link->Borrow());
  std::vector<Message> answers;
  natsStatus status = NATS_OK;
  Status made;
  for (const Outgoing& request : requests) {
    auto outgoing = MakeMessage(request, inbox.subject.c_str());
    made = outgoing.status();
    if (!made.ok()) break;
    const Message holder(*outgoing);
    status = natsConnection_PublishMsg(link->get(), *outgoing);
    if (status != NATS_OK) break;
  }
  const auto end = SteadyClock::now() + context.Remaining(config_.timeout);
  while (made.ok() && status == NATS_OK && answers.size() < requests.size()) {
    const auto left = std::chrono::duration_cast<Duration>(end - SteadyClock::now());
    natsMsg* answer = nullptr;
    status =
        natsSubscription_NextMsg(&answer, inbox.subscription, std::max(left, Duration(1)).count());
    if (status == NATS_OK) answers.emplace_back(answer);
  }
  link->Return(std::move(inbox), answers.size() == requests.size());
  VANG_RETURN_IF_ERROR(made);
  if (status != NATS_OK) {
    VANG_RETURN_IF_ERROR(context.Check());
    return NatsStatus(status, requests.front().subject);
  }
  return answers;
}

Result<std::vector<Message>> Connection::Pull(const Context& context, const std::string& subject,
                                              int batch, Duration wait) {
  VANG_ASSIGN_OR_RETURN(const auto link, Connected(context));
  VANG_ASSIGN_OR_RETURN(Link::Inbox inbox, link->Borrow());
  const std::string order =
      "{\"batch\":" + std::to_string(batch) +
      (wait.count() > 0 ? ",\"expires\":" + std::to_string(wait.count()) + "000000}"
                        : std::string(",\"no_wait\":true}"));
  natsStatus status =
      natsConnection_PublishRequest(link->get(), subject.c_str(), inbox.subject.c_str(),
                                    order.data(), static_cast<int>(order.size()));
  auto quiet = SteadyClock::now() + (wait.count() > 0 ? wait + kGrace : kNothingThere);
  std::vector<Message> messages;
  Status result = NatsStatus(status, subject);
  bool clean = false;
  while (result.ok() && !clean) {
    natsMsg* next = nullptr;
    status = natsSubscription_NextMsg(&next, inbox.subscription, kSlice.count());
    if (status == NATS_OK) {
      Message message(next);
      const std::string code = message.body().empty() ? message.Header("Status") : "";
      if (code.empty()) {
        messages.push_back(std::move(message));
        clean = messages.size() == static_cast<std::size_t>(batch);
        quiet = std::max(quiet, SteadyClock::now() + kNothingThere);
      } else {
        clean = true;
        // 404 and 408: there are no more. 409: the consumer went away, or asks for patience.
        if (code == "503") {
          result = NotFound(subject + ": nobody answers");
        } else if (code != "404" && code != "408") {
          result = Unavailable(subject + ": " + code + " " + message.Header("Description"));
        }
      }
    } else if (status == NATS_NO_RESPONDERS) {
      clean = true;
      result = NotFound(subject + ": nobody answers");
    } else if (status != NATS_TIMEOUT) {
      result = NatsStatus(status, subject);
    } else if (SteadyClock::now() >= quiet) {
      // A 2.9 server says nothing either when there is no such consumer.
      if (wait.count() > 0) result = NotFound(subject + ": no answer");
      break;
    } else if (link->status() != NATS_CONN_STATUS_CONNECTED) {
      result = Unavailable(subject + ": the connection is lost");
    } else {
      result = context.Check();
    }
  }
  link->Return(std::move(inbox), clean);
  // What came is handed out, whatever happened then.
  if (!messages.empty()) return messages;
  VANG_RETURN_IF_ERROR(result);
  return messages;
}

std::size_t Connection::MaxPayload() {
  const auto link = Current();
  if (!link.ok()) return 0;
  const std::int64_t bytes = natsConnection_GetMaxPayload((*link)->get());
  return bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
}

}  // namespace vang::nats
