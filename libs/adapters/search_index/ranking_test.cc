// Ranking against a slow, plain reading of the rules: no postings, no compaction, every text read
// again for every question.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <set>

#include "libs/adapters/search_index/tenant_index.h"

namespace vang {
namespace {

using Rules = RankingParameters;
using Points = std::map<std::string, Point>;

struct Plain {
  const Points& points;
  const SearchQuery& query;
  std::vector<SearchTerm> words = SearchTerms(query.text);

  static std::string Form(const SearchTerm& term, bool folded) {
    return folded ? term.folded : term.exact;
  }

  double Weight(const std::string& form, bool folded) const {
    double with = 0;
    for (const auto& [id, point] : points) {
      const auto terms = SearchTerms(point.text);
      with += std::any_of(terms.begin(), terms.end(),
                          [&](const auto& term) { return Form(term, folded) == form; });
    }
    const auto all = static_cast<double>(points.size());
    return std::log(1 + (all - with + 0.5) / (with + 0.5));
  }

  double WordScore(const Point& point, bool folded) const {
    double words_in_all = 0;
    for (const auto& [id, each] : points) {
      words_in_all += static_cast<double>(SearchTerms(each.text).size());
    }
    const auto terms = SearchTerms(point.text);
    const double length =
        static_cast<double>(terms.size()) * static_cast<double>(points.size()) / words_in_all;
    double score = 0;
    // Added up in the order of the question, so that equal scores are equal to the last bit.
    std::vector<std::string> seen;
    std::vector<std::size_t> order;
    for (const SearchTerm& word : words) {
      const auto at = std::find(seen.begin(), seen.end(), word.exact);
      order.push_back(static_cast<std::size_t>(at - seen.begin()));
      if (at == seen.end()) seen.push_back(word.exact);
    }
    for (const std::string& exact : seen) {
      const SearchTerm word = SearchTerms(exact)[0];
      const auto times = static_cast<double>(std::count_if(
          words.begin(), words.end(), [&](const auto& each) { return each.exact == exact; }));
      double same = 0;
      double others = 0;
      for (const SearchTerm& term : terms) {
        if (Form(term, folded) != Form(word, folded)) continue;
        (folded && word.accented() && term.exact != word.exact ? others : same) += 1;
      }
      if (same + others == 0) continue;
      const double count = same + Rules::kOtherAccents * others;
      const double weight = Weight(Form(word, folded), folded) * times;
      score += weight * count * (Rules::kSaturation + 1) /
               (count + Rules::kSaturation * (1 - Rules::kLength + Rules::kLength * length));
    }
    if (score == 0) return 0;
    std::set<std::pair<std::size_t, std::size_t>> pairs;
    for (std::size_t i = 0; i + 1 < order.size(); ++i) pairs.insert({order[i], order[i + 1]});
    double beside = 0;
    for (const auto& [first, second] : pairs) {
      const std::string left = Form(SearchTerms(seen[first])[0], folded);
      const std::string right = Form(SearchTerms(seen[second])[0], folded);
      for (std::size_t i = 0; i + 1 < terms.size(); ++i) {
        if (Form(terms[i], folded) != left || Form(terms[i + 1], folded) != right) continue;
        beside += Rules::kAdjacent * (Weight(left, folded) + Weight(right, folded));
        break;
      }
    }
    return score + beside;
  }

  bool HasAll(const Point& point, bool as_typed) const {
    const auto terms = SearchTerms(point.text);
    return std::all_of(words.begin(), words.end(), [&](const auto& word) {
      return std::any_of(terms.begin(), terms.end(), [&](const auto& term) {
        return as_typed && word.accented() ? term.exact == word.exact : term.folded == word.folded;
      });
    });
  }

