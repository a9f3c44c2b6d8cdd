// How often words occur among a tenant's moments, asked of the server and remembered for half a
// minute: the weights of words hardly move in that time, and a question would otherwise cost a
// request for each of its words. Thread-safe.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "libs/adapters/search_index/qdrant/client.h"
#include "libs/adapters/search_index/tenant_index.h"
#include "libs/base/guarded.h"
#include "libs/vietnamese/search_terms.h"

namespace vang::qdrant {

class WordCounts {
 public:
  WordCounts(Client* client, const Clock* clock) : client_(client), clock_(clock) {}

  // Of the words of a question.
  Result<WordStatistics> Ask(const Context& context, const std::string& collection,
                             const std::string& tenant, const std::vector<SearchTerm>& words);
  // This process has changed the tenant's points; empty = everybody's.
  void Forget(const std::string& tenant);

 private:
  struct Known {
    TimeMs since = 0;
    std::uint64_t points = 0;
    std::uint64_t words = 0;
    std::unordered_map<std::int64_t, std::uint64_t> counts;
  };
  struct Memory {
    std::unordered_map<std::string, Known> tenants;
    std::uint64_t changes = 0;  // calls of Forget: what was asked before the last one is not kept
  };

  Status AskLengths(const Context& context, const std::string& collection,
                    const std::string& tenant, Known* known);

  Client* const client_;
  const Clock* const clock_;
  Guarded<Memory> memory_;
};

}  // namespace vang::qdrant
