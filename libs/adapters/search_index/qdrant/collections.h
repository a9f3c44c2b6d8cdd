// The collections that hold the index, and the alias that names the one in use. Thread-safe.
#pragma once

#include <optional>
#include <string>

#include "libs/adapters/search_index/qdrant/client.h"
#include "libs/base/guarded.h"

namespace vang::qdrant {

class Collections {
 public:
  Collections(Client* client, const QdrantSearchIndexConfig& config)
      : client_(client), alias_(config.collection), dimension_(config.dimension) {}

  // The alias's path, once the server is known to be new enough and the alias to name a collection
  // that can hold our points; makes one when there is none. Asks once.
  Result<std::string> Ready(const Context& context);
  // Asks again next time: the collection is gone.
  void NotReady() { *ready_.Lock() = std::nullopt; }
  std::string Facts() const;

  // An empty collection beside the one in use; its path.
  Result<std::string> MakeNext(const Context& context);
  Status DropNext(const Context& context);
  // The alias names the next collection from now on; the one before is dropped.
  Status UseNext(const Context& context);

 private:
  struct Known {
    std::string version;
  };

  Status CheckVersion(const Context& context, std::string* version);
  Status CheckCollection(const Context& context);
  // The number behind the name of the collection in use; 0 when there is none.
  Result<int> Current(const Context& context);
  Status Make(const Context& context, const std::string& name);
  Status Drop(const Context& context, const std::string& name);
  Status PointAlias(const Context& context, const std::string& name, bool replace);
  std::string Name(int number) const { return alias_ + "-" + std::to_string(number); }

  Client* const client_;
  const std::string alias_;
  const int dimension_;
  mutable Guarded<std::optional<Known>> ready_;
};

}  // namespace vang::qdrant
