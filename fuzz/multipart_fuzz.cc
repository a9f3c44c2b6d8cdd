// A form: its parts come out the same whole and byte by byte, and no limit is passed.
#include <cstdint>

#include "libs/common/multipart.h"

namespace {

class Transcript : public vang::MultipartSink {
 public:
  vang::Status BeginPart(const vang::MultipartPart& part) override {
    if (++parts_ > vang::MultipartLimits().max_parts) __builtin_trap();
    text += "[" + part.name + "|" + part.file_name.value_or("") + "|" + part.content_type + "]";
    return {};
  }
  vang::Status PartData(std::string_view bytes) override {
    if (bytes.empty()) __builtin_trap();
    text += bytes;
    return {};
  }
  vang::Status EndPart() override {
    text += "\n.\n";
    return {};
  }
  std::string text;

 private:
  std::size_t parts_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  Transcript whole;
  vang::MultipartParser at_once("b", &whole);
  const bool ok = at_once.Push(body).ok() && at_once.Finish().ok();

  Transcript pieces;
  vang::MultipartParser bytewise("b", &pieces);
  bool pieces_ok = true;
  for (std::size_t i = 0; i < body.size() && pieces_ok; ++i) {
    pieces_ok = bytewise.Push(body.substr(i, 1)).ok();
  }
  pieces_ok = pieces_ok && bytewise.Finish().ok();
  if (ok != pieces_ok || (ok && whole.text != pieces.text)) __builtin_trap();
  return 0;
}
