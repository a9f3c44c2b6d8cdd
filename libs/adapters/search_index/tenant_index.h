// The points of one tenant as a search needs them, in memory. Tenants share nothing, so that what
// one stores can neither be found by another nor move the weights of its words.
//
// Three rankings choose what is found: BM25 of the words as they are spelled, BM25 of the words
// without accents, and the cosine of vectors. Two words of the question that stand side by side in
// the text add to the first two. What any of them ranks high scores
//
//   (1 - kSpelling) · folded + kSpelling · exact + kMeaning · cosine
//
// where `folded` and `exact` are BM25 as a share of the best found: a strong match counts as such,
// where ranks would only know that it is the first. `cosine` counts for those that meaning found,
// so that an index elsewhere need not hand over the vectors of all others. A question without any
// accent is read as one typed without: then kSpelling is 0. In another, accents count: moments that
// have every word as it was typed come before those that have them all but with other accents.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "libs/adapters/search_index/vector_scan.h"
#include "libs/ports/search_index.h"
#include "libs/vietnamese/search_terms.h"

namespace vang {

struct RankingParameters {
  static constexpr double kSaturation = 1.2;  // k1 of BM25
  static constexpr double kLength = 0.75;     // b of BM25
  // What an occurrence with other accents than the typed ones counts in the unaccented ranking.
  static constexpr double kOtherAccents = 0.3;
  // Share of the two words' weights that standing side by side adds.
  static constexpr double kAdjacent = 0.5;
  // Of what words give: how much the way they are spelled counts, when accents were typed.
  static constexpr double kSpelling = 0.3;
  // What the nearest meaning counts next to the best match of words.
  static constexpr double kMeaning = 0.5;
  // By how little moments with all accents as typed come before those with other accents.
  static constexpr double kLift = 1e-6;
  // Below this cosine two texts have no more to do with each other than any two.
  static constexpr float kMeaningFloor = 0.35F;
  // How many of each ranking are found at least, and how many of the best are looked at for
  // words side by side.
  static constexpr std::size_t kRanked = 200;
  static constexpr std::size_t kExamined = 1'000;
};

// A point taken apart, so that putting it in is quick.
struct PreparedPoint {
  Point point;  // without the vector
  std::vector<std::int8_t> vector;
  std::vector<SearchTerm> terms;
};
PreparedPoint PreparePoint(Point point, std::vector<std::int8_t> vector);

// How often words occur, by their spelling.
struct WordStatistics {
  std::uint64_t points = 0;
  std::uint64_t words = 0;  // of all points, each as often as it occurs
  // Points that have the word.
  std::unordered_map<std::string, std::uint64_t> exact;
  std::unordered_map<std::string, std::uint64_t> folded;
};

// Not thread-safe while Put, Remove or WeighAs run.
class TenantIndex {
 public:
  void Put(PreparedPoint prepared);
  // Weighs words as in a larger whole that the points here are some of; for an index that is made
  // for one question. Nothing may be put in or removed afterwards.
  void WeighAs(const WordStatistics& whole);
  void RemoveRecording(const std::string& recording_id);
  std::vector<SearchHit> Search(const SearchQuery& query) const;
  bool empty() const { return live_count_ == 0; }

 private:
  struct Slot {
    Point point;
    std::vector<std::uint32_t> terms;  // exact, in the order of the text
  };
  struct Posting {
    std::uint32_t slot;
    std::uint32_t count;
  };
  struct Field {
    std::unordered_map<std::string, std::uint32_t> ids;
    std::vector<std::vector<Posting>> postings;  // by slot; may name dead slots
    std::vector<std::uint32_t> live;             // slots alive that have the term
    std::uint32_t IdOf(const std::string& term);
  };
  // A different word of the question.
  struct QueryTerm {
    static constexpr std::uint32_t kNone = 0xFFFFFFFF;
    std::uint32_t exact = kNone;
    std::uint32_t folded = kNone;
    bool accented = false;
    double times = 0;
  };
  struct Question;
  struct Ranked {
    std::uint32_t slot;
    double score;
  };
  // One of the three: how each slot scores, without what words side by side add, and the best.
  struct Ranking {
    std::vector<double> scores;
    std::vector<Ranked> best;
  };

  void Insert(Slot slot, const std::vector<std::int8_t>& vector);
  void Compact();
  Question Read(const SearchQuery& query) const;
  std::vector<std::uint8_t> Eligible(const SearchQuery& query) const;
  double Weight(const Field& field, std::uint32_t id) const;
  double Score(double count, double weight, std::uint32_t slot) const;
  Ranking RankWords(const Question& question, bool folded) const;
  double Adjacency(const Question& question, bool folded, std::uint32_t slot) const;
  Ranking RankMeaning(const Question& question, const std::vector<std::int8_t>& vector) const;
  double WordShare(const Question& question, bool folded, const Ranking& ranking,
                   std::uint32_t slot) const;
  // Whether the slot has every word of the question, accents as typed or any.
  bool HasAll(const Question& question, bool as_typed, std::uint32_t slot) const;
  void LiftAsTyped(const Question& question, std::vector<Ranked>* found) const;
  void KeepBest(std::size_t count, std::vector<Ranked>* ranked) const;

  std::vector<Slot> slots_;
  // Apart from the slots, because scoring reads them for every posting.
  std::vector<std::uint32_t> lengths_;
  std::vector<std::uint8_t> live_;
  std::size_t live_count_ = 0;
  std::uint64_t live_words_ = 0;
  std::unordered_map<std::string, std::vector<std::uint32_t>> by_recording_;
  Field exact_;
  Field folded_;
  std::vector<std::uint32_t> exact_to_folded_;
  VectorTable vectors_;
};

}  // namespace vang
