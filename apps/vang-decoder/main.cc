// vang-decoder: FFmpeg's libraries, loaded and linked once, and a confined child for each file.
// See README.md.
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "apps/vang-decoder/confinement.h"
#include "apps/vang-decoder/serve.h"
#include "apps/vang-decoder/sound_decoding.h"

namespace {

// The folder has a subfolder, so a link, for each.
bool HasOneThread() {
  struct stat tasks {};
  return ::stat("/proc/self/task", &tasks) != 0 || tasks.st_nlink == 3;
}

}  // namespace

int main(int argc, char**) {
  struct stat input {};
  if (argc != 1 || ::fstat(STDIN_FILENO, &input) != 0 || !S_ISSOCK(input.st_mode)) {
    std::fputs("usage: vang-decoder\nDecodes what comes over a socket; started by Vang.\n", stderr);
    return 2;
  }
  if (!HasOneThread()) {
    std::fputs("vang-decoder: a library has started threads, whose locks children would inherit\n",
               stderr);
    return 1;
  }
  // Whoever reads no more closes the pipe; the write then says so.
  ::signal(SIGPIPE, SIG_IGN);
  if (::chdir("/") != 0) return 1;
  vang::PrepareSoundDecoding();
  return vang::Serve(STDIN_FILENO, [](const vang::decoder_wire::Order& order) {
    return vang::DecodeSound(
        {vang::kInput, order.input_bytes, order.demuxer, order.memory_bytes / 4},
        [](std::span<const float> samples) { return vang::WriteSamples(vang::kOutput, samples); });
  });
}