  std::map<std::string, double> Scores() const {
    const bool accented =
        std::any_of(words.begin(), words.end(), [](const auto& word) { return word.accented(); });
    std::map<std::string, double> scores;
    for (const bool folded : {false, true}) {
      const double counts = accented ? (folded ? 1 - Rules::kSpelling : Rules::kSpelling) : folded;
      std::map<std::string, double> found;
      double best = 0;
      for (const auto& [id, point] : points) {
        if (!query.speaker.empty() && point.speaker != query.speaker) continue;
        const double score = WordScore(point, folded);
        if (score == 0) continue;
        found[id] = score;
        best = std::max(best, score);
      }
      for (const auto& [id, score] : found) scores[id] += counts * score / best;
    }
    double alike = -1;
    for (const auto& [id, score] : scores) {
      if (!HasAll(points.at(id), false) || HasAll(points.at(id), true)) continue;
      alike = std::max(alike, score);
    }
    for (auto& [id, score] : scores) {
      if (accented && HasAll(points.at(id), true) && score <= alike) {
        score = alike + Rules::kLift * (1 + score);
      }
    }
    return scores;
  }
};

TEST(Ranking, AgreesWithBruteForceThroughChangesOfEveryKind) {
  const std::vector<std::string> words = {"bán",   "bạn", "ban", "nhà", "nha",   "đường",
                                          "duong", "hoà", "hoa", "3.5", "2.500", "giá"};
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto up_to = [&](unsigned limit) { return static_cast<unsigned>(random() % limit); };
  const auto sentence = [&](unsigned longest) {
    std::string text;
    for (unsigned n = 1 + up_to(longest); n > 0; --n) text += words[up_to(12)] + " ";
    return text;
  };
  TenantIndex index;
  Points points;
  for (int round = 0; round < 1'200; ++round) {
    const std::string recording = "r" + std::to_string(up_to(8));
    index.RemoveRecording(recording);
    std::erase_if(points, [&](const auto& p) { return p.second.recording_id == recording; });
    // So many rounds leave more dead points than a compaction waits for.
    for (unsigned i = up_to(12); i > 0; --i) {
      Point point;
      point.id = recording + "-" + std::to_string(i);
      point.recording_id = recording;
      point.speaker = up_to(2) ? "S1" : "S2";
      point.text = sentence(9);
      points[point.id] = point;
      index.Put(PreparePoint(point, {}));
    }
    if (round % 60 != 0 || points.empty()) continue;
    SearchQuery query;
    query.text = sentence(4);
    query.limit = 1'000;
    if (up_to(3) == 0) query.speaker = "S1";
    SCOPED_TRACE(query.text);
    const auto expected = Plain{points, query}.Scores();
    const auto hits = index.Search(query);
    ASSERT_EQ(hits.size(), expected.size());
    for (std::size_t i = 0; i < hits.size(); ++i) {
      ASSERT_TRUE(expected.contains(hits[i].point.id));
      EXPECT_EQ(hits[i].point.text, points.at(hits[i].point.id).text);
      EXPECT_NEAR(hits[i].score, expected.at(hits[i].point.id), 1e-9) << hits[i].point.id;
      EXPECT_LE(hits[i].score, hits[i == 0 ? 0 : i - 1].score);
    }
  }
}

Point Moment(const std::string& id, const std::string& text) {
  Point point;
  point.id = id;
  point.recording_id = "r";
  point.text = text;
  return point;
}

std::string First(const std::vector<std::string>& texts, const std::string& question,
                  const std::vector<std::vector<float>>& vectors = {},
                  const std::vector<float>& meaning = {}) {
  TenantIndex index;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    index.Put(
        PreparePoint(Moment("p" + std::to_string(i), texts[i]),
                     vectors.empty() ? std::vector<std::int8_t>() : QuantiseVector(vectors[i])));
  }
  SearchQuery query;
  query.text = question;
  query.vector = meaning;
  const auto hits = index.Search(query);
  return hits.empty() ? "" : hits[0].point.text;
}

TEST(Ranking, WordsSideBySideComeBeforeTheSameWordsApart) {
  EXPECT_EQ(First({"đất này là của nước nào vậy", "vì sao đất nước này là vậy"}, "đất nước"),
            "vì sao đất nước này là vậy");
  EXPECT_EQ(First({"đất này là của nước nào vậy", "vì sao đất nước này là vậy"}, "dat nuoc"),
            "vì sao đất nước này là vậy");
}

TEST(Ranking, ARareWordWeighsMoreThanACommonOne) {
  EXPECT_EQ(
      First({"và và và rồi sao", "rồi hợp đồng sao", "và thế là xong", "anh và em"}, "và hợp"),
      "rồi hợp đồng sao");
}

TEST(Ranking, EveryWordAsTypedComesBeforeTheSameWordsWithOtherAccents) {
  const std::vector<std::string> texts = {"giá bạn giá bạn giá bạn",
                                          "chúng tôi vừa hỏi về giá mà họ bán hôm qua ở ngoài chợ"};
  EXPECT_EQ(First(texts, "giá bán"), texts[1]);
  // However near in meaning those are.
  EXPECT_EQ(First(texts, "giá bán", {{1, 0}, {0, 1}}, {1, 0}), texts[1]);
  // Typed without any accent, both are as typed.
  EXPECT_EQ(First(texts, "gia ban", {{1, 0}, {0, 1}}, {1, 0}), texts[0]);
}

TEST(Ranking, AWordThatIsMissingIsNoReasonToComeLast) {
  const std::vector<std::string> texts = {
      "hôm nay chúng tôi có bàn về giá nhà ở khu này và sau đó thì họ bán đi cho người khác rồi",
      "giá nhà giá nhà"};
  EXPECT_EQ(First(texts, "giá nhà bán", {{0, 1}, {1, 0}}, {1, 0}), texts[1]);
}

TEST(Ranking, HowStrongAMatchIsCountsAndNotOnlyItsRank) {
  // Second by words and first by meaning, but far behind by the one and ahead by nothing by the
  // other.
  const std::vector<std::string> texts = {
      "hợp đồng thuê nhà", "rồi họ thuê", "một", "hai", "ba", "bốn"};
  EXPECT_EQ(First(texts, "hợp đồng thuê nhà",
                  {{1, 0.2F}, {1, 0}, {1, 0.1F}, {1, 0.1F}, {1, 0.1F}, {1, 0.1F}}, {1, 0}),
            texts[0]);
}

TEST(Ranking, OfEqualWordsTheNearerMeaningComesFirst) {
  EXPECT_EQ(First({"nhà to", "nhà bé"}, "nhà", {{0, 1}, {1, 0}}, {1, 0}), "nhà bé");
}

TEST(Ranking, TypedAccentsThatNobodySaidStillFindTheWord) {
  EXPECT_EQ(First({"bạn ơi", "mèo con"}, "bàn"), "bạn ơi");
}

}  // namespace
}  // namespace vang
