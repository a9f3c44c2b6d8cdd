#include "services/ingestion/upload_form.h"

#include <algorithm>

namespace vang {
namespace {

// "/name: detail", which a problem body shows as a pointer, when the name can stand in one.
Status FieldFault(const std::string& name, const std::string& detail) {
  const bool plain =
      !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-' || c == '.';
      });
  return InvalidArgument(plain ? "/" + name + ": " + detail
                               : "the field '" + name.substr(0, 64) + "': " + detail);
}

}  // namespace

Status UploadForm::BeginPart(const MultipartPart& part) {
  if (part.name == "file" || part.file_name) {
    if (has_file_) return FieldFault(part.name, "one request takes one file; send another request");
    has_file_ = true;
    file_name_ = part.file_name.value_or("");
    current_ = Part::kFile;
    return {};
  }
  if (part.name != "title") {
    return FieldFault(part.name, "there is no such field; the form takes 'file' and 'title'");
  }
  if (has_title_) return FieldFault(part.name, "the field is there twice");
  has_title_ = true;
  current_ = Part::kTitle;
  return {};
}

Status UploadForm::PartData(std::string_view bytes) {
  if (current_ == Part::kFile) return upload_->Append(bytes);
  title_.append(bytes);  // the parser bounds it
  return {};
}

Status UploadForm::EndPart() {
  current_ = Part::kNone;
  return {};
}

Status UploadForm::Check() const {
  if (has_file_) return {};
  return InvalidArgument("/file: the form has no file; send the sound in the field 'file'");
}

}  // namespace vang
