// ingestion: takes audio from clients and keeps it.
//   POST /v1/recordings   multipart (field "file", optional "title", any order) or a raw body
//                         (?title=&file_name=) → 202 + Location, or 200 when the same audio is
//                         there
// Streams into the object store while hashing; answers only after audio, row and event are durable.
#pragma once

#include <cstdint>
#include <memory>

#include "libs/ports/object_store.h"
#include "libs/ports/upstream.h"
#include "libs/runtime/metrics.h"
#include "libs/runtime/module.h"

namespace vang {

struct IngestionPorts {
  ObjectStore* objects = nullptr;
  Upstream* metadata = nullptr;  // registers what was stored
  Metrics* metrics = nullptr;
};

struct IngestionOptions {
  std::uint64_t max_upload_bytes = std::uint64_t{8} << 30;
};

std::unique_ptr<Module> MakeIngestion(const IngestionPorts& ports, const IngestionOptions& options);

}  // namespace vang
