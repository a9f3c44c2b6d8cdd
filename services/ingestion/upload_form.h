// The form of POST /v1/recordings: `file`, and `title` before or after it.
#pragma once

#include <optional>
#include <string>

#include "libs/common/multipart.h"
#include "services/ingestion/audio_upload.h"

namespace vang {

// Feeds the file's part to the upload. Any other field is refused by name. The upload must outlive
// it.
class UploadForm : public MultipartSink {
 public:
  explicit UploadForm(AudioUpload* upload) : upload_(upload) {}

  Status BeginPart(const MultipartPart& part) override;
  Status PartData(std::string_view bytes) override;
  Status EndPart() override;

  // After the last part: kInvalidArgument when there was no file.
  Status Check() const;
  const std::string& title() const { return title_; }          // as sent
  const std::string& file_name() const { return file_name_; }  // as sent

 private:
  enum class Part { kNone, kFile, kTitle };

  AudioUpload* const upload_;
  Part current_ = Part::kNone;
  bool has_file_ = false;
  bool has_title_ = false;
  std::string title_;
  std::string file_name_;
};

}  // namespace vang
