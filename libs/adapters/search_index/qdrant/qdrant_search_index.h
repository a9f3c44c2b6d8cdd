// The search index of the distributed shape: points in Qdrant, by its HTTP API (1.13 or newer).
//
// Kept there, in one collection for all tenants:
//   - a moment: the vector `meaning` (a byte a component, as the embedded index has it), the sparse
//     vectors `exact` and `folded` (the weight of each word in the text), and the whole point as
//     payload. Its id is derived from tenant, point and generation: what is stored twice is one.
//   - a head for each recording: which generation of its moments is the one to be found. Writing
//     that one point is what makes a change visible, all at once; moments that no head names were
//     left by a writer that died, are never found, and go with the recording's next change.
//
// Ranking. Qdrant chooses candidates, tenant first: the best 1,000 by `exact`, the best 1,000 by
// `folded` and the 200 nearest by `meaning`. They are then ranked by the code that ranks the
// embedded index, with the word statistics of the whole tenant. Qdrant's own `idf` and fusion are
// not used: its statistics are those of all tenants together, and neither accents that count where
// they were typed nor words side by side can be said in it. So both shapes give the same hits,
// scores and order, but for this:
//   - where more than 1,000 moments share words with the question, the candidates are chosen by
//     weights that take an average length for granted, and may differ at the edge;
//   - the nearest by `meaning` are exact up to some ten thousand moments of a tenant, then found by
//     a graph (HNSW, ef 256), which misses a few in a hundred;
//   - of more than 200 moments with one and the same vector, Qdrant chooses which are seen;
//   - what other processes wrote in the last 30 s may not have moved the weights of words yet.
//     Found it is at once.
//   - while Qdrant rearranges its segments ("yellow") it estimates how often words occur, in 1.16.3
//     up to three in a hundred off, and their weights follow.
//
// The clocks of all processes must agree to within half a minute.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "libs/base/clock.h"
#include "libs/ports/search_index.h"

namespace vang {

struct QdrantSearchIndexConfig {
  std::string url;           // "http://127.0.0.1:6333"
  std::string api_key = "";  // empty = the server wants none
  // PEM file with the authorities to trust; empty = those of the system.
  std::filesystem::path ca_file = {};
  // An alias. Behind it stands <name>-1, after a rebuild <name>-2 and so on.
  std::string collection = "vang";
  int dimension = 0;         // of the vectors
  Duration timeout{30'000};  // of one request, within the caller's deadline
  const Clock* clock = &Clock::System();
};

// kInvalidArgument for a bad configuration. Waits for no server: the first use that finds it asks
// its version and makes the collection when there is none. From then on kFailedPrecondition for a
// server that is too old and for a collection with vectors of another size, which only Rebuild
// heals; kUnavailable while the server is away; kUnauthenticated or kPermissionDenied for a key
// that it does not take.
Result<std::unique_ptr<SearchIndex>> OpenQdrantSearchIndex(const QdrantSearchIndexConfig& config);

}  // namespace vang
