#include "services/metadata/event_handler.h"

#include "libs/common/event_data.h"
#include "libs/common/transcript.h"
#include "services/metadata/apply_event.h"

namespace vang::metadata {
namespace {

constexpr int kPage = 256;

Status RemoveObjects(const Context& context, ObjectStore& objects, const std::string& tenant,
                     const std::string& recording_id, const std::string& sha256) {
  if (!sha256.empty()) {
    VANG_RETURN_IF_ERROR(objects.Delete(context, AudioKey(tenant, sha256)));
  }
  const std::string prefix = TranscriptFolder(tenant, recording_id);
  while (true) {
    VANG_ASSIGN_OR_RETURN(const auto found, objects.List(context, prefix, "", kPage));
    for (const ObjectInfo& object : found) {
      VANG_RETURN_IF_ERROR(objects.Delete(context, object.key));
    }
    if (found.size() < kPage) return {};
  }
}

// `sha256` is empty when only what a late stage wrote is to go.
Status RemoveLeftovers(const Context& context, const Service& service, const Event& event,
                       const std::string& recording_id, const std::string& sha256) {
  bool removed = false;
  const auto unless_there = [&](const RecordingRows& rows) -> Result<Change> {
    removed = !rows.recording;
    if (removed) {
      VANG_RETURN_IF_ERROR(
          RemoveObjects(context, *service.ports.objects, event.tenant, recording_id, sha256));
    }
    return Change();
  };
  // Without a mark in the inbox: the rows were changed before, this only needs the transaction.
  VANG_RETURN_IF_ERROR(
      service.ports.store->Update(context, recording_id, "", unless_there).status());
  if (!removed) return {};
  return service.ports.bus->PurgeRecording(context, recording_id).status();
}

}  // namespace

Status HandleEvent(const Context& context, const Service& service, const Delivery& delivery) {
  const Event& event = delivery.event;
  const auto recording_id = RecordingOf(event);
  if (!recording_id) return {};
  const auto apply = [&] {
    return service.ports.store
        ->Update(context, *recording_id, event.id,
                 [&](const RecordingRows& rows) { return ApplyEvent(event, rows); })
        .status();
  };
  if (event.subject == RecordingDeleted::kSubject) {
    VANG_ASSIGN_OR_RETURN(const auto data, FromEvent<RecordingDeleted>(event));
    VANG_RETURN_IF_ERROR(apply());
    return RemoveLeftovers(context, service, event, *recording_id, data.sha256);
  }
  // Before the event is remembered as done, so that a crash in between does this again.
  const auto receipt = service.ports.store->GetReceipt(context, event.tenant, *recording_id);
  if (receipt.ok()) {
    VANG_RETURN_IF_ERROR(RemoveLeftovers(context, service, event, *recording_id, ""));
  } else if (receipt.status().code() != Code::kNotFound) {
    return receipt.status();
  }
  return apply();
}

}  // namespace vang::metadata
