// How long a search takes at 100,000 moments: `search_bench [MOMENTS]`. Moments and questions are
// drawn from the units of the shipped word vectors by their frequency, so that common words have
// the long postings that they have in life. Wall time, and the thread's own time, which a busy
// machine does not stretch.
#include <fmt/core.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <random>

#include "libs/adapters/embedder/static_vectors/static_embedder.h"
#include "libs/adapters/embedder/static_vectors/vector_model.h"
#include "libs/adapters/search_index/embedded/embedded_search_index.h"
#include "libs/base/file.h"
#include "libs/base/temp_folder.h"
#include "libs/vietnamese/plain_text.h"

namespace vang {
namespace {

constexpr int kSegments = 200;  // in a recording
constexpr int kQuestions = 400;

double ThreadSeconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double Seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void Print(std::string_view name, std::vector<double> seconds) {
  std::sort(seconds.begin(), seconds.end());
  fmt::print("{:<24} p50 {:.2f} ms   p95 {:.2f} ms\n", name, seconds[seconds.size() / 2] * 1e3,
             seconds[seconds.size() * 95 / 100] * 1e3);
}

Status Run(int moments) {
  const std::string folder = std::string(VANG_SOURCE_DIR) + "/models/embedding/vang-static-1";
  VANG_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(folder + "/vectors.bin"));
  VANG_ASSIGN_OR_RETURN(const VectorModel model, DecodeVectorModel(bytes));
  VANG_ASSIGN_OR_RETURN(const auto embedder, OpenStaticEmbedder({folder}));
  TempFolder data;
  VANG_ASSIGN_OR_RETURN(
      const auto index,
      OpenEmbeddedSearchIndex({(data.path() / "index.db").string(), embedder->dimension()}));

  std::mt19937 random(1);
  std::discrete_distribution<std::size_t> unit(model.counts.begin(), model.counts.end());
  const auto sentence = [&](int units) {
    std::string text;
    for (int i = 0; i < units; ++i) text += model.units[unit(random)] + ' ';
    return text;
  };
  double change = 0;
  for (int at = 0; at < moments; at += kSegments) {
    std::vector<Point> points;
    for (int i = 0; i < std::min(kSegments, moments - at); ++i) {
      Point point;
      point.recording_id = fmt::format("r{:08}", at);
      point.id = fmt::format("{}-{:04}", point.recording_id, i);
      point.tenant = "a";
      point.text = sentence(5 + static_cast<int>(random() % 30));
      VANG_ASSIGN_OR_RETURN(point.vector, embedder->Embed({}, point.text));
      points.push_back(std::move(point));
    }
    const double began = Seconds();
    VANG_RETURN_IF_ERROR(index->ReplaceRecording({}, "a", points[0].recording_id, points));
    change += Seconds() - began;
  }
  fmt::print("{} moments; a recording of {} stored in {:.1f} ms on average\n", moments, kSegments,
             change * 1e3 * kSegments / moments);

  for (const bool bare : {false, true}) {
    std::vector<double> wall;
    std::vector<double> own;
    for (int i = 0; i < kQuestions; ++i) {
      SearchQuery query;
      query.tenant = "a";
      query.text = sentence(1 + static_cast<int>(random() % 5));
      if (bare) query.text = Unaccented(query.text);
      const double began = Seconds();
      const double own_began = ThreadSeconds();
      VANG_ASSIGN_OR_RETURN(query.vector, embedder->Embed({}, query.text));
      VANG_RETURN_IF_ERROR(index->Search({}, query).status());
      wall.push_back(Seconds() - began);
      own.push_back(ThreadSeconds() - own_began);
    }
    Print(bare ? "unaccented, wall" : "accented, wall", std::move(wall));
    Print(bare ? "unaccented, own time" : "accented, own time", std::move(own));
  }
  return {};
}

}  // namespace
}  // namespace vang

int main(int argc, char** argv) {
  const int moments = argc > 1 ? std::atoi(argv[1]) : 100'000;
  const vang::Status status = vang::Run(std::max(moments, 1));
  if (!status.ok()) fmt::print(stderr, "search_bench: {}\n", status.ToString());
  return status.ok() ? 0 : 1;
}
