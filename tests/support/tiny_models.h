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

// What goes wrong with a Whisper model, if anything.
enum class TinyWhisper { kPlain, kWithAttention, kEndless, kBadDecoder, kWithoutVietnamese };

// Says " Xin chào bạn." to loud noise and nothing to silence: the loudest feature decides about the
// end, and each token has one that follows it. Endless, it never ends.
inline void WriteWhisper(const std::filesystem::path& folder,
                         TinyWhisper kind = TinyWhisper::kPlain) {
  // " Xin", " chà", "o", " b" with two bytes of "ạ", its third with "n", "."; what follows has no
  // spelling.
  constexpr std::string_view kWords =
      "IFhpbg== 0\nIGNow6A= 1\nbw== 2\nIGLhug== 3\noW4= 4\nLg== 5\n";
  constexpr std::int64_t kStart = 6, kLanguage = 7, kTask = 8, kNoTimes = 9, kEnd = 10, kSize = 11;
  OnnxWriter encoder;
  encoder.AddInput("mel", false, {1, 80, -1});
  encoder.AddOutput("n_layer_cross_k", false, {1, 1, 1});
  encoder.AddOutput("n_layer_cross_v", false, {1, 1, 1});
  encoder.AddNode("ReduceMax", {"mel"}, "n_layer_cross_k", {{"axes", {1, 2}}});
  encoder.AddNode("Identity", {"n_layer_cross_k"}, "n_layer_cross_v");
  const std::pair<const char*, std::string> metadata[] = {
      {"model_type", "whisper-tiny"},
      {"n_mels", "80"},
      {"n_text_layer", "1"},
      {"n_text_ctx", "448"},
      {"n_text_state", "1"},
      {"n_vocab", std::to_string(kSize)},
      {"sot", std::to_string(kStart)},
      {"eot", std::to_string(kEnd)},
      {"blank_id", "0"},
      {"translate", std::to_string(kTask)},
      {"transcribe", std::to_string(kTask)},
      {"is_multilingual", "1"},
      {"no_timestamps", std::to_string(kNoTimes)},
      {"no_speech", std::to_string(kNoTimes)},
      {"sot_sequence", "6,7,8"},
      {"all_language_tokens", std::to_string(kLanguage)},
      {"all_language_codes", kind == TinyWhisper::kWithoutVietnamese ? "en" : "vi"},
      {"n_alignment_heads", "1"}};
  for (const auto& [key, value] : metadata) encoder.AddMetadata(key, value);
  Write(folder / "tiny-encoder.onnx", encoder.Bytes());

  OnnxWriter decoder;
  decoder.AddInput("tokens", true, {1, -1});
  for (const char* cache : {"in_n_layer_self_k_cache", "in_n_layer_self_v_cache"}) {
    decoder.AddInput(cache, false, {1, 1, 448, 1});
  }
  decoder.AddInput("n_layer_cross_k", false, {1, 1, 1});
  decoder.AddInput("n_layer_cross_v", false, {1, 1, 1});
  decoder.AddInput("offset", true, {1});
  decoder.AddOutput("logits", false, {1, -1, kSize});
  decoder.AddOutput("out_n_layer_self_k_cache", false, {1, 1, 448, 1});
  decoder.AddOutput("out_n_layer_self_v_cache", false, {1, 1, 448, 1});
  std::vector<float> next(kSize * kSize, 0.0F);
  const auto follows = [&](std::int64_t token, std::int64_t other) {
    next[static_cast<std::size_t>(token * kSize + other)] = 10;
  };
  follows(kNoTimes, 0);
  for (std::int64_t token = 0; token < 5; ++token) follows(token, token + 1);
  follows(5, kind == TinyWhisper::kEndless ? 0 : kEnd);
  // Silence comes to 0 and noise to about 0.7.
  std::vector<float> quiet(kSize, 0.0F), bias(kSize, 0.0F);
  if (kind != TinyWhisper::kEndless) {
    quiet[kEnd] = -150;
    bias[kEnd] = 60;
    for (std::int64_t token = 0; token < kSize; ++token) {
      next[static_cast<std::size_t>(token * kSize + kEnd)] *= 100;
    }
  }
  if (kind == TinyWhisper::kBadDecoder) {
    // Rows for six tokens only, which shows when it runs.
    decoder.AddWeights("next", {6, kSize}, std::span(next).first(6 * kSize));
  } else {
    decoder.AddWeights("next", {kSize, kSize}, next);
  }
  decoder.AddWeights("quiet", {1, kSize}, quiet);
  decoder.AddWeights("bias", {kSize}, bias);
  decoder.AddNode("Gather", {"next", "tokens"}, "chain");
  decoder.AddNode("MatMul", {"n_layer_cross_k", "quiet"}, "loudness");
  decoder.AddNode("Add", {"chain", "loudness"}, "sum");
  decoder.AddNode("Add", {"sum", "bias"}, "logits");
  decoder.AddNode("Identity", {"in_n_layer_self_k_cache"}, "out_n_layer_self_k_cache");
  decoder.AddNode("Identity", {"in_n_layer_self_v_cache"}, "out_n_layer_self_v_cache");
  if (kind == TinyWhisper::kWithAttention) {
    // Each token looks at its own tenth of a second, from 0.5 s on: five of 20 ms.
    constexpr std::int64_t kFrames = 100;
    std::vector<float> looks(kSize * kFrames, 0.0F);
    for (std::int64_t token = 0; token < 6; ++token) {
      for (std::int64_t frame = 0; frame < 5; ++frame) {
        looks[static_cast<std::size_t>(token * kFrames + 25 + 5 * token + frame)] = 20;
      }
    }
    for (std::int64_t frame = 0; frame < 25; ++frame) {
      looks[static_cast<std::size_t>(kNoTimes * kFrames + frame)] = 20;
    }
    decoder.AddOutput("cross_attention_weights", false, {1, 1, -1, kFrames});
    decoder.AddWeights("looks", {kSize, kFrames}, looks);
    decoder.AddIntegers("one", {1}, std::vector<std::int64_t>{1});
    decoder.AddNode("Gather", {"looks", "tokens"}, "looking");
    decoder.AddNode("Unsqueeze", {"looking", "one"}, "cross_attention_weights");
  }
  Write(folder / "tiny-decoder.onnx", decoder.Bytes());
  Write(folder / "tiny-tokens.txt", kWords);
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
