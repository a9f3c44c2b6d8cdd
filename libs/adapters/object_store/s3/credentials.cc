#include "libs/adapters/object_store/s3/credentials.h"

#include <sys/stat.h>

#include <algorithm>

#include "libs/base/file.h"

namespace vang::s3 {
namespace {

constexpr std::size_t kMaxBytes = 16 << 10;

Result<std::string> ReadWord(const std::filesystem::path& path, const char* what) {
  auto text = ReadFile(path, kMaxBytes);
  if (!text.ok()) {
    return Unauthenticated("the file with the S3 " + std::string(what) +
                           " cannot be read: " + text.status().message());
  }
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r' || text->back() == ' ')) {
    text->pop_back();
  }
  const bool word = !text->empty() && std::all_of(text->begin(), text->end(),
                                                  [](char c) { return c > ' ' && c < '\x7f'; });
  if (!word) {
    return Unauthenticated("the file " + path.string() + " must hold the S3 " + what +
                           " and nothing else");
  }
  return text;
}

}  // namespace

CredentialFiles::CredentialFiles(std::filesystem::path access_key_id,
                                 std::filesystem::path secret_access_key,
                                 std::filesystem::path session_token)
    : access_key_id_(std::move(access_key_id)),
      secret_access_key_(std::move(secret_access_key)),
      session_token_(std::move(session_token)) {}

std::string CredentialFiles::Stamp() const {
  std::string stamp;
  for (const auto* path : {&access_key_id_, &secret_access_key_, &session_token_}) {
    struct stat info {};
    if (path->empty() || ::stat(path->c_str(), &info) != 0) continue;
    stamp += std::to_string(info.st_ino) + "." + std::to_string(info.st_mtim.tv_sec) + "." +
             std::to_string(info.st_mtim.tv_nsec) + "." + std::to_string(info.st_size) + ";";
  }
  return stamp;
}

Result<Credentials> CredentialFiles::Read() const {
  Credentials credentials;
  VANG_ASSIGN_OR_RETURN(credentials.access_key_id, ReadWord(access_key_id_, "access key id"));
  VANG_ASSIGN_OR_RETURN(credentials.secret_access_key,
                        ReadWord(secret_access_key_, "secret access key"));
  if (!session_token_.empty()) {
    VANG_ASSIGN_OR_RETURN(credentials.session_token, ReadWord(session_token_, "session token"));
  }
  return credentials;
}

Result<Credentials> CredentialFiles::Get() {
  auto known = known_.Lock();
  std::string stamp = Stamp();
  if (known->stamp == stamp && !known->credentials.access_key_id.empty()) {
    return known->credentials;
  }
  auto fresh = Read();
  if (!fresh.ok()) {
    if (known->credentials.access_key_id.empty()) return fresh.status();
    return known->credentials;
  }
  known->credentials = *fresh;
  known->stamp = std::move(stamp);
  return fresh;
}

}  // namespace vang::s3
