#include "libs/adapters/postgres/connect.h"

#include <libpq-fe.h>

#include <utility>
#include <vector>

#include "libs/base/descriptor_io.h"
#include "libs/base/file.h"

namespace vang::postgres {
namespace {

struct Finish {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using Handle = std::unique_ptr<PGconn, Finish>;

std::string Milliseconds(Duration duration) { return std::to_string(duration.count()); }

// What every session of ours has, set as it starts. The check interval makes the server drop the
// work of a client that has gone.
std::string SessionOptions(const Config& config) {
  return "-c search_path=" + config.schema +
         " -c statement_timeout=" + Milliseconds(config.statement_timeout) +
         " -c lock_timeout=" + Milliseconds(config.lock_timeout) +
         " -c idle_in_transaction_session_timeout=" + Milliseconds(config.statement_timeout) +
         " -c client_connection_check_interval=2000 -c synchronous_commit=on"
         " -c client_min_messages=warning -c timezone=UTC";
}

Result<std::string> Password(const Config& config) {
  if (config.password_file.empty()) return std::string();
  auto password = ReadFile(config.password_file, 4'096);
  if (!password.ok()) return password.status().Wrap("password file " + config.password_file);
  while (password->ends_with('\n') || password->ends_with('\r')) password->pop_back();
  return password;
}

Status Failed(const Config& config, std::string reason) {
  while (reason.ends_with('\n')) reason.pop_back();
  return Unavailable("cannot connect to PostgreSQL at " + ServerName(config) + ": " + reason);
}

Result<Handle> Start(const Config& config) {
  auto password = Password(config);
  if (!password.ok()) return Failed(config, password.status().message());
  const std::string port = std::to_string(config.port);
  const std::string options = SessionOptions(config);
  const std::vector<std::pair<const char*, const char*>> parameters = {
      {"host", config.host.c_str()},
      {"port", port.c_str()},
      {"dbname", config.database.c_str()},
      {"user", config.user.c_str()},
      {"password", password->c_str()},
      {"sslmode", config.tls.c_str()},
      {"sslrootcert", config.tls_root_file.c_str()},
      {"sslcert", config.tls_certificate_file.c_str()},
      {"sslkey", config.tls_key_file.c_str()},
      {"gssencmode", "disable"},
      {"target_session_attrs", "read-write"},
      {"application_name", "vang"},
      {"client_encoding", "UTF8"},
      {"options", options.c_str()},
      {"keepalives_idle", "10"},
      {"keepalives_interval", "5"},
      {"keepalives_count", "3"},
      {"tcp_user_timeout", "15000"}};
  std::vector<const char*> keywords, values;
  for (const auto& [keyword, value] : parameters) {
    if (*value == '\0') continue;
    keywords.push_back(keyword);
    values.push_back(value);
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  return Handle(PQconnectStartParams(keywords.data(), values.data(), 0));
}

}  // namespace

Result<std::unique_ptr<Connection>> Connect(const Config& config, const Context& context) {
  const Context bounded = context.WithTimeout(config.connect_timeout);
  VANG_ASSIGN_OR_RETURN(Handle handle, Start(config));
  if (handle == nullptr) return ResourceExhausted("out of memory for a database connection");
  // Warnings of the server are its operator's matter.
  PQsetNoticeReceiver(
      handle.get(), [](void*, const PGresult*) {}, nullptr);
  PostgresPollingStatusType state = PGRES_POLLING_WRITING;
  while (state != PGRES_POLLING_OK) {
    if (state == PGRES_POLLING_FAILED || PQstatus(handle.get()) == CONNECTION_BAD) {
      return Failed(config, PQerrorMessage(handle.get()));
    }
    const short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    const Status ready =
        WaitUntilReady(bounded, PQsocket(handle.get()), events, config.connect_timeout);
    if (ready.code() == Code::kCancelled) return ready;
    if (!ready.ok()) return Failed(config, "no answer");
    state = PQconnectPoll(handle.get());
  }
  if (PQsetnonblocking(handle.get(), 1) != 0 || PQenterPipelineMode(handle.get()) != 1) {
    return Failed(config, PQerrorMessage(handle.get()));
  }
  return std::make_unique<Connection>(handle.release(), config.schema);
}

}  // namespace vang::postgres
