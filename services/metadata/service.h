// What every route of metadata works with, and the one way in which a request changes a recording:
// it becomes an event, whose effect on the rows, mark in the inbox and place in the outbox commit
// together. When the event comes back from the log, the inbox knows it.
#pragma once

#include <functional>
#include <string>

#include "libs/common/http.h"
#include "libs/runtime/outbox_relay.h"
#include "services/metadata/module.h"

namespace vang::metadata {

// Not owned; lives as long as the module.
struct Service {
  MetadataPorts ports;
  OutboxRelay* relay = nullptr;
};

// The name of the service in events and of its consumer on the bus.
inline constexpr char kServiceName[] = "metadata";
// The tenant that owns the installation: its admins make keys for others and replay the log.
inline constexpr char kOperatorTenant[] = "local";

// Sees the rows as they are inside the transaction; its failure is returned and nothing changes.
using Precondition = std::function<Status(const RecordingRows& rows)>;

// False when the event had been applied before.
Result<bool> Submit(const Context& context, const Service& service, const std::string& recording_id,
                    const Event& event, const Precondition& precondition);

// kNotFound unless the rows are those of a recording of `tenant`.
Status CheckPresent(const RecordingRows& rows, const std::string& tenant, std::string_view id);

// Whom an event names as its author.
std::string AuthorOf(const http::Request& request);

}  // namespace vang::metadata
