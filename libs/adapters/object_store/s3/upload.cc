#include "libs/adapters/object_store/s3/upload.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "libs/adapters/object_store/s3/crc32c.h"
#include "libs/adapters/object_store/s3/listing.h"
#include "libs/base/guarded.h"
#include "libs/base/uuid.h"

namespace vang::s3 {
namespace {

// Says in the object who wrote it: a request whose answer got lost may have been done all the same.
constexpr char kWriterHeader[] = "x-amz-meta-vang-writer";
constexpr int kMaxRestarts = 3;
constexpr std::size_t kMarkerIdDigits = 32;
constexpr Duration kMarkerTimeout{5'000};

}  // namespace

Result<bool> Uploader::Upload(const Context& context, const Capabilities& can,
                              const std::string& key, const Content& content) {
  VANG_ASSIGN_OR_RETURN(const KeyLocks::Held held, locks_.Hold(context, key));
  return content.parts.size() > 1 ? PutInParts(context, can, key, content)
                                  : PutWhole(context, can, key, content);
}

Result<bool> Uploader::Exists(const Context& context, const std::string& object,
                              std::string* writer) {
  const Call call{.method = "HEAD", .key = object};
  VANG_ASSIGN_OR_RETURN(const Answer answer, client_->Send(context, call));
  if (answer.status() == 404) return false;
  VANG_RETURN_IF_ERROR(client_->StatusOf(call, answer));
  *writer = answer.response.headers.Get(kWriterHeader);
  return true;
}

Result<bool> Uploader::IsOurs(const Context& context, const std::string& object,
                              const std::string& writer) {
  std::string found;
  VANG_ASSIGN_OR_RETURN(const bool exists, Exists(context, object, &found));
  return exists && found == writer;
}

Result<bool> Uploader::PutWhole(const Context& context, const Capabilities& can,
                                const std::string& key, const Content& content) {
  const Part& part = content.parts.front();
  const std::string writer = RandomHex(16);
  Call call{.method = "PUT", .key = layout_.objects + key, .sha256 = part.sha256};
  call.headers = {{"Content-Type", "application/octet-stream"}, {kWriterHeader, writer}};
  if (can.conditional_put) call.headers.emplace_back("If-None-Match", "*");
  if (can.checksum_accepted) {
    call.headers.emplace_back(kChecksumHeader, Crc32cText(part.crc32c));
  }
  if (content.file >= 0) {
    call.file = FilePiece{content.file, 0, part.size};
  } else {
    call.bytes = content.bytes;
  }
  if (!can.conditional_put) {
    std::string other;
    VANG_ASSIGN_OR_RETURN(const bool exists, Exists(context, call.key, &other));
    if (exists) return false;
  }
  VANG_ASSIGN_OR_RETURN(const Answer answer, client_->Send(context, call));
  if (answer.status() == 412) {
    return answer.in_doubt ? IsOurs(context, call.key, writer) : Result<bool>(false);
  }
  VANG_RETURN_IF_ERROR(client_->StatusOf(call, answer));
  return true;
}

Result<bool> Uploader::PutInParts(const Context& context, const Capabilities& can,
                                  const std::string& key, const Content& content) {
  Status last;
  for (int i = 0; i <= kMaxRestarts; ++i) {
    // Before hours of sound are sent for nothing.
    std::string other;
    VANG_ASSIGN_OR_RETURN(const bool exists, Exists(context, layout_.objects + key, &other));
    if (exists) return false;
    auto made = TryInParts(context, can, key, content);
    // A lost race or a server that forgot the upload: it must begin anew.
    const Code code = made.status().code();
    if (code != Code::kAborted && code != Code::kNotFound) return made;
    last = made.status();
  }
  return Unavailable("the server gave up an upload in parts again and again: " + last.message());
}

Result<bool> Uploader::TryInParts(const Context& context, const Capabilities& can,
                                  const std::string& key, const Content& content) {
  const std::string object = layout_.objects + key;
  const Call marker{.method = "PUT", .key = layout_.uploads + RandomHex(16) + "/" + key};
  VANG_RETURN_IF_ERROR(client_->SendOk(context, marker).status());
  const std::string writer = RandomHex(16);
  MultipartUpload upload(client_, object, can.checksum_of_parts);
  VANG_ASSIGN_OR_RETURN(const Answer begun,
                        upload.Begin(context, {{"Content-Type", "application/octet-stream"},
                                               {kWriterHeader, writer}}));
  if (!begun.ok()) return client_->StatusOf({.method = "POST", .key = object}, begun);
  Result<bool> made = false;
  Status sent = SendParts(context, content, &upload);
  if (sent.ok()) {
    made = CompleteOnce(context, can, object, writer, content.crc32c, &upload);
  } else {
    made = std::move(sent);
  }
  const bool complete = made.ok() && *made;
  const Status aborted = complete ? Status() : upload.Abort();
  const bool gone = aborted.code() == Code::kNotFound;
  if (!aborted.ok() && !gone) return made;  // the marker stays for a later start
  // Failing leaves a marker that stands for nothing, and that a later start removes.
  [[maybe_unused]] const auto removed =
      client_->Send(Context().WithTimeout(kMarkerTimeout),
                    {.method = "DELETE", .key = marker.key, .retry = false});
  // No answer came, and the upload is gone: it was completed.
  if (!made.ok() && gone && made.status().code() != Code::kNotFound) {
    const auto ours = IsOurs(context, object, writer);
    if (ours.ok() && *ours) return true;
  }
  return made;
}

Status Uploader::SendParts(const Context& context, const Content& content,
                           MultipartUpload* upload) {
  // The first failure stops the others.
  std::stop_source stop;
  const std::stop_callback from_caller(context.stop(), [&] { stop.request_stop(); });
  const Context all = context.WithStop(stop.get_token());
  std::atomic<std::size_t> next = 0;
  Guarded<Status> failure;
  const auto work = [&] {
    for (std::size_t i = next++; i < content.parts.size(); i = next++) {
      const Status sent =
          upload->SendPart(all, static_cast<int>(i + 1), content.parts[i], content.file);
      if (sent.ok()) continue;
      failure.With([&](Status& first) {
        if (first.ok()) first = sent;
      });
      stop.request_stop();
      return;
    }
  };
  {
    std::vector<std::jthread> helpers;
    const auto lanes =
        std::min(static_cast<std::size_t>(config_.parts_in_flight), content.parts.size());
    for (std::size_t i = 1; i < lanes; ++i) helpers.emplace_back(work);
    work();
  }
  return *failure.Lock();
}

Result<bool> Uploader::CompleteOnce(const Context& context, const Capabilities& can,
                                    const std::string& object, const std::string& writer,
                                    std::uint32_t crc32c, MultipartUpload* upload) {
  if (!can.conditional_complete) {
    std::string other;
    VANG_ASSIGN_OR_RETURN(const bool exists, Exists(context, object, &other));
    if (exists) return false;
  }
  VANG_ASSIGN_OR_RETURN(const Answer answer,
                        upload->Complete(context, crc32c, can.conditional_complete));
  if (answer.ok()) return true;
  // After a try in doubt both may mean that it was done then.
  if (answer.in_doubt && (answer.status() == 404 || answer.status() == 412)) {
    VANG_ASSIGN_OR_RETURN(const bool ours, IsOurs(context, object, writer));
    if (ours) return true;
  }
  if (answer.status() == 412) return false;
  return client_->StatusOf({.method = "POST", .key = object}, answer);
}

bool Uploader::IsStale(TimeMs begun) const {
  return config_.clock->Now() - begun >= config_.stale_after.count();
}

Status Uploader::Sweep(const Context& context) {
  std::vector<std::string> gone;
  const auto note = [&](const ObjectPage::Entry& entry) -> Result<bool> {
    if (IsStale(entry.modified)) gone.push_back(entry.key);
    return true;
  };
  VANG_RETURN_IF_ERROR(ForEachObject(context, *client_, layout_.uploads, "", note));
  for (const std::string& marker : gone) {
    const std::size_t key = layout_.uploads.size() + kMarkerIdDigits + 1;
    if (marker.size() <= key) continue;
    VANG_RETURN_IF_ERROR(SweepUploads(context, layout_.objects + marker.substr(key)));
  }
  VANG_RETURN_IF_ERROR(ForEachObject(context, *client_, layout_.probe, "", note));
  for (const std::string& key : gone) {
    VANG_RETURN_IF_ERROR(client_->SendOk(context, {.method = "DELETE", .key = key}).status());
  }
  return {};
}

Status Uploader::SweepUploads(const Context& context, const std::string& object) {
  Fields more;
  while (true) {
    Call list{.method = "GET", .query = {{"uploads", ""}, {"prefix", object}}};
    list.query.insert(list.query.end(), more.begin(), more.end());
    VANG_ASSIGN_OR_RETURN(const Answer answer, client_->SendOk(context, list));
    VANG_ASSIGN_OR_RETURN(const UploadPage page, ParseUploadPage(answer.response.body));
    for (const UploadPage::Entry& entry : page.entries) {
      if (entry.key != object || !IsStale(entry.initiated)) continue;
      const Call abort{.method = "DELETE", .key = object, .query = {{"uploadId", entry.upload_id}}};
      Status status = client_->SendOk(context, abort).status();
      if (!status.ok() && status.code() != Code::kNotFound) return status;
    }
    // Uploads of one key come first among those that begin with it.
    if (!page.truncated || page.next_key > object) return {};
    Fields next = {{"key-marker", page.next_key}, {"upload-id-marker", page.next_upload_id}};
    if (next == more) return DataLoss("the server lists the same uploads again and again");
    more = std::move(next);
  }
}

}  // namespace vang::s3
