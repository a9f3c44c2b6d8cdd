// An S3 server in memory that knows only the oldest of the API: no conditions, no checksums, and
// keys listed as a walk over folders would have them. A test may also make it answer wrongly.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/uuid.h"
#include "libs/net/http_server.h"

namespace vang::s3 {

class PlainS3 {
 public:
  // What a hook is shown: `done` is what the server would answer, null before it has looked.
  using Hook = std::function<std::optional<http::Response>(const http::Request&,
                                                           const http::Response* done)>;

  explicit PlainS3(bool conditional = false) : conditional_(conditional) {
    server_ = net::HttpServer::Start(
                  {},
                  [this](const Context& context, http::Request& request) {
                    return Handle(context, request);
                  },
                  nullptr)
                  .value();
  }
  ~PlainS3() { server_->Stop(Duration(0)); }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }
  void SetHook(Hook hook) {
    std::lock_guard<std::mutex> lock(mutex_);
    hook_ = std::move(hook);
  }
  std::vector<std::string> Keys() {
    std::lock_guard<std::mutex> lock(mutex_);
    std::vector<std::string> keys;
    for (const auto& [key, object] : objects_) keys.push_back(key);
    return keys;
  }
  std::size_t OpenUploads() {
    std::lock_guard<std::mutex> lock(mutex_);
    return uploads_.size();
  }

  static http::Response Error(int status, const std::string& code) {
    return http::TextResponse(
        status, "application/xml",
        "<Error><Code>" + code + "</Code><Message>" + code + " it is</Message></Error>");
  }

 private:
  struct Object {
    std::string bytes;
    std::string writer;
    TimeMs modified = 0;
  };
  struct Upload {
    std::string key;
    std::string writer;
    std::map<int, std::string> parts;
    TimeMs initiated = 0;
  };

