// Objects on their way from one store to another: each read once with its SHA-256, written, read
// back and compared.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "apps/vang/import/marks.h"
#include "libs/ports/object_store.h"

namespace vang::cli {

struct ObjectCounts {
  std::int64_t all = 0;
  std::uint64_t bytes = 0;
  std::int64_t there = 0;  // at the destination, of the same size
  std::int64_t copied = 0;
  std::int64_t compared = 0;    // were there, and were read and compared
  std::int64_t remembered = 0;  // were there, compared by an import that was interrupted
};

using Progress = std::function<void(const std::string& line)>;

// What there is and how much of it is at the destination. kFailedPrecondition, naming one, when
// other objects are there; with `to` null nothing is. Changes nothing.
Result<ObjectCounts> LookAtObjects(const Context& context, ObjectStore& from, ObjectStore* to);

// Brings all objects to the destination. kDataLoss, naming the object, when one is damaged at the
// source (an audio object's name is its SHA-256), which is not copied, or differs at the
// destination.
Status MoveObjects(const Context& context, ObjectStore& from, ObjectStore& to, Marks* marks,
                   const Progress& progress, ObjectCounts* counts);

}  // namespace vang::cli
