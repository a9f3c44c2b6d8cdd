#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "apps/vang-vectors/commands.h"
#include "apps/vang-vectors/corpus.h"
#include "libs/adapters/embedder/static_vectors/static_embedder.h"
#include "libs/adapters/search_index/tenant_index.h"
#include "libs/vietnamese/plain_text.h"

namespace vang {
namespace {

constexpr std::size_t kMinWords = 20;

std::string Plain(std::string_view text) {
  std::string plain = " ";
  for (const std::string& word : FoldedWords(text)) (plain += word) += ' ';
  return plain;
}

bool IsQuestion(std::string_view title) {
  const std::vector<std::string> words = FoldedWords(title);
  return words.size() >= 2 && title.find_first_of("0123456789(") == std::string_view::npos;
}

struct Score {
  double reciprocal = 0;
  double in_ten = 0;
  int asked = 0;
  void Add(int rank) {
    ++asked;
    if (rank > 0) reciprocal += 1.0 / rank;
    if (rank > 0 && rank <= 10) in_ten += 1;
  }
  void Print(std::string_view name) const {
    fmt::print("{:<16} MRR {:.3f}   recall@10 {:.3f}\n", name, reciprocal / asked, in_ten / asked);
  }
};

double Dot(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) sum += a[i] * b[i];
  return sum;
}

void PrintQuantiles(std::string_view name, std::vector<double> values) {
  std::sort(values.begin(), values.end());
  fmt::print("cosine, {:<10}", name);
  for (const double share : {0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999}) {
    const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1));
    fmt::print("  {:g} %: {:.2f}", share * 100, values[at]);
  }
  fmt::print("\n");
}

struct Pool {
  TenantIndex index;
  std::vector<std::vector<float>> vectors;
  std::vector<std::string> articles;             // of each paragraph
  std::map<std::string, std::size_t> questions;  // title → paragraphs that answer it
};

Status Fill(const CheckArguments& arguments, Embedder* embedder, Pool* pool) {
  std::size_t others = 0;
  Status status;
  for (const std::string& path : arguments.corpora) {
    VANG_RETURN_IF_ERROR(ForEachParagraph(path, [&](const Paragraph& paragraph) {
      const std::string plain = Plain(paragraph.text);
      if (std::count(plain.begin(), plain.end(), ' ') < static_cast<std::ptrdiff_t>(kMinWords)) {
        return;
      }
      const bool asked = IsHeldOut(paragraph.title) && IsQuestion(paragraph.title);
      // One in thirty of the rest, until there are enough.
      if (!asked && (plain.size() % 30 != 0 || ++others > arguments.distractors)) return;
      if (asked && plain.find(Plain(paragraph.title)) != std::string::npos) return;
      auto vector = embedder->Embed({}, paragraph.text);
      if (!vector.ok()) status = vector.status();
      if (!vector.ok()) return;
      Point point;
      point.id = fmt::format("{:08}", pool->articles.size());
      point.recording_id = asked ? std::string(paragraph.title) : "";
      point.text = paragraph.text;
      pool->index.Put(PreparePoint(point, QuantiseVector(*vector)));
      pool->vectors.push_back(std::move(*vector));
      pool->articles.push_back(point.recording_id);
      if (asked) ++pool->questions[point.recording_id];
    }));
  }
  return status;
}

}  // namespace

Status Check(const CheckArguments& arguments) {
  VANG_ASSIGN_OR_RETURN(const auto embedder, OpenStaticEmbedder({arguments.model}));
  Pool pool;
  VANG_RETURN_IF_ERROR(Fill(arguments, embedder.get(), &pool));
  if (pool.questions.empty()) return InvalidArgument("the corpora hold no article to ask for");
  fmt::print("{} titles, {} paragraphs\n", pool.questions.size(), pool.articles.size());

  std::array<Score, 5> scores;
  std::vector<double> related;
  std::vector<double> unrelated;
  double chance = 0;
  for (const bool bare : {false, true}) {
    scores = {};
    for (const auto& [title, answers] : pool.questions) {
      SearchQuery query;
      query.text = bare ? Unaccented(title) : title;
      query.limit = 1'000;
      VANG_ASSIGN_OR_RETURN(query.vector, embedder->Embed({}, query.text));
      std::array<int, 5> best{};  // exact, folded, meaning, fused
      int at = 0;
      for (const SearchHit& hit : pool.index.Search(query)) {
        ++at;
        if (hit.point.recording_id != title) continue;
        const std::array<int, 4> ranks = {hit.rank_exact, hit.rank_folded, hit.rank_meaning, at};
        for (std::size_t i = 0; i < ranks.size(); ++i) {
          if (ranks[i] > 0 && (best[i] == 0 || ranks[i] < best[i])) best[i] = ranks[i];
        }
      }
      // By vectors alone, without the floor.
      double best_cosine = -2;
      for (std::size_t i = 0; i < pool.vectors.size(); ++i) {
        const double cosine = Dot(query.vector, pool.vectors[i]);
        if (!bare) (pool.articles[i] == title ? related : unrelated).push_back(cosine);
        if (pool.articles[i] == title) best_cosine = std::max(best_cosine, cosine);
      }
      best[4] = 1;
      for (std::size_t i = 0; i < pool.vectors.size(); ++i) {
        best[4] += Dot(query.vector, pool.vectors[i]) > best_cosine;
      }
      for (std::size_t i = 0; i < scores.size(); ++i) scores[i].Add(best[i]);
      chance += static_cast<double>(answers);
    }
    fmt::print("\n{} titles\n", bare ? "unaccented" : "accented");
    scores[1].Print("BM25 folded");
    scores[0].Print("BM25 accented");
    scores[4].Print("vectors");
    scores[2].Print("above the floor");
    scores[3].Print("fused");
  }
  const double mean_answers = chance / 2 / static_cast<double>(pool.questions.size());
  const auto all = static_cast<double>(pool.articles.size());
  fmt::print("\nrandom           MRR {:.4f}   recall@10 {:.4f}\n",
             std::min(1.0, mean_answers * std::log(all) / all),
             std::min(1.0, 10 * mean_answers / all));
  PrintQuantiles("answers", std::move(related));
  PrintQuantiles("others", std::move(unrelated));
  return {};
}

}  // namespace vang
