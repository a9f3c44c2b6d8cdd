// vang-train: makes the speech model that ships, from texts and recordings to an ONNX folder.
#include <CLI/CLI.hpp>
#include <iostream>

#include "apps/vang-train/commands.h"
#include "apps/vang-train/units.h"

namespace vang::train {
namespace {

int Run(int argc, char** argv) {
  CLI::App app(
      "Trains Vang's speech model. models/speech/vang-ctc-1/README.md has the commands in "
      "their order.");
  app.require_subcommand(1);

  auto* tokens_command = app.add_subcommand("tokens", "Print tokens.txt: the units of a new model");

  TextsOptions texts;
  auto* texts_command = app.add_subcommand("texts", "Split texts into training and held-out parts");
  texts_command->add_option("--prompts", texts.prompts)->required()->check(CLI::ExistingFile);
  texts_command->add_option("--transcripts", texts.transcripts)
      ->required()
      ->check(CLI::ExistingFile);
  texts_command->add_option("--recordings", texts.recordings)->required()->check(CLI::ExistingFile);
  texts_command->add_option("--prose", texts.prose)->check(CLI::ExistingFile);
  texts_command->add_option("--prose-sentences", texts.prose_sentences);
  texts_command->add_option("--out", texts.out)->required();

  SpeakOptions speak;
  auto* speak_command = app.add_subcommand("speak", "Speak sentences into wav files");
  speak_command->add_option("--text", speak.text)->required()->check(CLI::ExistingFile);
  speak_command->add_option("--voices", speak.voices)->required();
  speak_command->add_option("--out", speak.out)->required();

  SynthesizeOptions synthesize;
  auto* synthesize_command = app.add_subcommand("synthesize", "Sentences as labelled features");
  synthesize_command->add_option("--tokens", synthesize.tokens)
      ->required()
      ->check(CLI::ExistingFile);
  synthesize_command->add_option("--text", synthesize.text)->required()->check(CLI::ExistingFile);
  synthesize_command->add_option("--out", synthesize.out)->required();
  synthesize_command->add_option("--seed", synthesize.seed);
  synthesize_command->add_option("--hours", synthesize.hours);

  PrepareOptions prepare;
  auto* prepare_command = app.add_subcommand("prepare", "Recordings as features");
  prepare_command->add_option("--tokens", prepare.tokens)->required()->check(CLI::ExistingFile);
  prepare_command->add_option("--list", prepare.list)->required()->check(CLI::ExistingFile);
  prepare_command->add_option("--out", prepare.out)->required();
  prepare_command->add_option("--variants", prepare.variants);
  prepare_command->add_option("--seed", prepare.seed);

  SpeechOptions speech;
  auto* speech_command = app.add_subcommand("speech", "Train the network");
  speech_command->add_option("--tokens", speech.tokens)->required()->check(CLI::ExistingFile);
  speech_command->add_option("--synthetic", speech.synthetic)->required()->check(CLI::ExistingFile);
  speech_command->add_option("--real", speech.real)->check(CLI::ExistingFile);
  speech_command->add_option("--out", speech.out)->required();
  speech_command->add_option("--resume", speech.resume)->check(CLI::ExistingFile);
  speech_command->add_option("--minutes", speech.minutes);
  speech_command->add_option("--real-share", speech.real_share);
  speech_command->add_option("--synthetic-only", speech.synthetic_only);
  speech_command->add_option("--learning-rate", speech.learning_rate);
  speech_command->add_option("--width", speech.width);
  speech_command->add_option("--blocks", speech.blocks);
  speech_command->add_option("--threads", speech.threads);
  speech_command->add_flag("--bfloat16,!--full-precision", speech.bfloat16);
  speech_command->add_option("--seed", speech.seed);

  ExportOptions exporting;
  bool full = false;
  auto* export_command = app.add_subcommand("export", "Write the ONNX model folder");
  export_command->add_option("--tokens", exporting.tokens)->required()->check(CLI::ExistingFile);
  export_command->add_option("--checkpoint", exporting.checkpoint)
      ->required()
      ->check(CLI::ExistingFile);
  export_command->add_option("--out", exporting.out)->required();
  export_command->add_flag("--full-precision", full, "32-bit weights instead of 16-bit");

  CLI11_PARSE(app, argc, argv);
  exporting.half = !full;
  if (*tokens_command) std::cout << MakeTokensText();
  vang::Status status;
  if (*texts_command) status = MakeTexts(texts);
  if (*speak_command) status = Speak(speak);
  if (*synthesize_command) status = Synthesize(synthesize);
  if (*prepare_command) status = Prepare(prepare);
  if (*speech_command) status = TrainSpeech(speech);
  if (*export_command) status = ExportModel(exporting);
  if (status.ok()) return 0;
  std::cerr << "vang-train: " << status.message() << '\n';
  return 1;
}

}  // namespace
}  // namespace vang::train

int main(int argc, char** argv) { return vang::train::Run(argc, argv); }
