#include "apps/vang-recognizer/engine.h"

#include "libs/speech/ctc_recognizer.h"

namespace vang {
namespace {

class VangEngine final : public Engine {
 public:
  explicit VangEngine(std::unique_ptr<CtcRecognizer> recognizer)
      : recognizer_(std::move(recognizer)) {}

  Result<Recognition> Recognize(std::span<const float> samples) override {
    VANG_ASSIGN_OR_RETURN(CtcText text, recognizer_->Recognize(samples));
    return Recognition{std::move(text.tokens), std::move(text.words)};
  }

 private:
  std::unique_ptr<CtcRecognizer> recognizer_;
};

}  // namespace

Result<std::unique_ptr<Engine>> OpenEngine(const std::string& family,
                                           const std::filesystem::path& folder) {
  VANG_ASSIGN_OR_RETURN(const ModelFolder model, DetectModelFamily(folder));
  // What is called zipformer_ctc by name may also be ours without a language model.
  const bool ours = family == "vang_ctc" && model.family == "zipformer_ctc" &&
                    model.model.filename() == "model.onnx";
  if (!family.empty() && family != model.family && !ours) {
    return InvalidArgument(folder.string() + " holds a model of the family " + model.family +
                           ", not " + family);
  }
  if (model.family != "vang_ctc" && !ours) return OpenSherpaEngine(model);
  VANG_ASSIGN_OR_RETURN(auto recognizer, CtcRecognizer::Open(folder));
  return std::unique_ptr<Engine>(std::make_unique<VangEngine>(std::move(recognizer)));
}

}  // namespace vang
