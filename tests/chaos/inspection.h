// What a tenant has in the stores, counted and hashed: the chaos suite's judge.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "libs/base/status.h"
#include "libs/ports/event_bus.h"
#include "libs/ports/metadata_store.h"
#include "libs/ports/object_store.h"
#include "libs/ports/search_index.h"

namespace vang {

// What there is to look at.
struct Planes {
  ObjectStore* objects = nullptr;
  EventBus* bus = nullptr;
  MetadataStore* metadata = nullptr;
  SearchIndex* index = nullptr;
};

struct Inspection {
  std::map<std::string, std::uint64_t> objects;  // by kind: "audio", "raw", …
  std::map<std::string, std::uint64_t> events;   // by subject; those of no recording, of anybody
  std::set<std::string> recordings;              // ids of rows
  std::uint64_t completed = 0;
  std::uint64_t versions = 0;
  std::uint64_t segments = 0;  // of the current versions
  std::uint64_t points = 0;    // in the index, of these recordings
  // Over every object's key and bytes. Two folders into which the same audio was uploaded have the
  // same one, however often the process was killed.
  std::string object_hash;
  // By the SHA-256 of a recording's audio, a hash over its readable segments' times and texts. It
  // is the same for every tenant.
  std::map<std::string, std::string> texts;
};

// The tenant's.
Result<Inspection> Inspect(const Planes& planes, const std::string& tenant);

// A data folder after its server has gone.
Result<Inspection> InspectFolder(const std::filesystem::path& data, const std::string& tenant);

}  // namespace vang
