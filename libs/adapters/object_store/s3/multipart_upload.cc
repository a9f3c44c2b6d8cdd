#include "libs/adapters/object_store/s3/multipart_upload.h"

#include "libs/adapters/object_store/s3/crc32c.h"

namespace vang::s3 {
namespace {

constexpr Duration kAbortTimeout{10'000};
constexpr std::size_t kMaxEtagBytes = 1'024;

}  // namespace

Result<Answer> MultipartUpload::Begin(const Context& context, const Fields& headers) {
  Call call{.method = "POST", .key = key_, .query = {{"uploads", ""}}, .headers = headers};
  if (checksum_) {
    call.headers.emplace_back("x-amz-checksum-algorithm", "CRC32C");
    call.headers.emplace_back("x-amz-checksum-type", "FULL_OBJECT");
  }
  VANG_ASSIGN_OR_RETURN(Answer answer, client_->Send(context, call));
  if (answer.ok()) {
    VANG_ASSIGN_OR_RETURN(upload_id_, ParseUploadId(answer.response.body));
  }
  return answer;
}

Status MultipartUpload::SendPart(const Context& context, int number, const Part& part, int file) {
  Call call;
  call.file = FilePiece{file, part.offset, part.size};
  return Send(context, number, part, std::move(call));
}

Status MultipartUpload::SendPart(const Context& context, int number, const Part& part,
                                 std::string_view bytes) {
  Call call;
  call.bytes = bytes;
  return Send(context, number, part, std::move(call));
}

Status MultipartUpload::Send(const Context& context, int number, const Part& part, Call call) {
  call.method = "PUT";
  call.key = key_;
  call.query = {{"partNumber", std::to_string(number)}, {"uploadId", upload_id_}};
  call.sha256 = part.sha256;
  CompletedPart done;
  if (checksum_) {
    done.crc32c = Crc32cText(part.crc32c);
    call.headers.emplace_back(kChecksumHeader, done.crc32c);
  }
  VANG_ASSIGN_OR_RETURN(const Answer answer, client_->SendOk(context, call));
  done.etag = answer.response.headers.Get("ETag");
  if (done.etag.empty() || done.etag.size() > kMaxEtagBytes) {
    return DataLoss("the server took a part of " + key_ + " and gave no ETag for it");
  }
  std::lock_guard<std::mutex> lock(mutex_);
  const auto index = static_cast<std::size_t>(number - 1);
  if (parts_.size() <= index) parts_.resize(index + 1);
  parts_[index] = std::move(done);
  return {};
}

Result<Answer> MultipartUpload::Complete(const Context& context, std::uint32_t crc32c,
                                         bool conditional) {
  const std::string body = CompleteBody(parts_);
  Call call{.method = "POST", .key = key_, .query = {{"uploadId", upload_id_}}, .bytes = body};
  call.headers.emplace_back("Content-Type", "application/xml");
  if (conditional) call.headers.emplace_back("If-None-Match", "*");
  if (checksum_) {
    call.headers.emplace_back(kChecksumHeader, Crc32cText(crc32c));
    call.headers.emplace_back("x-amz-checksum-type", "FULL_OBJECT");
  }
  VANG_ASSIGN_OR_RETURN(Answer answer, client_->Send(context, call));
  if (answer.ok() && !ParseErrorBody(answer.response.body).code.empty()) {
    answer.response.status = 500;
  }
  return answer;
}

Status MultipartUpload::Abort() {
  const Call call{.method = "DELETE", .key = key_, .query = {{"uploadId", upload_id_}}};
  // Not the caller's context: it may be why this is given up.
  return client_->SendOk(Context().WithTimeout(kAbortTimeout), call).status();
}

}  // namespace vang::s3
