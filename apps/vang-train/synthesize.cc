#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>

#include "apps/vang-train/commands.h"
#include "apps/vang-train/feature_store.h"
#include "apps/vang-train/synthesizer.h"
#include "apps/vang-train/units.h"
#include "libs/base/file.h"
#include "libs/speech/wav.h"

namespace vang::train {
namespace {

const char* const kDialects[] = {"vi", "vi-vn-x-central", "vi-vn-x-south"};
// Every second utterance is in one of these, the rest in any of the list below. The variants adam,
// anika, belinda, ed, f4, linda, m7, pablo, steph2 and klatt3 are never heard in training: they
// stand for unseen voices.
const char* const kCommonVariants[] = {"", "m1", "m3", "f1", "f2"};
const char* const kOtherVariants[] = {
    "m2",      "m4",       "m5",     "m6",     "m8",         "f3",      "f5",      "Alex",
    "Alicia",  "Andrea",   "Andy",   "Annie",  "Denis",      "Diogo",   "Gene",    "Gene2",
    "Hugo",    "Jacky",    "Lee",    "Mario",  "Marco",      "Michael", "Mike",    "Nguyen",
    "aunty",   "benjamin", "boris",  "caleb",  "david",      "edward",  "grandma", "grandpa",
    "gustave", "iven",     "iven2",  "john",   "kaukovalta", "klatt",   "klatt2",  "klatt4",
    "marcelo", "max",      "michel", "miguel", "norbert",    "paul",    "pedro",   "quincy",
    "rob",     "robert",   "sandro", "shelby", "steph",      "steph3",  "travis",  "victor",
    "zac",     "antonio"};

template <typename T, std::size_t N>
const T& Pick(const T (&list)[N], Random* random) {
  return list[std::uniform_int_distribution<std::size_t>(0, N - 1)(*random)];
}

double Uniform(double low, double high, Random* random) {
  return std::uniform_real_distribution<double>(low, high)(*random);
}

std::vector<std::string> Lines(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

VoiceSettings RandomVoice(Random* random) {
  VoiceSettings voice;
  voice.name = Pick(kDialects, random);
  const std::string variant =
      Uniform(0, 1, random) < 0.5 ? Pick(kCommonVariants, random) : Pick(kOtherVariants, random);
  if (!variant.empty()) voice.name += "+" + variant;
  voice.words_per_minute = static_cast<int>(Uniform(130, 205, random));
  voice.pitch = static_cast<int>(Uniform(32, 68, random));
  return voice;
}

}  // namespace

Status Speak(const SpeakOptions& options) {
  VANG_RETURN_IF_ERROR(CreateFoldersDurably(options.out));
  Synthesizer synthesizer;
  std::ofstream list(options.out + "/list.tsv");
  std::size_t index = 0;
  for (const std::string& text : Lines(options.text)) {
    VoiceSettings voice;
    voice.name = options.voices[index % options.voices.size()];
    VANG_ASSIGN_OR_RETURN(Speech speech, synthesizer.Speak(text, voice));
    std::string file = options.out + "/" + std::to_string(index) + "_" + voice.name + ".wav";
    VANG_RETURN_IF_ERROR(WriteFileDurably(file, EncodeWav(speech.samples, 16'000)));
    list << file << '\t' << text << '\n';
    ++index;
  }
  return {};
}

Status Synthesize(const SynthesizeOptions& options) {
  const std::vector<std::string> texts = Lines(options.text);
  if (texts.empty()) return InvalidArgument("no sentences in " + options.text);
  VANG_ASSIGN_OR_RETURN(const UnitInventory units, UnitInventory::Load(options.tokens));
  Synthesizer synthesizer;
  VANG_ASSIGN_OR_RETURN(auto writer, FeatureWriter::Create(options.out));
  Random random(options.seed);
  std::vector<std::size_t> order(texts.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::size_t spoken = 0, dropped = 0, next = order.size();
  while (writer->seconds() < options.hours * 3600) {
    if (next == order.size()) {
      std::shuffle(order.begin(), order.end(), random);
      next = 0;
    }
    const std::string& text = texts[order[next++]];
    const auto targets = units.Encode(text);
    auto speech = synthesizer.Speak(text, RandomVoice(&random));
    if (!speech.ok()) return speech.status();
    if (!targets || 2 * speech->syllables.size() != targets->size()) {
      ++dropped;
      continue;
    }
    // Some silence around, as recordings have it.
    const double lead = Uniform(0, 0.35, &random);
    std::vector<float> samples(static_cast<std::size_t>(lead * 16'000), 0.0F);
    samples.insert(samples.end(), speech->samples.begin(), speech->samples.end());
    samples.resize(samples.size() + static_cast<std::size_t>(Uniform(0, 0.35, &random) * 16'000));
    if (Uniform(0, 1, &random) < 0.15)
      AddReverberation(&samples, 0.3, Uniform(0.1, 0.4, &random), &random);
    const auto gain = static_cast<float>(std::pow(10, Uniform(-18, 4, &random) / 20));
    for (float& s : samples) s *= gain;
    if (Uniform(0, 1, &random) < 0.5) AddNoise(&samples, Uniform(8, 45, &random), &random);
    if (Uniform(0, 1, &random) < 0.08) samples = Telephone(samples);

    // Output frame t hears feature frames 4t … 4t+6: its middle is at 10 ms * (4t + 3.5).
    std::vector<std::int16_t> labels(OutputFrames(FbankFrames(samples.size())), 0);
    for (std::size_t i = 0; i < speech->syllables.size(); ++i) {
      const SyllableTime& time = speech->syllables[i];
      for (std::size_t t = 0; t < labels.size(); ++t) {
        const double at = 0.01 * (4 * static_cast<double>(t) + 3.5) - lead;
        if (at >= time.onset && at < time.rime) labels[t] = (*targets)[2 * i];
        if (at >= time.rime && at < time.end) labels[t] = (*targets)[2 * i + 1];
      }
    }
    writer->Add(samples, *targets, std::move(labels));
    if (++spoken % 2000 == 0) {
      std::cout << spoken << " sentences, " << writer->seconds() / 3600 << " h, " << dropped
                << " without usable events\n"
                << std::flush;
    }
  }
  return writer->Close();
}

Status Prepare(const PrepareOptions& options) {
  VANG_ASSIGN_OR_RETURN(const UnitInventory units, UnitInventory::Load(options.tokens));
  VANG_ASSIGN_OR_RETURN(auto writer, FeatureWriter::Create(options.out));
  Random random(options.seed);
  std::size_t count = 0;
  for (const std::string& line : Lines(options.list)) {
    const std::size_t tab = line.find('\t');
    if (tab == std::string::npos) continue;
    const auto targets = units.Encode(std::string_view(line).substr(tab + 1));
    if (!targets) continue;
    VANG_ASSIGN_OR_RETURN(const std::vector<float> clean, ReadAudio(line.substr(0, tab)));
    for (int variant = 0; variant < options.variants; ++variant) {
      std::vector<float> samples = clean;
      if (variant > 0) {
        samples = Resample(samples, 16'000 * Uniform(0.87, 1.15, &random), 16'000);
        if (Uniform(0, 1, &random) < 0.25) {
          AddReverberation(&samples, Uniform(0.2, 0.5, &random), Uniform(0.1, 0.5, &random),
                           &random);
        }
        if (Uniform(0, 1, &random) < 0.5) AddNoise(&samples, Uniform(5, 35, &random), &random);
        if (Uniform(0, 1, &random) < 0.1) samples = Telephone(samples);
        const auto gain = static_cast<float>(std::pow(10, Uniform(-12, 6, &random) / 20));
        for (float& s : samples) s *= gain;
      }
      writer->Add(samples, *targets, {});
    }
    if (++count % 500 == 0) std::cout << count << " recordings\n" << std::flush;
  }
  std::cout << writer->seconds() / 3600 << " h of features\n";
  return writer->Close();
}

}  // namespace vang::train
