// The program vang-decoder, started once and kept warm: its libraries are linked when a file comes,
// and a decoding costs a fork. Private to the adapter.
#pragma once

#include <memory>
#include <string>

#include "libs/adapters/audio_decoder/ffmpeg/wire.h"
#include "libs/base/guarded.h"
#include "libs/base/subprocess.h"
#include "libs/runtime/metrics.h"

namespace vang {

// The child that decodes one file. It is ours, and dies when `alive` is closed.
struct DecodingChild {
  Subprocess process;  // output: samples; error: decoder_wire::Report
  FileDescriptor alive;
};

// Thread-safe. Its end takes the program with it; children that decode go on.
class WarmDecoder {
 public:
  // `program` is a path; `metrics` may be null.
  WarmDecoder(std::string program, Metrics* metrics)
      : program_(std::move(program)), metrics_(metrics) {}

  // Starts the program and does not wait until it is ready. Start does it too when it must.
  Status Prepare();

  // A child for `file`, which must stay open until this returns. A program that has died is started
  // anew, once; one that has not answered when the context ends, or for long, is killed.
  Result<DecodingChild> Start(const Context& context, int file, const decoder_wire::Order& order);

 private:
  struct Program {
    Subprocess process;
    FileDescriptor socket;  // takes orders
  };
  using ProgramPtr = std::shared_ptr<Program>;

  Result<ProgramPtr> Running();
  // Kills `program`, so that nothing more comes of it; the next call starts another.
  void Discard(const ProgramPtr& program);
  Result<DecodingChild> Ask(const Context& context, const ProgramPtr& program, int file,
                            const decoder_wire::Order& order);

  const std::string program_;
  Metrics* const metrics_;
  Guarded<ProgramPtr> running_;  // null: none
};

}  // namespace vang