  http::Response Handle(const Context& context, http::Request& request) {
    auto body = request.ReadBody(context, std::size_t{64} << 20);
    if (!body.ok()) return Error(400, "IncompleteBody");
    Hook hook;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      hook = hook_;
    }
    if (hook) {
      if (auto instead = hook(request, nullptr)) return *instead;
    }
    http::Response response;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      response = Do(request, *std::move(body));
    }
    if (hook) {
      if (auto instead = hook(request, &response)) return *instead;
    }
    return response;
  }

  http::Response Do(const http::Request& request, std::string body) {
    const std::size_t slash = request.path.find('/', 1);
    const std::string key =
        slash == std::string::npos ? std::string() : request.path.substr(slash + 1);
    if (key.empty()) return Bucket(request);
    const auto upload = request.Query("uploadId");
    if (request.Query("uploads") || upload) return Multipart(request, key, std::move(body));
    const auto found = objects_.find(key);
    if (request.method == "PUT") return Put(request, key, std::move(body));
    if (request.method == "DELETE") {
      objects_.erase(key);
      return Empty(204);
    }
    if (found == objects_.end()) return Error(404, "NoSuchKey");
    return Get(request, found->second);
  }

  http::Response Bucket(const http::Request& request) {
    if (request.method != "GET") return Empty(200);
    if (request.Query("uploads")) return ListUploads(request.Query("prefix").value_or(""));
    if (!request.Query("list-type")) return Error(501, "NotImplemented");
    return List(request);
  }

  http::Response Put(const http::Request& request, const std::string& key, std::string body) {
    if (conditional_ && request.headers.Has("If-None-Match") && objects_.count(key) > 0) {
      return Error(412, "PreconditionFailed");
    }
    objects_[key] = {std::move(body), std::string(request.headers.Get("x-amz-meta-vang-writer")),
                     Clock::System().Now()};
    return Tagged(200, "\"put\"");
  }

  http::Response Get(const http::Request& request, const Object& object) {
    http::Response response = Tagged(200, "\"put\"");
    if (!object.writer.empty()) response.headers.Set("x-amz-meta-vang-writer", object.writer);
    const std::string range(request.headers.Get("Range"));
    if (range.empty()) {
      response.body = object.bytes;
      return response;
    }
    const std::size_t begin = std::stoull(range.substr(6));
    const std::size_t end = std::min<std::size_t>(
        object.bytes.size(), std::stoull(range.substr(range.find('-') + 1)) + 1);
    response.status = 206;
    response.headers.Set("Content-Range", "bytes " + std::to_string(begin) + "-" +
                                              std::to_string(end - 1) + "/" +
                                              std::to_string(object.bytes.size()));
    response.body = object.bytes.substr(begin, end - begin);
    return response;
  }

  http::Response Multipart(const http::Request& request, const std::string& key, std::string body) {
    if (request.Query("uploads")) {
      const std::string id = RandomHex(8);
      uploads_[id] = {key,
                      std::string(request.headers.Get("x-amz-meta-vang-writer")),
                      {},
                      Clock::System().Now()};
      return Xml("<InitiateMultipartUploadResult><UploadId>" + id +
                 "</UploadId></InitiateMultipartUploadResult>");
    }
    const auto upload = uploads_.find(*request.Query("uploadId"));
    if (upload == uploads_.end() || upload->second.key != key) return Error(404, "NoSuchUpload");
    if (request.method == "PUT") {
      upload->second.parts[std::stoi(*request.Query("partNumber"))] = std::move(body);
      return Tagged(200, "\"part\"");
    }
    if (request.method == "POST") {
      if (conditional_ && request.headers.Has("If-None-Match") && objects_.count(key) > 0) {
        return Error(412, "PreconditionFailed");
      }
      Object object{"", upload->second.writer, Clock::System().Now()};
      for (const auto& [number, bytes] : upload->second.parts) object.bytes += bytes;
      objects_[key] = std::move(object);
    }
    uploads_.erase(upload);
    return request.method == "POST" ? Xml("<CompleteMultipartUploadResult/>") : Empty(204);
  }

  http::Response ListUploads(const std::string& prefix) {
    std::string text;
    for (const auto& [id, upload] : uploads_) {
      if (!upload.key.starts_with(prefix)) continue;
      text += "<Upload><Key>" + upload.key + "</Key><UploadId>" + id + "</UploadId><Initiated>" +
              FormatTime(upload.initiated) + "</Initiated></Upload>";
    }
    return Xml("<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>" + text +
               "</ListMultipartUploadsResult>");
  }

  http::Response List(const http::Request& request) {
    std::vector<std::pair<std::string, const Object*>> all;
    for (const auto& [key, object] : objects_) {
      if (key.starts_with(*request.Query("prefix"))) all.emplace_back(key, &object);
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
      return std::lexicographical_compare(
          a.first.begin(), a.first.end(), b.first.begin(), b.first.end(),
          [](char x, char y) { return (x == '/' ? '\0' : x) < (y == '/' ? '\0' : y); });
    });
    const std::size_t begin = std::stoull(request.Query("continuation-token").value_or("0"));
    const std::size_t count = std::stoull(request.Query("max-keys").value_or("1000"));
    const std::size_t end = std::min(all.size(), begin + std::min<std::size_t>(count, 2));
    std::string text;
    for (std::size_t i = begin; i < end; ++i) {
      text += "<Contents><Key>" + all[i].first + "</Key><Size>" +
              std::to_string(all[i].second->bytes.size()) + "</Size><LastModified>" +
              FormatTime(all[i].second->modified) + "</LastModified></Contents>";
    }
    text += end < all.size() ? "<IsTruncated>true</IsTruncated><NextContinuationToken>" +
                                   std::to_string(end) + "</NextContinuationToken>"
                             : "<IsTruncated>false</IsTruncated>";
    return Xml("<ListBucketResult>" + text + "</ListBucketResult>");
  }

  static http::Response Xml(std::string text) {
    return http::TextResponse(200, "application/xml", std::move(text));
  }
  static http::Response Empty(int status) { return http::TextResponse(status, "text/plain", ""); }
  static http::Response Tagged(int status, const std::string& etag) {
    http::Response response = Empty(status);
    response.headers.Set("ETag", etag);
    return response;
  }

  const bool conditional_;
  std::mutex mutex_;
  Hook hook_;
  std::map<std::string, Object> objects_;
  std::map<std::string, Upload> uploads_;
  std::unique_ptr<net::HttpServer> server_;
};

}  // namespace vang::s3
