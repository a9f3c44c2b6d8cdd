// The shared store, with a faster way for what happens most: a new recording with its events.
#include "libs/adapters/metadata_store/postgres/postgres_metadata_store.h"

#include "libs/adapters/metadata_store/postgres/new_recording.h"
#include "libs/adapters/metadata_store/sql_metadata_store.h"
#include "libs/adapters/postgres/open_store.h"

namespace vang {
namespace {

class PostgresMetadataStore : public SqlMetadataStore<postgres::Database> {
 public:
  using SqlMetadataStore::SqlMetadataStore;

  Result<bool> Commit(const Context& context, const Change& change) override {
    const auto* put = change.mutations.size() == 1
                          ? std::get_if<PutRecording>(&change.mutations.front())
                          : nullptr;
    if (put != nullptr) {
      auto applied = InsertNewRecording(database(), context, put->row, change);
      // The recording is there: then it takes a transaction.
      if (applied.status().code() != Code::kAlreadyExists) return applied;
    }
    return SqlMetadataStore::Commit(context, change);
  }
};

}  // namespace

Result<std::unique_ptr<MetadataStore>> OpenPostgresMetadataStore(const postgres::Config& config) {
  return postgres::OpenStore<MetadataStore, PostgresMetadataStore>(config, MetadataSchema());
}

}  // namespace vang
