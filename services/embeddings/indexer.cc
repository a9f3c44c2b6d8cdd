#include "services/embeddings/indexer.h"

#include <algorithm>

#include "libs/base/uuid.h"
#include "libs/common/transcript.h"

namespace vang::embeddings {
namespace {

// More changes than this during one indexing are left to the next attempt.
constexpr int kRounds = 8;

// The newest readable version by the rows, or the announced one when it is not older: a version
// that the rows do not know yet will be the newest.
std::optional<AnnouncedVersion> Choose(const RecordingState& state,
                                       const std::optional<AnnouncedVersion>& announced) {
  const auto newest =
      std::find_if(state.versions.rbegin(), state.versions.rend(),
                   [](const ReadableVersion& version) { return !version.readable_key.empty(); });
  if (announced) {
    const auto known = std::find_if(
        state.versions.begin(), state.versions.end(),
        [&](const ReadableVersion& v) { return v.version_id == announced->version_id; });
    if (newest == state.versions.rend() || known == state.versions.end() ||
        known->number >= newest->number) {
      return announced;
    }
  }
  if (newest == state.versions.rend()) return std::nullopt;
  return AnnouncedVersion{newest->version_id, newest->readable_key};
}

// Whether what is indexed from `before` is what would be indexed from `now`.
bool SameSource(const RecordingState& before, const RecordingState& now,
                const std::optional<AnnouncedVersion>& announced) {
  const auto was = Choose(before, announced);
  const auto is = Choose(now, announced);
  return was.has_value() == is.has_value() && (!was || was->version_id == is->version_id) &&
         before.overlays == now.overlays;
}

}  // namespace

Result<std::optional<Indexed>> Indexer::Index(const Context& context, const std::string& tenant,
                                              const std::string& recording_id,
                                              const std::optional<AnnouncedVersion>& announced) {
  VANG_ASSIGN_OR_RETURN(auto state, LookUpRecording(context, metadata_, tenant, recording_id));
  for (int round = 0; round < kRounds; ++round) {
    if (!state) {
      VANG_RETURN_IF_ERROR(Delete(context, tenant, recording_id));
      return std::optional<Indexed>();
    }
    const auto version = Choose(*state, announced);
    if (!version) return std::optional<Indexed>();
    auto indexed = Store(context, tenant, recording_id, *state, *version);
    VANG_ASSIGN_OR_RETURN(auto now, LookUpRecording(context, metadata_, tenant, recording_id));
    // The objects go with the recording: that they cannot be read is no fault then.
    if (now && !indexed.ok()) return indexed.status();
    if (now && SameSource(*state, *now, announced)) return std::optional<Indexed>(*indexed);
    state = std::move(now);
  }
  if (!state) {
    VANG_RETURN_IF_ERROR(Delete(context, tenant, recording_id));
    return std::optional<Indexed>();
  }
  return Aborted("recording " + recording_id + " changes faster than it can be indexed");
}

Result<Indexed> Indexer::Store(const Context& context, const std::string& tenant,
                               const std::string& recording_id, const RecordingState& state,
                               const AnnouncedVersion& version) {
  auto bytes = objects_->Get(context, version.readable_key);
  if (!bytes.ok()) return bytes.status().Wrap("reading " + version.readable_key);
  auto transcript = DecodeReadableTranscript(*bytes);
  if (!transcript.ok()) return transcript.status().Wrap(version.readable_key);
  std::vector<Point> points;
  points.reserve(transcript->segments.size());
  for (std::size_t i = 0; i < transcript->segments.size(); ++i) {
    const ReadableSegment& segment = transcript->segments[i];
    Point point;
    point.segment = static_cast<std::int64_t>(i);
    point.id = DerivedId("point", recording_id, version.version_id, std::to_string(i));
    point.tenant = tenant;
    point.recording_id = recording_id;
    point.version_id = version.version_id;
    point.start = segment.start;
    point.end = segment.end;
    point.created_at = state.created_at;
    point.text = segment.text;
    const auto overlay = state.overlays.find({version.version_id, point.segment});
    if (overlay != state.overlays.end()) {
      point.text = overlay->second.text;
      point.speaker = overlay->second.speaker;
    }
    VANG_ASSIGN_OR_RETURN(point.vector, embedder_->Embed(context, point.text));
    points.push_back(std::move(point));
  }
  VANG_RETURN_IF_ERROR(index_->ReplaceRecording(context, tenant, recording_id, points));
  VANG_ASSIGN_OR_RETURN(const std::uint64_t stored,
                        index_->CountPoints(context, tenant, recording_id));
  if (stored != points.size()) {
    return Aborted("the index has " + std::to_string(stored) + " of " +
                   std::to_string(points.size()) + " points of recording " + recording_id);
  }
  return Indexed{version.version_id, static_cast<std::int64_t>(points.size()),
                 static_cast<std::int64_t>(stored)};
}

}  // namespace vang::embeddings
