// Speech models of a few kilobytes, made on the spot: each hears loudness. Silence is blank, faint
// hiss (amplitude 0.0007) is "▁b", loud noise (0.2) is "à"; so hiss and then noise say "bà".
#pragma once

#include <gmock/gmock.h>

#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "libs/base/file.h"
#include "libs/base/status_matchers.h"
#include "libs/speech/onnx_writer.h"

namespace vang::tiny {

inline constexpr std::string_view kTokens = "<blk> 0\n<unk> 1\n▁b 2\nà 3\n";
inline constexpr std::string_view kShoutingTokens = "<blk> 0\n<unk> 1\n▁B 2\nÀ 3\n";

// Adds what gives the four logits of each of the rows [N,T',80] (names "rows" to "logits").
inline void AddLogits(OnnxWriter* writer, float blank = 13, float loud = 7) {
  // With m the mean log energy: blank -4(m + blank), <unk> never, ▁b 0, à 4(m + loud).
  std::vector<float> weights;
  for (int bin = 0; bin < 80; ++bin) {
    for (const float weight : {-4.0F, 0.0F, 0.0F, 4.0F}) weights.push_back(weight / 80);
  }
  writer->AddWeights("weights", {80, 4}, weights);
  writer->AddWeights("bias", {4}, std::vector<float>{-4 * blank, -50, 0, 4 * loud});
  writer->AddNode("MatMul", {"rows", "weights"}, "product");
  writer->AddNode("Add", {"product", "bias"}, "logits");
}

// Means of seven feature frames, every four: x [N,T,80] to "rows", x_lens to `lengths`.
inline void AddFrontEnd(OnnxWriter* writer, std::string_view lengths) {
  writer->AddInput("x", false, {-1, -1, 80});
  writer->AddInput("x_lens", true, {-1});
  writer->AddIntegers("three", {}, std::vector<std::int64_t>{3});
  writer->AddIntegers("four", {}, std::vector<std::int64_t>{4});
  writer->AddNode("Transpose", {"x"}, "channels", {{"perm", {0, 2, 1}}});
  writer->AddNode("AveragePool", {"channels"}, "pooled", {{"kernel_shape", {7}}, {"strides", {4}}});
  writer->AddNode("Transpose", {"pooled"}, "rows", {{"perm", {0, 2, 1}}});
  writer->AddNode("Sub", {"x_lens", "three"}, "less");
  writer->AddNode("Div", {"less", "four"}, lengths);
}

// vang_ctc and zipformer_ctc.
inline std::string CtcNetwork() {
  OnnxWriter writer;
  AddFrontEnd(&writer, "log_probs_lens");
  writer.AddOutput("log_probs", false, {-1, -1, 4});
  writer.AddOutput("log_probs_lens", true, {-1});
  AddLogits(&writer);
  writer.AddNode("LogSoftmax", {"logits"}, "log_probs", {{"axis", {-1}, false}});
  writer.AddMetadata("model_type", "zipformer2_ctc");
  return writer.Bytes();
}

// A zipformer_ctc whose output has two dimensions where the decoder reads three.
inline std::string FlatNetwork() {
  OnnxWriter writer;
  AddFrontEnd(&writer, "log_probs_lens");
  writer.AddOutput("log_probs", false, {-1, 4});
  writer.AddOutput("log_probs_lens", true, {-1});
  AddLogits(&writer);
  writer.AddNode("ReduceMean", {"logits"}, "log_probs", {{"axes", {0}}, {"keepdims", {0}, false}});
  return writer.Bytes();
}

// nemo_ctc; without `whole` it lacks the metadata that the family needs.
inline std::string NemoNetwork(bool whole = true) {
  OnnxWriter writer;
  writer.AddInput("audio_signal", false, {-1, 80, -1});
  writer.AddInput("length", true, {-1});
  writer.AddOutput("logprobs", false, {-1, -1, 4});
  // One row for each four frames, also at the end.
  writer.AddNode("AveragePool", {"audio_signal"}, "pooled",
                 {{"kernel_shape", {7}}, {"strides", {4}}, {"pads", {0, 6}}});
  writer.AddNode("Transpose", {"pooled"}, "rows", {{"perm", {0, 2, 1}}});
  // NeMo's features are divided by the width of their band, so they are lower.
  AddLogits(&writer, 14.5F, 11.5F);
  writer.AddNode("LogSoftmax", {"logits"}, "logprobs", {{"axis", {-1}, false}});
  writer.AddMetadata("model_type", "EncDecCTCModel");
  if (whole) {
    writer.AddMetadata("vocab_size", "3");
    writer.AddMetadata("subsampling_factor", "4");
    writer.AddMetadata("normalize_type", "");
  }
  return writer.Bytes();
}

inline void Write(const std::filesystem::path& path, std::string_view bytes) {
  VANG_EXPECT_OK(WriteFileDurably(path, bytes));
}

inline void WriteVangCtc(const std::filesystem::path& folder) {
  Write(folder / "model.onnx", CtcNetwork());
  Write(folder / "tokens.txt", kTokens);
  Write(folder / "model.json", "{}");
}

inline void WriteZipformerCtc(const std::filesystem::path& folder) {
  Write(folder / "model.int8.onnx", CtcNetwork());
  Write(folder / "tokens.txt", kShoutingTokens);
}

inline void WriteNemoCtc(const std::filesystem::path& folder, bool whole = true) {
  Write(folder / "model.onnx", NemoNetwork(whole));
  Write(folder / "tokens.txt", kTokens);
}

inline void WriteTransducer(const std::filesystem::path& folder) {
  OnnxWriter encoder;
  AddFrontEnd(&encoder, "encoder_out_lens");
  encoder.AddOutput("encoder_out", false, {-1, -1, 4});
  encoder.AddOutput("encoder_out_lens", true, {-1});
  AddLogits(&encoder);
  encoder.AddNode("LogSoftmax", {"logits"}, "encoder_out", {{"axis", {-1}, false}});
  encoder.AddMetadata("model_type", "zipformer2");
  Write(folder / "encoder.onnx", encoder.Bytes());

  // Forgets what it said before: each symbol is worth nothing.
  OnnxWriter decoder;
  decoder.AddInput("y", true, {-1, 2});
  decoder.AddOutput("decoder_out", false, {-1, 4});
  decoder.AddWeights("table", {4, 4}, std::vector<float>(16, 0.0F));
  decoder.AddNode("Gather", {"table", "y"}, "embedded");
  decoder.AddNode("ReduceMean", {"embedded"}, "decoder_out",
                  {{"axes", {1}}, {"keepdims", {0}, false}});
  decoder.AddMetadata("vocab_size", "4");
  decoder.AddMetadata("context_size", "2");
  Write(folder / "decoder.onnx", decoder.Bytes());

  OnnxWriter joiner;
  joiner.AddInput("encoder_out", false, {-1, 4});
  joiner.AddInput("decoder_out", false, {-1, 4});
  joiner.AddOutput("logit", false, {-1, 4});
  joiner.AddNode("Add", {"encoder_out", "decoder_out"}, "logit");
  joiner.AddMetadata("joiner_dim", "4");
  Write(folder / "joiner.onnx", joiner.Bytes());
  Write(folder / "tokens.txt", kShoutingTokens);
}

// Hiss and noise, `times` over, with silence around: "bà" as often, each 1.1 s long, the word from
// 0.5 s on. The same on each call.
inline std::vector<float> SayBa(int times) {
  std::mt19937 random(7);
  std::normal_distribution<float> normal(0, 1);
  std::vector<float> samples;
  const auto add = [&](double seconds, float amplitude) {
    for (int i = 0; i < static_cast<int>(seconds * 16000); ++i) {
      samples.push_back(amplitude * normal(random));
    }
  };
  for (int i = 0; i < times; ++i) {
    add(0.5, 0.0F);
    add(0.2, 0.0007F);
    add(0.3, 0.2F);
    add(0.1, 0.0F);
  }
  add(0.4, 0.0F);
  return samples;
}

}  // namespace vang::tiny
