// Moments of recordings, found by words and by meaning. A point is one moment; its id is derived
// from (recording, version, segment), so indexing twice replaces. Upsert and delete are durable on
// return. Thread-safe. The index is rebuildable: nothing lives only here.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/context.h"

namespace vang {

struct Point {
  std::string id;
  std::string tenant;
  std::string recording_id;
  std::string version_id;
  std::int64_t segment = 0;
  double start = 0;  // seconds
  double end = 0;
  std::string speaker;
  TimeMs created_at = 0;      // of the recording
  std::string text;           // readable
  std::vector<float> vector;  // unit length, or empty when the text has no meaning to embed
};

struct SearchQuery {
  std::string tenant;  // required
  std::string text;
  std::vector<float> vector;  // of `text`; empty = words only
  int limit = 10;
  std::string recording_id;  // filters; empty = any
  std::string speaker;
  std::optional<TimeMs> from;
  std::optional<TimeMs> to;
};

// Bytes of the point's text that a query word matched.
struct Highlight {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

struct SearchHit {
  Point point;  // without the vector
  double score = 0;
  // What each field gave: rank from 1, 0 = not found by it.
  int rank_exact = 0;
  int rank_folded = 0;
  int rank_meaning = 0;
  std::vector<Highlight> highlights;  // in order, not overlapping
};

class SearchIndex {
 public:
  virtual ~SearchIndex() = default;

  // Makes `points` the only points of the recording's version and drops those of its other
  // versions, all at once. All belong to one recording.
  virtual Status ReplaceRecording(const Context& context, const std::string& tenant,
                                  const std::string& recording_id,
                                  const std::vector<Point>& points) = 0;
  virtual Status DeleteRecording(const Context& context, const std::string& tenant,
                                 const std::string& recording_id) = 0;

  // By words and meaning (libs/adapters/search_index/tenant_index.h), best first; ties by id.
  virtual Result<std::vector<SearchHit>> Search(const Context& context,
                                                const SearchQuery& query) = 0;

  virtual Result<std::uint64_t> CountPoints(const Context& context, const std::string& tenant,
                                            const std::string& recording_id) = 0;
  // Drops every point.
  virtual Status Clear(const Context& context) = 0;
  // SHA-256 over all points in id order.
  virtual Result<std::string> ContentHash(const Context& context) = 0;

  // Makes the index anew: `fill` puts all there is into the index it is given. Nobody else may
  // write meanwhile. Where the technology allows, searches find what was there until `fill` is done
  // and all of the new afterwards, and nothing changes when it fails; else the index is cleared
  // first and filled in place.
  virtual Status Rebuild(const Context& context,
                         const std::function<Status(SearchIndex& fresh)>& fill) {
    VANG_RETURN_IF_ERROR(Clear(context));
    return fill(*this);
  }

  virtual Status Ping(const Context& context) = 0;
  // What it stands on, for /readyz; empty when there is nothing to say.
  virtual std::string Facts() const { return {}; }
};

}  // namespace vang
