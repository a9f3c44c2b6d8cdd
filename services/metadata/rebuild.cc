#include "services/metadata/rebuild.h"

#include "libs/runtime/log.h"
#include "services/metadata/apply_event.h"

namespace vang {
namespace {

constexpr int kPage = 512;

Status Apply(const Context& context, MetadataStore& store, const Event& event) {
  const auto recording_id = metadata::RecordingOf(event);
  if (!recording_id) return {};
  Status status =
      store
          .Update(context, *recording_id, event.id,
                  [&](const RecordingRows& rows) { return metadata::ApplyEvent(event, rows); })
          .status();
  if (status.code() != Code::kInvalidArgument) return status;
  // The consumer gave up on this one too: it is in the dead letters and changed nothing.
  Log(LogLevel::kWarning, "metadata", "passing over an event that cannot be read",
      {{"event", event.id}, {"error", status.ToString()}});
  return {};
}

}  // namespace

Status PublishOutbox(const Context& context, EventBus& bus, MetadataStore& store) {
  while (true) {
    VANG_ASSIGN_OR_RETURN(const auto entries, store.ReadOutbox(context, kPage));
    if (entries.empty()) return {};
    std::vector<std::int64_t> published;
    for (const OutboxEntry& entry : entries) {
      VANG_RETURN_IF_ERROR(bus.Publish(context, entry.event).status());
      published.push_back(entry.position);
    }
    VANG_RETURN_IF_ERROR(store.MarkPublished(context, published));
  }
}

Status RebuildMetadata(const Context& context, EventBus& bus, MetadataStore& store) {
  VANG_RETURN_IF_ERROR(PublishOutbox(context, bus, store).Wrap("publishing the outbox"));
  VANG_RETURN_IF_ERROR(store.Clear(context).Wrap("clearing the metadata store"));
  std::uint64_t after = 0;
  while (true) {
    VANG_ASSIGN_OR_RETURN(const auto events, bus.Read(context, after, kPage));
    if (events.empty()) return {};
    for (const auto& [sequence, event] : events) {
      VANG_RETURN_IF_ERROR(
          Apply(context, store, event).Wrap("applying event " + std::to_string(sequence)));
      after = sequence;
    }
  }
}

}  // namespace vang
