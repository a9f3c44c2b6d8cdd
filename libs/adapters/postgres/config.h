// Where a PostgreSQL server is and how patient to be with it.
#pragma once

#include <string>

#include "libs/base/clock.h"
#include "libs/base/status.h"

namespace vang::postgres {

struct Config {
  std::string host = "127.0.0.1";  // several with commas: the one that takes writes is used
  int port = 5432;
  std::string database = "vang";
  std::string user = "vang";
  std::string password_file;    // read anew for each connection; empty = no password
  std::string schema = "vang";  // holds all tables; made when missing

  // disable, prefer, require, verify-ca or verify-full, as libpq has them; files in PEM, or empty.
  std::string tls = "prefer";
  std::string tls_root_file;
  std::string tls_certificate_file;
  std::string tls_key_file;

  int connections = 8;                  // at most, per store
  Duration connect_timeout{5'000};      // for one attempt
  Duration acquire_timeout{10'000};     // to wait for a free or a new connection
  Duration statement_timeout{30'000};   // the server's; ours ends 5 s later
  Duration lock_timeout{10'000};        // the server's
  Duration migration_timeout{600'000};  // to bring the schema up to date
};

// kInvalidArgument names the member that cannot be.
Status CheckConfig(const Config& config);

// "HOST:PORT/DATABASE", for messages.
std::string ServerName(const Config& config);

}  // namespace vang::postgres
