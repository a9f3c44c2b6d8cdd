#include "libs/speech/ctc_beam.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace vang {
namespace {

constexpr float kImpossible = -std::numeric_limits<float>::infinity();

float LogAdd(float a, float b) {
  if (a < b) std::swap(a, b);
  // Also where both are impossible: their difference is not a number.
  if (b == kImpossible || a - b > 16.0F) return a;
  return a + std::log1p(std::exp(b - a));
}

}  // namespace

float SyllableScore(const NgramModel* model, const CtcDecoderOptions& options,
                    const WordContext& context, WordId word) {
  float score = options.syllable_bonus;
  if (model == nullptr) return score;
  const float log_prob =
      word == Vocabulary::kUnknown ? options.unknown_log_prob : model->LogProb(context, word);
  return score + options.lm_weight * log_prob;
}

CtcBeam::CtcBeam(const TokenTable& tokens, const SyllableLexicon& lexicon, const NgramModel* model,
                 const CtcDecoderOptions& options)
    : tokens_(tokens), lexicon_(lexicon), model_(model), options_(options) {
  nodes_.emplace_back();
  beam_.push_back({kRoot, 0, kImpossible, 0});
}

void CtcBeam::SelectTokens(std::span<const float> log_probs) {
  const float least = *std::max_element(log_probs.begin(), log_probs.end()) - options_.token_margin;
  selected_.clear();
  for (TokenId token = 1; token < log_probs.size(); ++token) {
    if (log_probs[token] >= least) selected_.push_back(token);
  }
  const auto wanted = static_cast<std::size_t>(options_.tokens_per_frame);
  if (selected_.size() <= wanted) return;
  std::nth_element(selected_.begin(), selected_.begin() + static_cast<std::ptrdiff_t>(wanted),
                   selected_.end(),
                   [&](TokenId a, TokenId b) { return log_probs[a] > log_probs[b]; });
  selected_.resize(wanted);
}

bool CtcBeam::MayFollow(const Node& node, TokenId token) const {
  const bool open = tokens_.kind(node.token) == TokenKind::kOnset;
  return open == (tokens_.kind(token) == TokenKind::kRime);
}

CtcBeam::NodeId CtcBeam::Child(NodeId parent, TokenId token) {
  for (NodeId child = nodes_[parent].first_child; child != kNone;
       child = nodes_[child].next_sibling) {
    if (nodes_[child].token == token) return child;
  }
  const auto id = static_cast<NodeId>(nodes_.size());
  Node node;
  node.parent = parent;
  node.token = token;
  node.next_sibling = nodes_[parent].first_child;
  node.context = nodes_[parent].context;
  node.text_score = nodes_[parent].text_score;
  if (tokens_.kind(token) != TokenKind::kOnset) {
    const WordId word = tokens_.kind(token) == TokenKind::kRime
                            ? lexicon_.Find(nodes_[parent].token, token)
                            : Vocabulary::kUnknown;
    node.text_score += SyllableScore(model_, options_, node.context, word);
    node.context = {node.context[1], word};
  }
  nodes_[parent].first_child = id;
  nodes_.push_back(node);
  return id;
}

CtcBeam::Node& CtcBeam::Touch(NodeId id) {
  Node& node = nodes_[id];
  if (node.frame != frame_) {
    node.frame = frame_;
    node.blank = kImpossible;
    node.token_end = kImpossible;
    touched_.push_back(id);
  }
  return node;
}

void CtcBeam::Step(std::span<const float> log_probs) {
  ++frame_;
  touched_.clear();
  SelectTokens(log_probs);
  for (const Hypothesis& from : beam_) {
    const float total = LogAdd(from.blank, from.token_end);
    Node& same = Touch(from.node);
    same.blank = LogAdd(same.blank, total + log_probs[TokenTable::kBlank]);
    if (from.node != kRoot) {
      same.token_end = LogAdd(same.token_end, from.token_end + log_probs[same.token]);
    }
    for (const TokenId token : selected_) {
      if (!MayFollow(nodes_[from.node], token)) continue;
      // Two equal units in a row need a blank between them.
      const float start = token == nodes_[from.node].token ? from.blank : total;
      if (start == kImpossible) continue;
      Node& longer = Touch(Child(from.node, token));
      longer.token_end = LogAdd(longer.token_end, start + log_probs[token]);
    }
  }
  Prune();
}

void CtcBeam::Prune() {
  beam_.clear();
  float best = kImpossible;
  for (const NodeId id : touched_) {
    const Node& node = nodes_[id];
    const float score = LogAdd(node.blank, node.token_end) + node.text_score;
    best = std::max(best, score);
    beam_.push_back({id, node.blank, node.token_end, score});
  }
  std::erase_if(beam_, [&](const Hypothesis& h) { return h.score < best - options_.beam_margin; });
  const auto wanted = static_cast<std::size_t>(options_.beam);
  if (beam_.size() <= wanted) return;
  // Ties are broken by age, so that equal input gives equal output.
  std::nth_element(beam_.begin(), beam_.begin() + static_cast<std::ptrdiff_t>(wanted), beam_.end(),
                   [](const Hypothesis& a, const Hypothesis& b) {
                     return a.score != b.score ? a.score > b.score : a.node < b.node;
                   });
  beam_.resize(wanted);
}

std::vector<TokenId> CtcBeam::Best() const {
  // Where every prefix still waits for a rime, the best of them loses its onset.
  NodeId best = kRoot;
  float best_score = kImpossible;
  bool best_open = true;
  for (const Hypothesis& hypothesis : beam_) {
    const Node& node = nodes_[hypothesis.node];
    const bool open = tokens_.kind(node.token) == TokenKind::kOnset;
    const NodeId end = open ? node.parent : hypothesis.node;
    float score = hypothesis.score;
    if (model_ != nullptr && options_.end_weight > 0) {
      score += options_.lm_weight * options_.end_weight *
               model_->LogProb(nodes_[end].context, Vocabulary::kEnd);
    }
    if (std::pair(open, -score) < std::pair(best_open, -best_score)) {
      best = end;
      best_score = score;
      best_open = open;
    }
  }
  std::vector<TokenId> tokens;
  for (NodeId id = best; id != kRoot; id = nodes_[id].parent) tokens.push_back(nodes_[id].token);
  std::reverse(tokens.begin(), tokens.end());
  return tokens;
}

}  // namespace vang
