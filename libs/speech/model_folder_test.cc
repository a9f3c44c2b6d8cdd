#include "libs/speech/model_folder.h"

#include "libs/base/file.h"
#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"
#include "libs/speech/onnx_writer.h"

namespace vang {
namespace {

std::string Network(std::initializer_list<std::pair<const char*, const char*>> metadata = {}) {
  OnnxWriter writer;
  for (const auto& [key, value] : metadata) writer.AddMetadata(key, value);
  return writer.Bytes();
}

class ModelFolderTest : public testing::Test {
 protected:
  void Write(const std::string& name, std::string_view bytes = Network()) {
    VANG_EXPECT_OK(WriteFileDurably(folder_.path() / name, bytes));
  }
  void Clear() {
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      std::filesystem::remove_all(entry.path());
    }
  }
  Result<ModelFolder> Detect() { return DetectModelFamily(folder_.path()); }
  std::string Family() {
    const auto found = Detect();
    return found.ok() ? found->family : found.status().ToString();
  }

  TempFolder folder_;
};

TEST_F(ModelFolderTest, KnowsOurOwnModel) {
  Write("tokens.txt", "x");
  Write("model.onnx", Network({{"model_type", "zipformer2_ctc"}}));
  EXPECT_EQ(Family(), "zipformer_ctc");
  Write("lm.bin", "x");
  EXPECT_EQ(Family(), "vang_ctc");
  Clear();
  Write("tokens.txt", "x");
  Write("model.onnx", Network({{"model_type", "zipformer2_ctc"}, {"model_author", "Vang"}}));
  EXPECT_EQ(Family(), "vang_ctc");
}

TEST_F(ModelFolderTest, TellsTheTwoKindsOfCtcByTheirMetadata) {
  Write("tokens.txt", "x");
  Write("model.int8.onnx", Network({{"model_type", "EncDecCTCModelBPE"}, {"vocab_size", "9"}}));
  Write("model.onnx");
  EXPECT_EQ(Family(), "nemo_ctc");
  EXPECT_EQ(Detect()->model.filename(), "model.int8.onnx");
  Write("model.int8.onnx", Network({{"normalize_type", ""}, {"subsampling_factor", "8"}}));
  EXPECT_EQ(Family(), "nemo_ctc");
  Write("model.int8.onnx", Network());
  EXPECT_EQ(Family(), "zipformer_ctc");
}

TEST_F(ModelFolderTest, KnowsATransducerAndPrefersInt8) {
  Write("tokens.txt", "x");
  for (const char* part : {"encoder", "decoder", "joiner"}) {
    Write(std::string(part) + "-epoch-12-avg-8.onnx");
  }
  Write("encoder-epoch-12-avg-8.int8.onnx");
  EXPECT_EQ(Family(), "transducer");
  EXPECT_EQ(Detect()->encoder.filename(), "encoder-epoch-12-avg-8.int8.onnx");
  EXPECT_EQ(Detect()->joiner.filename(), "joiner-epoch-12-avg-8.onnx");
}

TEST_F(ModelFolderTest, KnowsWhisper) {
  Write("tiny-tokens.txt", "x");
  Write("tiny-encoder.onnx", Network({{"model_type", "whisper-tiny"}}));
  Write("tiny-decoder.int8.onnx");
  EXPECT_EQ(Family(), "whisper");
  EXPECT_EQ(Detect()->tokens.filename(), "tiny-tokens.txt");
  Write("tiny-encoder.onnx", Network({{"model_type", "EncDecMultiTaskModel"}}));
  EXPECT_THAT(Detect(), Fails(Code::kInvalidArgument, "EncDecMultiTaskModel"));
}

TEST_F(ModelFolderTest, SaysWhatIsMissing) {
  EXPECT_THAT(Detect(), Fails(Code::kInvalidArgument, "no tokens.txt"));
  Write("tokens.txt", "x");
  EXPECT_THAT(Detect(), Fails(Code::kInvalidArgument, "no .onnx"));
  Write("encoder.onnx");
  EXPECT_THAT(Detect(), Fails(Code::kInvalidArgument, "no decoder*.onnx"));
  Clear();
  Write("tokens.txt", "x");
  Write("model.onnx", Network({{"model_type", "sense_voice_ctc"}}));
  EXPECT_THAT(Detect(), Fails(Code::kInvalidArgument, "sense_voice_ctc"));
  EXPECT_THAT(DetectModelFamily(folder_.path() / "none"), HasCode(Code::kNotFound));
}

TEST_F(ModelFolderTest, RefusesEveryCutOffOrDamagedNetwork) {
  const std::string whole = Network({{"model_type", "zipformer2_ctc"}});
  Write("tokens.txt", "x");
  Write("model.onnx", whole);
  VANG_ASSERT_OK(Detect());
  // Cut anywhere before the metadata ends; a cut between two outer fields is still a file.
  int refused = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Write("model.onnx", std::string_view(whole).substr(0, size));
    const auto found = Detect();
    if (found.ok()) continue;
    EXPECT_EQ(found.status().code(), Code::kInvalidArgument);
    ++refused;
  }
  EXPECT_GT(refused, static_cast<int>(whole.size()) - 4);
  Write("model.onnx", "this is not a network");
  EXPECT_THAT(Detect(), Fails(Code::kInvalidArgument, "not an ONNX file"));
  // A length of 2^63 in front of nothing.
  Write("model.onnx", std::string("\x3a\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 10));
  EXPECT_THAT(Detect(), Fails(Code::kInvalidArgument, "cut off"));
}

}  // namespace
}  // namespace vang
