#include "services/metadata/service.h"

#include "services/metadata/apply_event.h"

namespace vang::metadata {

Result<bool> Submit(const Context& context, const Service& service, const std::string& recording_id,
                    const Event& event, const Precondition& precondition) {
  const auto plan = [&](const RecordingRows& rows) -> Result<Change> {
    VANG_RETURN_IF_ERROR(precondition(rows));
    VANG_ASSIGN_OR_RETURN(Change change, ApplyEvent(event, rows));
    change.outbox.push_back(event);
    return change;
  };
  VANG_ASSIGN_OR_RETURN(const bool applied,
                        service.ports.store->Update(context, recording_id, event.id, plan));
  service.relay->Notify();
  return applied;
}

Status CheckPresent(const RecordingRows& rows, const std::string& tenant, std::string_view id) {
  if (rows.recording && rows.recording->tenant == tenant) return {};
  return NotFound("there is no recording " + std::string(id));
}

std::string AuthorOf(const http::Request& request) {
  return request.key_id.empty() ? std::string(kOperatorTenant) : request.key_id;
}

}  // namespace vang::metadata
