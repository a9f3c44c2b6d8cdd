// SIGSTOP, waited for: the signal alone returns while threads of the process still run.
#pragma once

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace vang {

// Or ended.
inline bool IsStopped(const std::filesystem::path& task) {
  std::ifstream stat(task / "stat");
  std::string text((std::istreambuf_iterator<char>(stat)), {});
  const std::size_t name_end = text.rfind(')');
  return name_end == std::string::npos || text.find_first_of("TZX", name_end) == name_end + 2;
}

// Returns once no thread of the process runs any more.
inline void FreezeProcess(pid_t pid) {
  ::kill(pid, SIGSTOP);
  const std::filesystem::path tasks = "/proc/" + std::to_string(pid) + "/task";
  for (bool all = false; !all;) {
    all = true;
    std::error_code gone;
    for (const auto& task : std::filesystem::directory_iterator(tasks, gone)) {
      all = all && IsStopped(task.path());
    }
    if (!all) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace vang
