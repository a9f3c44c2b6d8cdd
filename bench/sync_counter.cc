// Preloaded into a server under test: counts fsync and fdatasync in a file that the benchmark
// reads. The file holds one 64-bit number; its path is in VANG_SYNC_COUNTER.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>

namespace {

std::atomic<std::uint64_t>* Counter() {
  static auto* counter = [] {
    static std::atomic<std::uint64_t> nowhere;
    const char* path = std::getenv("VANG_SYNC_COUNTER");
    const int fd = path == nullptr ? -1 : ::open(path, O_RDWR | O_CLOEXEC);
    void* memory = fd < 0
                       ? MAP_FAILED
                       : ::mmap(nullptr, sizeof nowhere, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return memory == MAP_FAILED ? &nowhere : static_cast<std::atomic<std::uint64_t>*>(memory);
  }();
  return counter;
}

int Call(const char* name, int fd) {
  Counter()->fetch_add(1);
  return reinterpret_cast<int (*)(int)>(::dlsym(RTLD_NEXT, name))(fd);
}

}  // namespace

extern "C" int fsync(int fd) { return Call("fsync", fd); }
extern "C" int fdatasync(int fd) { return Call("fdatasync", fd); }
