// What a data folder holds, counted and hashed after the server has gone: the chaos suite's judge.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "libs/base/status.h"

namespace vang {

struct Inspection {
  std::map<std::string, std::uint64_t> objects;  // by kind: "audio", "raw", …
  std::map<std::string, std::uint64_t> events;   // by subject
  std::set<std::string> recordings;              // ids of rows
  std::uint64_t completed = 0;
  std::uint64_t versions = 0;
  std::uint64_t segments = 0;  // of the current versions
  std::uint64_t points = 0;    // in the index
  // Over every object's key and bytes. Two folders into which the same audio was uploaded have the
  // same one, however often the process was killed.
  std::string object_hash;
  // The index.s own, over all points; it holds when recordings were made, so it compares one folder
  // with itself.
  std::string point_hash;
};

Result<Inspection> Inspect(const std::filesystem::path& data, const std::string& tenant);

}  // namespace vang
