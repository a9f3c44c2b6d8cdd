// The models of the installation and which of them is the champion. A promotion is tried in the
// recogniser's child first; only then does the alias move, and model.promoted says so.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/ports/event_bus.h"
#include "libs/ports/registry_store.h"
#include "libs/ports/upstream.h"

namespace vang::training {

inline constexpr char kChampion[] = "champion";

struct ModelPorts {
  RegistryStore* registry = nullptr;
  EventBus* bus = nullptr;
  Upstream* asr = nullptr;
  const Clock* clock = nullptr;
};

class Models {
 public:
  explicit Models(const ModelPorts& ports);

  // Registers the model that ships and makes it the champion when there is none. It is not tried
  // here: asr loads it when it starts, which comes to the same.
  Status RegisterDefault(const Context& context, const std::string& folder);

  // Registers the model in the absolute path `folder`: its id is model.json's "id" or the folder's
  // name. kInvalidArgument when the folder is no model or does not decode; kAlreadyExists when
  // another folder has the id.
  Result<RegisteredModel> Register(const Context& context, const std::string& folder);

  // kNotFound for no such model; kInvalidArgument, and nothing changes, when it does not decode.
  Result<RegisteredModel> Promote(const Context& context, const std::string& id);
  // Back to the champion before. It served before and asr keeps what it has when loading fails, so
  // it is not tried first: a rollback must be quick.
  Result<RegisteredModel> Rollback(const Context& context);

  Result<RegisteredModel> Champion(const Context& context);

  // Publishes the last change of the champion, unless that was done before a crash.
  Status FinishPromotion(const Context& context);

 private:
  Status Try(const Context& context, const RegisteredModel& model);

  const ModelPorts ports_;
  std::mutex mutex_;  // one change at a time
};

}  // namespace vang::training
