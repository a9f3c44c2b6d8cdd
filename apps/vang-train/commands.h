// The subcommands of vang-train, one file each. All are deterministic for a given seed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libs/base/status.h"

namespace vang::train {

// texts: splits the raw texts into what is trained on and what is held out.
struct TextsOptions {
  std::string prompts;      // one sentence a line; 300 are held out
  std::string transcripts;  // id TAB text
  std::string recordings;   // path TAB seconds TAB text, with a header; a dev part is held out
  std::vector<std::string> prose;
  std::string out;  // folder
  int prose_sentences = 16'000;
};
Status MakeTexts(const TextsOptions& options);

// speak: a list of sentences as wav files with list.tsv (path TAB text), voices taken in turn.
struct SpeakOptions {
  std::string text;
  std::string out;
  std::vector<std::string> voices;
};
Status Speak(const SpeakOptions& options);

// synthesize: sentences as features with frame labels, in random voices and conditions.
struct SynthesizeOptions {
  std::string tokens;
  std::string text;
  std::string out;
  std::uint64_t seed = 1;
  double hours = 20;
};
Status Synthesize(const SynthesizeOptions& options);

// prepare: recordings (path TAB text) as features, several variants each.
struct PrepareOptions {
  std::string tokens;
  std::string list;
  std::string out;
  int variants = 6;
  std::uint64_t seed = 1;
};
Status Prepare(const PrepareOptions& options);

// speech: trains the network for a given time.
struct SpeechOptions {
  std::string tokens;
  std::string synthetic;
  std::string real;
  std::string out;  // checkpoint
  std::string resume;
  double minutes = 60;
  double real_share = 0.55;
  double synthetic_only = 0.15;  // first part of the time without real speech
  double learning_rate = 2e-3;
  int width = 256;
  int blocks = 8;
  int threads = 1;       // more only spin while another process has the core
  bool bfloat16 = true;  // 2.5 times as fast where the processor has it, slow where not
  std::uint64_t seed = 1;
};
Status TrainSpeech(const SpeechOptions& options);

// export: a checkpoint as ONNX with the files that Vang and sherpa-onnx expect beside it.
struct ExportOptions {
  std::string tokens;
  std::string checkpoint;
  std::string out;  // folder
  bool half = true;
};
Status ExportModel(const ExportOptions& options);

}  // namespace vang::train
