#include "services/ingestion/audio_upload.h"

#include "libs/common/transcript.h"
#include "libs/speech/media_format.h"
#include "services/ingestion/media_type.h"

namespace vang {
namespace {

Status ExplainStore(const Status& status) {
  if (status.code() != Code::kResourceExhausted) return status.Wrap("storing the upload");
  return ResourceExhausted(
      "there is no room left to store this upload, and nothing of it was kept; free space on the "
      "server's disk, then send it again (" +
      status.message() + ")");
}

}  // namespace

AudioUpload::AudioUpload(const Context& context, ObjectStore* objects, std::uint64_t max_bytes)
    : context_(context), objects_(objects), max_bytes_(max_bytes) {}

Status AudioUpload::Append(std::string_view bytes) {
  bytes_ += bytes.size();
  if (bytes_ > max_bytes_) {
    return Status(Code::kOutOfRange,
                  "the upload is larger than the " + std::to_string(max_bytes_) +
                      " bytes allowed here; send it compressed (opus, m4a, mp3) or in parts");
  }
  if (writer_ != nullptr) return Write(bytes);
  head_.append(bytes);
  return head_.size() < kMediaHeadBytes ? Status() : Begin();
}

Status AudioUpload::Begin() {
  VANG_ASSIGN_OR_RETURN(media_type_, SniffMediaType(head_.substr(0, kMediaHeadBytes)));
  auto writer = objects_->Create(context_);
  if (!writer.ok()) return ExplainStore(writer.status());
  writer_ = std::move(*writer);
  const std::string head = std::move(head_);
  head_.clear();
  return Write(head);
}

Status AudioUpload::Write(std::string_view bytes) {
  hash_.Update(bytes);
  if (Status status = writer_->Write(bytes); !status.ok()) return ExplainStore(status);
  return {};
}

Result<StoredAudio> AudioUpload::Finish(const std::string& tenant) {
  if (bytes_ == 0) return InvalidArgument("the upload is empty; send the bytes of a sound file");
  if (writer_ == nullptr) VANG_RETURN_IF_ERROR(Begin());
  StoredAudio audio;
  audio.sha256 = hash_.HexDigest();
  audio.object_key = AudioKey(tenant, audio.sha256);
  audio.bytes = bytes_;
  audio.media_type = media_type_;
  const auto committed = writer_->Commit(context_, audio.object_key);
  if (!committed.ok()) return ExplainStore(committed.status());
  return audio;
}

}  // namespace vang
