// Datasets and models with their aliases: what the training-orchestrator owns. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/context.h"
#include "libs/common/event.h"

namespace vang {

struct DatasetItem {
  std::string edit_id;
  std::string recording_id;
  std::string audio_key;
  double offset = 0;    // seconds
  double duration = 0;  // seconds
  std::string text;
  std::string speaker;  // "<recording>/<label>" unless named
  std::string split;    // train, dev, test
};

struct Dataset {
  std::string id;
  std::string tenant;
  std::string name;
  std::int64_t version = 0;  // 1, 2, … within (tenant, name)
  TimeMs created_at = 0;
  std::string manifest_key;
  std::vector<DatasetItem> items;
};

struct RegisteredModel {
  std::string id;      // "vang-ctc-1"
  std::string kind;    // "speech"
  std::string family;  // vang_ctc, transducer, zipformer_ctc, nemo_ctc, whisper
  std::string folder;  // local folder with the model's files
  std::string card;    // JSON: licence, figures, data
  TimeMs created_at = 0;
};

struct AliasChange {
  std::string alias;  // "champion"
  std::string model_id;
  std::string previous_model_id;
  std::string action;  // promote, rollback
  TimeMs at = 0;
};

class RegistryStore {
 public:
  virtual ~RegistryStore() = default;

  // The correction becomes raw material for the next dataset. Putting the same edit again
  // replaces it.
  virtual Status PutCorrection(const Context& context, const std::string& tenant,
                               const DatasetItem& item) = 0;
  virtual Result<std::vector<DatasetItem>> ListCorrections(const Context& context,
                                                           const std::string& tenant) = 0;
  // Corrections and dataset rows of a deleted recording go. Returns how many rows went.
  virtual Result<int> EraseRecording(const Context& context, const std::string& tenant,
                                     const std::string& recording_id) = 0;

  // Stores the dataset as the next version of its name and returns it with that version.
  virtual Result<Dataset> AddDataset(const Context& context, Dataset dataset) = 0;
  virtual Result<Dataset> GetDataset(const Context& context, const std::string& tenant,
                                     const std::string& id) = 0;
  // Newest first, without items.
  virtual Result<std::vector<Dataset>> ListDatasets(const Context& context,
                                                    const std::string& tenant,
                                                    const std::string& cursor, int max) = 0;
  // The newest dataset of each tenant that has one, without items.
  virtual Result<std::vector<Dataset>> NewestDatasets(const Context& context) = 0;

  virtual Status PutModel(const Context& context, const RegisteredModel& model) = 0;
  virtual Result<std::vector<RegisteredModel>> ListModels(const Context& context) = 0;
  virtual Result<RegisteredModel> GetModel(const Context& context, const std::string& id) = 0;

  // The model an alias names now; kNotFound when it names none.
  virtual Result<std::string> GetAlias(const Context& context, const std::string& alias) = 0;
  // Points the alias at the model and remembers what it named before. kNotFound for no such model.
  virtual Result<AliasChange> SetAlias(const Context& context, const std::string& alias,
                                       const std::string& model_id, TimeMs at) = 0;
  // Points the alias back at what it named before the last promotion; kFailedPrecondition when
  // there is nothing to go back to.
  virtual Result<AliasChange> RollbackAlias(const Context& context, const std::string& alias,
                                            TimeMs at) = 0;
  virtual Result<std::vector<AliasChange>> AliasHistory(const Context& context,
                                                        const std::string& alias) = 0;
  virtual Status Ping(const Context& context) = 0;
};

}  // namespace vang
