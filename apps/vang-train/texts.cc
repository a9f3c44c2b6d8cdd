// Splits the raw texts into what may be trained on and what is held out. The choice hangs on a hash
// of the sentence, so it stays the same when texts are added.
#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <set>

#include "apps/vang-train/commands.h"
#include "libs/base/file.h"
#include "libs/base/sha256.h"
#include "libs/vietnamese/plain_text.h"

namespace vang::train {
namespace {

constexpr int kHeldOutPrompts = 300;
constexpr int kDevRecordings = 250;

// The sentences of `line` that are `low`..`high` syllables long and hold nothing but syllables.
std::vector<std::string> Sentences(const std::string& line, std::size_t low, std::size_t high) {
  std::vector<std::string> sentences;
  for (const std::vector<std::string>& words : PlainSentences(line)) {
    if (words.size() < low || words.size() > high) continue;
    std::string sentence;
    bool gap = false;
    for (const std::string& word : words) {
      gap = gap || word.empty();
      sentence += (sentence.empty() ? "" : " ") + word;
    }
    if (!gap) sentences.push_back(std::move(sentence));
  }
  return sentences;
}

// The line as one sentence, or empty.
std::string Sentence(const std::string& line, std::size_t low, std::size_t high) {
  std::string flat = line;
  for (char& c : flat) {
    if (c == '.' || c == '!' || c == '?' || c == ';' || c == ':') c = ',';
  }
  const auto sentences = Sentences(flat, low, high);
  return sentences.size() == 1 ? sentences.front() : std::string();
}

std::vector<std::string> Lines(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

void Write(const std::string& path, const std::vector<std::string>& lines) {
  std::ofstream file(path);
  for (const std::string& line : lines) file << line << '\n';
}

// The `count` sentences whose hashes are smallest.
std::set<std::string> HashChosen(const std::set<std::string>& sentences, std::size_t count) {
  std::vector<std::pair<std::string, std::string>> ranked;
  ranked.reserve(sentences.size());
  for (const std::string& s : sentences) ranked.emplace_back(Sha256Hex("vang-heldout " + s), s);
  std::sort(ranked.begin(), ranked.end());
  std::set<std::string> chosen;
  for (std::size_t i = 0; i < std::min(count, ranked.size()); ++i) chosen.insert(ranked[i].second);
  return chosen;
}

}  // namespace

Status MakeTexts(const TextsOptions& options) {
  VANG_RETURN_IF_ERROR(CreateFoldersDurably(options.out));
  std::set<std::string> prompts;
  for (const std::string& line : Lines(options.prompts)) {
    if (std::string s = Sentence(line, 4, 20); !s.empty()) prompts.insert(std::move(s));
  }
  std::map<std::string, std::vector<std::string>> recordings;  // text -> paths
  const auto folder = std::filesystem::path(options.recordings).parent_path();
  for (const std::string& line : Lines(options.recordings)) {
    const std::size_t tab = line.rfind('\t');
    if (tab == std::string::npos) continue;
    std::string s = Sentence(line.substr(tab + 1), 1, 60);
    if (s.empty()) continue;
    recordings[s].push_back((folder / line.substr(0, line.find('\t'))).string());
  }
  std::set<std::string> spoken;
  for (const auto& [text, paths] : recordings) {
    if (std::count(text.begin(), text.end(), ' ') >= 2) spoken.insert(text);
  }
  const std::set<std::string> test = HashChosen(prompts, kHeldOutPrompts);
  const std::set<std::string> dev = HashChosen(spoken, kDevRecordings);
  auto held_out = [&](const std::string& s) { return test.contains(s) || dev.contains(s); };

  std::vector<std::string> dev_list, train_list, synthetic;
  for (const auto& [text, paths] : recordings) {
    if (dev.contains(text)) {
      dev_list.push_back(paths.front() + '\t' + text);
    } else if (!test.contains(text)) {
      for (const std::string& path : paths) train_list.push_back(path + '\t' + text);
    }
  }
  std::set<std::string> seen;
  auto add = [&](const std::string& s) {
    if (!s.empty() && !held_out(s) && seen.insert(s).second) synthetic.push_back(s);
  };
  for (const std::string& s : prompts) add(s);
  for (const std::string& line : Lines(options.transcripts)) {
    add(Sentence(line.substr(line.find('\t') + 1), 3, 24));
  }
  // Prose: sentences at full stops, chosen by hash.
  std::set<std::string> prose;
  for (const std::string& path : options.prose) {
    for (const std::string& line : Lines(path)) {
      for (std::string& s : Sentences(line, 4, 20)) prose.insert(std::move(s));
    }
  }
  for (const std::string& s :
       HashChosen(prose, static_cast<std::size_t>(options.prose_sentences))) {
    add(s);
  }
  std::vector<std::string> all_held_out(test.begin(), test.end());
  all_held_out.insert(all_held_out.end(), dev.begin(), dev.end());
  Write(options.out + "/test.txt", {test.begin(), test.end()});
  Write(options.out + "/heldout.txt", all_held_out);
  Write(options.out + "/dev.tsv", dev_list);
  Write(options.out + "/real.tsv", train_list);
  Write(options.out + "/synthetic.txt", synthetic);
  std::cout << test.size() << " test sentences, " << dev_list.size() << " dev recordings, "
            << train_list.size() << " training recordings, " << synthetic.size()
            << " sentences to synthesize\n";
  return {};
}

}  // namespace vang::train
