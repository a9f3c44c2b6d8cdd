#include "libs/adapters/search_index/tenant_index.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "libs/adapters/search_index/highlights.h"

namespace vang {

using Rules = RankingParameters;

struct TenantIndex::Question {
  std::vector<SearchTerm> words;  // as typed
  std::vector<QueryTerm> terms;   // each word once
  // Neighbouring words of the question, as positions in `terms`.
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  std::vector<std::uint8_t> eligible;  // by slot
  std::size_t ranked = Rules::kRanked;
  bool accented = false;  // any of the words
};

PreparedPoint PreparePoint(Point point, std::vector<std::int8_t> vector) {
  PreparedPoint prepared;
  prepared.terms = SearchTerms(point.text);
  prepared.vector = std::move(vector);
  prepared.point = std::move(point);
  prepared.point.vector.clear();
  return prepared;
}

std::uint32_t TenantIndex::Field::IdOf(const std::string& term) {
  const auto [found, added] = ids.try_emplace(term, static_cast<std::uint32_t>(postings.size()));
  if (added) {
    postings.emplace_back();
    live.push_back(0);
  }
  return found->second;
}

void TenantIndex::Put(PreparedPoint prepared) {
  Slot slot;
  slot.terms.reserve(prepared.terms.size());
  for (const SearchTerm& term : prepared.terms) {
    const std::uint32_t exact = exact_.IdOf(term.exact);
    if (exact == exact_to_folded_.size()) exact_to_folded_.push_back(folded_.IdOf(term.folded));
    slot.terms.push_back(exact);
  }
  slot.point = std::move(prepared.point);
  Insert(std::move(slot), prepared.vector);
}

void TenantIndex::Insert(Slot slot, const std::vector<std::int8_t>& vector) {
  const auto position = static_cast<std::uint32_t>(slots_.size());
  std::map<std::uint32_t, std::uint32_t> exact;
  std::map<std::uint32_t, std::uint32_t> folded;
  for (const std::uint32_t term : slot.terms) {
    ++exact[term];
    ++folded[exact_to_folded_[term]];
  }
  for (const auto& [counts, field] : {std::pair(&exact, &exact_), std::pair(&folded, &folded_)}) {
    for (const auto& [term, count] : *counts) {
      field->postings[term].push_back({position, count});
      ++field->live[term];
    }
  }
  live_words_ += slot.terms.size();
  ++live_count_;
  by_recording_[slot.point.recording_id].push_back(position);
  vectors_.Set(position, vector);
  live_.push_back(1);
  lengths_.push_back(static_cast<std::uint32_t>(slot.terms.size()));
  slots_.push_back(std::move(slot));
}

void TenantIndex::WeighAs(const WordStatistics& whole) {
  // What is here is there, too, however the statistics were come by.
  live_count_ = std::max<std::size_t>(live_count_, whole.points);
  live_words_ = std::max(live_words_, whole.words);
  for (const auto& [counts, field] :
       {std::pair(&whole.exact, &exact_), std::pair(&whole.folded, &folded_)}) {
    for (const auto& [term, count] : *counts) {
      const auto found = field->ids.find(term);
      if (found == field->ids.end()) continue;
      std::uint32_t& live = field->live[found->second];
      live =
          std::max(live, static_cast<std::uint32_t>(std::min<std::uint64_t>(count, live_count_)));
    }
  }
}

void TenantIndex::RemoveRecording(const std::string& recording_id) {
  const auto found = by_recording_.find(recording_id);
  if (found == by_recording_.end()) return;
  for (const std::uint32_t position : found->second) {
    Slot& slot = slots_[position];
    live_[position] = 0;
    --live_count_;
    live_words_ -= slot.terms.size();
    std::sort(slot.terms.begin(), slot.terms.end());
    slot.terms.erase(std::unique(slot.terms.begin(), slot.terms.end()), slot.terms.end());
    std::vector<std::uint32_t> folded;
    for (const std::uint32_t term : slot.terms) {
      --exact_.live[term];
      folded.push_back(exact_to_folded_[term]);
    }
    std::sort(folded.begin(), folded.end());
    folded.erase(std::unique(folded.begin(), folded.end()), folded.end());
    for (const std::uint32_t term : folded) --folded_.live[term];
    slot = Slot();
    vectors_.Set(position, {});
  }
  by_recording_.erase(found);
  // What is dead costs time in every search and never more memory than what lives.
  if (slots_.size() - live_count_ > live_count_ + 1'000) Compact();
}

void TenantIndex::Compact() {
  TenantIndex fresh;
  std::vector<std::string> spelled(exact_.ids.size());
  for (const auto& [term, id] : exact_.ids) spelled[id] = term;
  std::vector<std::string> unaccented(folded_.ids.size());
  for (const auto& [term, id] : folded_.ids) unaccented[id] = term;
  for (std::size_t position = 0; position < slots_.size(); ++position) {
    if (!live_[position]) continue;
    Slot slot = std::move(slots_[position]);
    for (std::uint32_t& term : slot.terms) {
      const std::uint32_t id = fresh.exact_.IdOf(spelled[term]);
      if (id == fresh.exact_to_folded_.size()) {
        fresh.exact_to_folded_.push_back(fresh.folded_.IdOf(unaccented[exact_to_folded_[term]]));
      }
      term = id;
    }
    fresh.Insert(std::move(slot), vectors_.Row(position));
  }
  *this = std::move(fresh);
}

std::vector<std::uint8_t> TenantIndex::Eligible(const SearchQuery& query) const {
  if (query.recording_id.empty() && query.speaker.empty() && !query.from && !query.to) return live_;
  std::vector<std::uint8_t> eligible(slots_.size());
  const auto consider = [&](std::size_t position) {
    const Point& point = slots_[position].point;
    eligible[position] = live_[position] &&
                         (query.speaker.empty() || point.speaker == query.speaker) &&
                         (!query.from || point.created_at >= *query.from) &&
                         (!query.to || point.created_at <= *query.to);
  };
  if (query.recording_id.empty()) {
    for (std::size_t position = 0; position < slots_.size(); ++position) consider(position);
  } else if (const auto found = by_recording_.find(query.recording_id);
             found != by_recording_.end()) {
    for (const std::uint32_t position : found->second) consider(position);
  }
  return eligible;
}

TenantIndex::Question TenantIndex::Read(const SearchQuery& query) const {
  Question question;
  question.words = SearchTerms(query.text);
  question.eligible = Eligible(query);
  question.ranked = std::max(Rules::kRanked, static_cast<std::size_t>(query.limit));
  std::map<std::string, std::size_t> seen;
  std::size_t before = 0;
  for (const SearchTerm& word : question.words) {
    const auto [at, added] = seen.try_emplace(word.exact, question.terms.size());
    if (added) {
      QueryTerm term;
      term.accented = word.accented();
      question.accented |= term.accented;
      const auto exact = exact_.ids.find(word.exact);
      if (exact != exact_.ids.end()) term.exact = exact->second;
      const auto folded = folded_.ids.find(word.folded);
      if (folded != folded_.ids.end()) term.folded = folded->second;
      question.terms.push_back(term);
    }
    question.terms[at->second].times += 1;
    if (&word != question.words.data()) question.pairs.emplace_back(before, at->second);
    before = at->second;
  }
  std::sort(question.pairs.begin(), question.pairs.end());
  question.pairs.erase(std::unique(question.pairs.begin(), question.pairs.end()),
                       question.pairs.end());
  return question;
}

double TenantIndex::Weight(const Field& field, std::uint32_t id) const {
  const auto with = static_cast<double>(field.live[id]);
  return std::log(1 + (static_cast<double>(live_count_) - with + 0.5) / (with + 0.5));
}

double TenantIndex::Score(double count, double weight, std::uint32_t slot) const {
  const double length = static_cast<double>(lengths_[slot]) * static_cast<double>(live_count_) /
                        static_cast<double>(live_words_);
  return weight * count * (Rules::kSaturation + 1) /
         (count + Rules::kSaturation * (1 - Rules::kLength + Rules::kLength * length));
}

void TenantIndex::KeepBest(std::size_t count, std::vector<Ranked>* ranked) const {
  const auto better = [this](const Ranked& a, const Ranked& b) {
    if (a.score != b.score) return a.score > b.score;
    return slots_[a.slot].point.id < slots_[b.slot].point.id;
  };
  const auto end = ranked->begin() + static_cast<std::ptrdiff_t>(std::min(count, ranked->size()));
  if (end != ranked->end()) std::nth_element(ranked->begin(), end, ranked->end(), better);
  ranked->erase(end, ranked->end());
  std::sort(ranked->begin(), ranked->end(), better);
}

// An accented word of the question finds other accents too in the unaccented ranking, for less.
TenantIndex::Ranking TenantIndex::RankWords(const Question& question, bool folded) const {
  Ranking ranking;
  std::vector<double>& scores = ranking.scores;
  scores.resize(slots_.size());
  std::vector<std::uint32_t> found;
  for (const QueryTerm& term : question.terms) {
    const Field& field = folded ? folded_ : exact_;
    const std::uint32_t id = folded ? term.folded : term.exact;
    if (id == QueryTerm::kNone) continue;
    static const std::vector<Posting> kNone;
    const bool discounted = folded && term.accented;
    const std::vector<Posting>& same =
        discounted && term.exact != QueryTerm::kNone ? exact_.postings[term.exact] : kNone;
    const double weight = Weight(field, id) * term.times;
    auto as_typed = same.begin();
    for (const Posting& posting : field.postings[id]) {
      if (!question.eligible[posting.slot]) continue;
      double count = posting.count;
      if (discounted) {
        while (as_typed != same.end() && as_typed->slot < posting.slot) ++as_typed;
        const double typed =
            as_typed != same.end() && as_typed->slot == posting.slot ? as_typed->count : 0;
        count = typed + Rules::kOtherAccents * (count - typed);
      }
      if (scores[posting.slot] == 0) found.push_back(posting.slot);
      scores[posting.slot] += Score(count, weight, posting.slot);
    }
  }
  ranking.best.reserve(found.size());
  for (const std::uint32_t slot : found) ranking.best.push_back({slot, scores[slot]});
  if (!question.pairs.empty()) {
    KeepBest(std::max(Rules::kExamined, question.ranked), &ranking.best);
    for (Ranked& one : ranking.best) one.score += Adjacency(question, folded, one.slot);
  }
  KeepBest(question.ranked, &ranking.best);
  return ranking;
}

double TenantIndex::Adjacency(const Question& question, bool folded, std::uint32_t slot) const {
  const std::vector<std::uint32_t>& terms = slots_[slot].terms;
  const auto id_at = [&](std::size_t i) { return folded ? exact_to_folded_[terms[i]] : terms[i]; };
  double sum = 0;
  for (const auto& [first, second] : question.pairs) {
    const QueryTerm& a = question.terms[first];
    const QueryTerm& b = question.terms[second];
    const std::uint32_t left = folded ? a.folded : a.exact;
    const std::uint32_t right = folded ? b.folded : b.exact;
    if (left == QueryTerm::kNone || right == QueryTerm::kNone) continue;
    for (std::size_t i = 0; i + 1 < terms.size(); ++i) {
      if (id_at(i) != left || id_at(i + 1) != right) continue;
      const Field& field = folded ? folded_ : exact_;
      sum += Rules::kAdjacent * (Weight(field, left) + Weight(field, right));
      break;
    }
  }
  return sum;
}

double TenantIndex::WordShare(const Question& question, bool folded, const Ranking& ranking,
                              std::uint32_t slot) const {
  if (ranking.scores[slot] == 0) return 0;
  return (ranking.scores[slot] + Adjacency(question, folded, slot)) / ranking.best[0].score;
}

TenantIndex::Ranking TenantIndex::RankMeaning(const Question& question,
                                              const std::vector<std::int8_t>& vector) const {
  Ranking ranking;
  std::vector<float> cosines;
  vectors_.Cosines(vector, &cosines);
  ranking.scores.assign(slots_.size(), 0);
  for (std::size_t slot = 0; slot < cosines.size(); ++slot) {
    if (cosines[slot] < Rules::kMeaningFloor || !question.eligible[slot]) continue;
    ranking.best.push_back({static_cast<std::uint32_t>(slot), cosines[slot]});
  }
  KeepBest(question.ranked, &ranking.best);
  for (const Ranked& one : ranking.best) ranking.scores[one.slot] = one.score;
  return ranking;
}

bool TenantIndex::HasAll(const Question& question, bool as_typed, std::uint32_t slot) const {
  const std::vector<std::uint32_t>& terms = slots_[slot].terms;
  return std::all_of(question.terms.begin(), question.terms.end(), [&](const QueryTerm& term) {
    return std::any_of(terms.begin(), terms.end(), [&](std::uint32_t id) {
      return as_typed && term.accented ? id == term.exact : exact_to_folded_[id] == term.folded;
    });
  });
}

void TenantIndex::LiftAsTyped(const Question& question, std::vector<Ranked>* found) const {
  double alike = -1;
  std::vector<Ranked*> as_typed;
  for (Ranked& one : *found) {
    if (!HasAll(question, false, one.slot)) continue;
    if (HasAll(question, true, one.slot)) {
      as_typed.push_back(&one);
    } else {
      alike = std::max(alike, one.score);
    }
  }
  for (Ranked* one : as_typed) {
    if (one->score <= alike) one->score = alike + Rules::kLift * (1 + one->score);
  }
}

std::vector<SearchHit> TenantIndex::Search(const SearchQuery& query) const {
  const Question question = Read(query);
  const Ranking exact = RankWords(question, false);
  const Ranking folded = RankWords(question, true);
  const Ranking meaning = RankMeaning(question, QuantiseVector(query.vector));
  std::unordered_map<std::uint32_t, std::array<int, 3>> ranks;  // by slot, in each
  for (const auto& [ranking, at] :
       {std::pair(&exact, 0U), std::pair(&folded, 1U), std::pair(&meaning, 2U)}) {
    int rank = 0;
    for (const Ranked& one : ranking->best) ranks[one.slot][at] = ++rank;
  }
  const double spelling = question.accented ? Rules::kSpelling : 0;
  std::vector<Ranked> found;
  found.reserve(ranks.size());
  for (const auto& [slot, in_each] : ranks) {
    found.push_back({slot, (1 - spelling) * WordShare(question, true, folded, slot) +
                               spelling * WordShare(question, false, exact, slot) +
                               Rules::kMeaning * meaning.scores[slot]});
  }
  if (question.accented) LiftAsTyped(question, &found);
  KeepBest(static_cast<std::size_t>(query.limit), &found);
  std::vector<SearchHit> hits;
  for (const Ranked& one : found) {
    const std::array<int, 3>& in_each = ranks.at(one.slot);
    SearchHit hit;
    hit.point = slots_[one.slot].point;
    hit.score = one.score;
    hit.rank_exact = in_each[0];
    hit.rank_folded = in_each[1];
    hit.rank_meaning = in_each[2];
    hit.highlights = FindHighlights(question.words, hit.point.text);
    hits.push_back(std::move(hit));
  }
  return hits;
}

}  // namespace vang
