// Objects in a bucket. Reading needs nothing but the server; writing asks once what the server can
// do, at start or, when it was away then, at first use.
#include "libs/adapters/object_store/s3/s3_object_store.h"

#include <algorithm>
#include <optional>
#include <set>

#include "libs/adapters/object_store/s3/capabilities.h"
#include "libs/adapters/object_store/s3/config_check.h"
#include "libs/adapters/object_store/s3/download.h"
#include "libs/adapters/object_store/s3/listing.h"
#include "libs/adapters/object_store/s3/object_writer.h"
#include "libs/adapters/object_store/s3/upload.h"
#include "libs/adapters/object_store/s3/xml.h"
#include "libs/base/guarded.h"
#include "libs/runtime/log.h"

namespace vang {
namespace {

using s3::Answer;
using s3::Call;
using s3::Capabilities;

constexpr std::size_t kMaxKeyBytes = 1'024;
constexpr Duration kOpenTimeout{15'000};
constexpr Duration kPingTimeout{5'000};
// A good answer to Ping holds for so long: it costs a write, and many ask.
constexpr Duration kPingHolds{5'000};

class S3ObjectStore : public ObjectStore {
 public:
  S3ObjectStore(const S3ObjectStoreConfig& config, std::unique_ptr<s3::Client> client)
      : config_(config),
        layout_{config.prefix + "objects/", config.prefix + "uploads/", config.prefix + "probe/"},
        client_(std::move(client)),
        uploader_(client_.get(), layout_, config) {}

  Result<std::unique_ptr<ObjectWriter>> Create(const Context& context) override;
  Status Put(const Context& context, const std::string& key, std::string_view bytes) override;
  Result<std::string> Get(const Context& context, const std::string& key,
                          std::size_t limit) override;
  Result<FileDescriptor> OpenFile(const Context& context, const std::string& key) override;
  Result<ObjectInfo> Stat(const Context& context, const std::string& key) override;
  Status Delete(const Context& context, const std::string& key) override;
  Result<std::vector<ObjectInfo>> List(const Context& context, const std::string& prefix,
                                       const std::string& after, int max) override;
  Status Ping(const Context& context) override;
  std::string Facts() const override;

  // What the server can do; asks it when that is not known yet.
  Result<Capabilities> Ask(const Context& context);

 private:
  Status MayWrite(const Context& context) const;
  // The key in the bucket.
  Result<std::string> Object(const Context& context, const std::string& key) const;
  Status MakeBucket(const Context& context);
  // As its Status, with a missing object told from a missing bucket.
  Status Explain(const Context& context, const Status& status, const std::string& key);

  const S3ObjectStoreConfig config_;
  const s3::Layout layout_;
  const std::unique_ptr<s3::Client> client_;
  s3::Uploader uploader_;
  mutable Guarded<std::optional<Capabilities>> can_;
  Guarded<std::optional<TimeMs>> last_good_ping_;
};

Result<std::string> S3ObjectStore::Object(const Context& context, const std::string& key) const {
  VANG_RETURN_IF_ERROR(context.Check());
  VANG_RETURN_IF_ERROR(CheckObjectKey(key));
  std::string object = layout_.objects + key;
  // The marker of an upload is the longest of the names that a key is part of.
  if (object.size() + 40 > kMaxKeyBytes) {
    return InvalidArgument("the object key " + key + " is too long for this store");
  }
  return object;
}

Status S3ObjectStore::Explain(const Context& context, const Status& status,
                              const std::string& key) {
  if (status.code() != Code::kNotFound) return status;
  // HEAD answers without a body, so that 404 alone does not say what is missing.
  Status bucket = client_->SendOk(context, {.method = "HEAD"}).status();
  if (bucket.code() == Code::kNotFound) return s3::MissingBucket(config_);
  VANG_RETURN_IF_ERROR(bucket);
  return NotFound("there is no object " + key);
}

Status S3ObjectStore::MakeBucket(const Context& context) {
  Status there = client_->SendOk(context, {.method = "HEAD"}).status();
  if (there.code() != Code::kNotFound) return there;
  std::string body;
  if (config_.region != "us-east-1") {
    body = "<CreateBucketConfiguration><LocationConstraint>" + s3::EscapeXml(config_.region) +
           "</LocationConstraint></CreateBucketConfiguration>";
  }
  const Call call{.method = "PUT", .bytes = body};
  VANG_ASSIGN_OR_RETURN(const Answer answer, client_->Send(context, call));
  // Another instance was quicker.
  if (answer.status() == 409) return {};
  return client_->StatusOf(call, answer).Wrap("the bucket is missing and cannot be made");
}

Result<Capabilities> S3ObjectStore::Ask(const Context& context) {
  // Without asking: the least that any server can.
  if (config_.read_only) return Capabilities();
  if (const auto known = *can_.Lock()) return *known;
  if (config_.create_bucket) VANG_RETURN_IF_ERROR(MakeBucket(context));
  VANG_ASSIGN_OR_RETURN(Capabilities can, s3::ProbeCapabilities(context, *client_, layout_.probe));
  if (const Status swept = uploader_.Sweep(context); !swept.ok()) {
    Log(LogLevel::kWarning, "object_store", "what dead processes left could not be removed",
        {{"error", swept.ToString()}});
  }
  Log(LogLevel::kInfo, "object_store", "the server was asked what it can do",
      {{"endpoint", config_.endpoint}, {"bucket", config_.bucket}, {"answer", can.ToString()}});
  *can_.Lock() = can;
  return can;
}

std::string S3ObjectStore::Facts() const {
  const auto known = *can_.Lock();
  return known ? known->ToString() : "";
}

Status S3ObjectStore::MayWrite(const Context& context) const {
  VANG_RETURN_IF_ERROR(context.Check());
  return config_.read_only ? FailedPrecondition("the object store is open for reading only")
                           : Status();
}

Result<std::unique_ptr<ObjectWriter>> S3ObjectStore::Create(const Context& context) {
  VANG_RETURN_IF_ERROR(MayWrite(context));
  return std::unique_ptr<ObjectWriter>(std::make_unique<s3::S3ObjectWriter>(
      config_.spool_folder, config_.part_bytes,
      [this](const Context& when, const std::string& key,
             const s3::Content& content) -> Result<bool> {
        VANG_RETURN_IF_ERROR(Object(when, key).status());
        VANG_ASSIGN_OR_RETURN(const Capabilities can, Ask(when));
        return uploader_.Upload(when, can, key, content);
      }));
}

Status S3ObjectStore::Put(const Context& context, const std::string& key, std::string_view bytes) {
  VANG_RETURN_IF_ERROR(CheckObjectKey(key));
  VANG_ASSIGN_OR_RETURN(const auto writer, Create(context));
  VANG_RETURN_IF_ERROR(writer->Write(bytes));
  return writer->Commit(context, key).status();
}

Result<std::string> S3ObjectStore::Get(const Context& context, const std::string& key,
                                       std::size_t limit) {
  VANG_ASSIGN_OR_RETURN(const std::string object, Object(context, key));
  auto bytes = s3::DownloadToMemory(context, *client_, object, limit);
  if (!bytes.ok()) return Explain(context, bytes.status(), key);
  return bytes;
}

Result<FileDescriptor> S3ObjectStore::OpenFile(const Context& context, const std::string& key) {
  VANG_ASSIGN_OR_RETURN(const std::string object, Object(context, key));
  auto file = s3::DownloadToFile(context, *client_, object, config_.spool_folder);
  if (!file.ok()) return Explain(context, file.status(), key);
  return file;
}

Result<ObjectInfo> S3ObjectStore::Stat(const Context& context, const std::string& key) {
  VANG_ASSIGN_OR_RETURN(const std::string object, Object(context, key));
  const auto head = s3::ReadHead(context, *client_, object);
  if (!head.ok()) return Explain(context, head.status(), key);
  return ObjectInfo{key, head->size};
}

Status S3ObjectStore::Delete(const Context& context, const std::string& key) {
  VANG_RETURN_IF_ERROR(MayWrite(context));
  VANG_ASSIGN_OR_RETURN(const std::string object, Object(context, key));
  const Status status = client_->SendOk(context, {.method = "DELETE", .key = object}).status();
  return status.code() == Code::kNotFound ? Status() : status;
}

Result<std::vector<ObjectInfo>> S3ObjectStore::List(const Context& context,
                                                    const std::string& prefix,
                                                    const std::string& after, int max) {
  std::vector<ObjectInfo> found;
  if (max <= 0) return found;
  const auto limit = static_cast<std::size_t>(max);
  if (config_.read_only &&
      client_->SendOk(context, {.method = "HEAD"}).status().code() == Code::kNotFound) {
    return NotFound(s3::MissingBucket(config_).message());
  }
  VANG_ASSIGN_OR_RETURN(const Capabilities can, Ask(context));
  const auto less = [](const ObjectInfo& a, const ObjectInfo& b) { return a.key < b.key; };
  // On a server that lists out of order: the `max` smallest of all.
  std::set<ObjectInfo, decltype(less)> smallest(less);
  const auto take = [&](const s3::ObjectPage::Entry& entry) -> Result<bool> {
    const std::string key = entry.key.substr(layout_.objects.size());
    // What others put here under names that are none of ours.
    if (key <= after || !CheckObjectKey(key).ok()) return true;
    if (!can.ordered_list) {
      smallest.insert({key, entry.size});
      if (smallest.size() > limit) smallest.erase(std::prev(smallest.end()));
      return true;
    }
    if (!found.empty() && key <= found.back().key) {
      return DataLoss("the server lists " + key + " after " + found.back().key);
    }
    found.push_back({key, entry.size});
    return found.size() < limit;
  };
  VANG_RETURN_IF_ERROR(
      s3::ForEachObject(context, *client_, layout_.objects + prefix,
                        can.ordered_list && !after.empty() ? layout_.objects + after : "", take,
                        can.ordered_list ? max : 1'000));
  if (!can.ordered_list) found.assign(smallest.begin(), smallest.end());
  return found;
}

Status S3ObjectStore::Ping(const Context& context) {
  VANG_RETURN_IF_ERROR(MayWrite(context));
  const TimeMs now = config_.clock->Now();
  const auto last = *last_good_ping_.Lock();
  if (last && std::abs(now - *last) < kPingHolds.count()) return {};
  const Context soon = context.WithTimeout(kPingTimeout);
  VANG_RETURN_IF_ERROR(Ask(soon).status().Wrap("objects cannot be written"));
  const Call write{.method = "PUT", .key = layout_.probe + "ping", .bytes = "ping", .retry = false};
  VANG_RETURN_IF_ERROR(client_->SendOk(soon, write).status().Wrap("objects cannot be written"));
  *last_good_ping_.Lock() = now;
  return {};
}

}  // namespace

Result<std::unique_ptr<ObjectStore>> OpenS3ObjectStore(const Context& context,
                                                       const S3ObjectStoreConfig& config) {
  VANG_RETURN_IF_ERROR(s3::CheckConfig(config));
  VANG_ASSIGN_OR_RETURN(auto client, s3::Client::Create(config));
  auto store = std::make_unique<S3ObjectStore>(config, std::move(client));
  const Status asked = store->Ask(context.WithTimeout(kOpenTimeout)).status();
  VANG_RETURN_IF_ERROR(context.Check());
  if (!asked.ok() && !asked.retryable()) return asked;
  if (!asked.ok()) {
    Log(LogLevel::kWarning, "object_store", "the server does not answer yet; objects wait for it",
        {{"endpoint", config.endpoint}, {"error", asked.ToString()}});
  }
  return std::unique_ptr<ObjectStore>(std::move(store));
}

}  // namespace vang
