// Who we are to the S3 server. Secrets come from files, so that they stand in no environment and no
// configuration, and are read again when a file changes: temporary credentials end within hours.
#pragma once

#include <filesystem>
#include <string>

#include "libs/base/guarded.h"
#include "libs/base/status.h"

namespace vang::s3 {

// Nothing of this may stand in a log line or an error.
struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;  // empty = permanent credentials
};

// Thread-safe.
class CredentialFiles {
 public:
  // `session_token` may be empty.
  CredentialFiles(std::filesystem::path access_key_id, std::filesystem::path secret_access_key,
                  std::filesystem::path session_token);

  // kUnauthenticated, naming the file, when one cannot be read or holds no printable word. While a
  // changed file cannot be read the credentials known so far hold.
  Result<Credentials> Get();

 private:
  struct Known {
    Credentials credentials;
    // Of the three files when they were read: a change of one changes this.
    std::string stamp;
  };

  std::string Stamp() const;
  Result<Credentials> Read() const;

  const std::filesystem::path access_key_id_;
  const std::filesystem::path secret_access_key_;
  const std::filesystem::path session_token_;
  Guarded<Known> known_;
};

}  // namespace vang::s3
