// The Vang that the suites of both shapes drive over HTTP: one process (one_process.cc), or the
// eight services on NATS, PostgreSQL and S3 (eight_services.cc), whichever the program is linked
// with.
#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/support/api_client.h"

namespace vang {

// The one that the tests of a program share.
class SharedVang {
 public:
  static SharedVang& Get();
  virtual ~SharedVang() = default;

  // Of the tenant "local", and may do everything.
  virtual ApiClient& client() = 0;
  virtual std::string url() const = 0;
  // The header line with which a request made by hand is the client's; empty where none is needed.
  virtual std::string authorization() const = 0;
  // All objects of the tenant "local" and half-written files: what a refusal must not change.
  virtual std::set<std::string> Objects() = 0;
  // For files of the tests.
  virtual const std::filesystem::path& scratch() const = 0;
};

// One that asks for keys.
class KeyedVang {
 public:
  static std::unique_ptr<KeyedVang> Start();
  virtual ~KeyedVang() = default;

  // Before url() is asked for.
  virtual std::string MakeKey(const std::string& tenant,
                              const std::vector<std::string>& scopes) = 0;
  virtual std::string url() = 0;
};

}  // namespace vang
