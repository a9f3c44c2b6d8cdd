#include "libs/adapters/event_bus/nats/streams.h"

#include "libs/net/http_client.h"
#include "libs/runtime/log.h"

namespace vang::nats {
namespace {

constexpr Duration kMonitorTimeout{500};

// The settings that must hold, of those that a stream was asked to have.
constexpr const char* kEssential[] = {"subjects", "retention", "max_msgs_per_subject", "discard"};

// "2.12.15" where the server says it (from 2.11 on), "2.10" where only that generation's time stamp
// shows, empty for older ones.
std::string ServerVersion(const JsonObject& info) {
  const JsonValue* config = info.if_contains("config");
  if (config != nullptr && config->is_object()) {
    const JsonValue* metadata = config->get_object().if_contains("metadata");
    if (metadata != nullptr && metadata->is_object()) {
      const JsonValue* version = metadata->get_object().if_contains("_nats.ver");
      if (version != nullptr && version->is_string()) return std::string(version->get_string());
    }
  }
  return info.if_contains("ts") != nullptr ? "2.10" : "";
}

// How the server syncs, from its monitoring port: nanoseconds, 0 = with every message.
Result<std::int64_t> SyncInterval(const Context& context, const std::string& url) {
  VANG_ASSIGN_OR_RETURN(const auto client, net::HttpClient::Create(url));
  http::Request request;
  request.method = "GET";
  request.path = "/varz";
  VANG_ASSIGN_OR_RETURN(const http::Response response, client->Send(context, request, 1 << 20));
  VANG_ASSIGN_OR_RETURN(const JsonValue varz, ParseJson(response.body));
  JsonReader reader(varz);
  const JsonValue jetstream(reader.Object("jetstream"));
  JsonReader fields(jetstream, "/jetstream");
  const JsonValue config(fields.Object("config"));
  JsonReader settings(config, "/jetstream/config");
  const bool always = settings.OptionalBool("sync_always").value_or(false);
  const std::int64_t interval = always ? 0 : settings.Int("sync_interval");
  VANG_RETURN_IF_ERROR(reader.status());
  VANG_RETURN_IF_ERROR(fields.status());
  VANG_RETURN_IF_ERROR(settings.status());
  return interval;
}

}  // namespace

Status Streams::EnsureStream(const Context& context, const JsonObject& config) {
  const std::string name(config.at("name").as_string());
  const auto info = jetstream_->Call(context, "STREAM.INFO." + name);
  if (info.status().code() == Code::kNotFound) {
    return jetstream_->Call(context, "STREAM.CREATE." + name, config).status();
  }
  VANG_RETURN_IF_ERROR(info.status());
  const JsonValue* have = info->if_contains("config");
  if (have == nullptr || !have->is_object()) return Internal("stream " + name + " has no config");
  for (const char* setting : kEssential) {
    const JsonValue* value = have->get_object().if_contains(setting);
    const JsonValue* wanted = config.if_contains(setting);
    if (wanted != nullptr && (value == nullptr || *value != *wanted)) {
      return FailedPrecondition("stream " + name + " exists with another '" + setting +
                                "' than Vang needs (" + WriteJson(*wanted) +
                                "); use another prefix or remove it");
    }
  }
  return {};
}

Status Streams::Ensure(const Context& context) {
  if (ensured_ || !config_.make_streams) return {};
  std::lock_guard<std::mutex> lock(mutex_);
  if (ensured_) return {};
  const auto stream = [&](const std::string& name, const std::string& subjects,
                          const char* retention) {
    return JsonObject{{"name", name},
                      {"subjects", JsonArray{subjects}},
                      {"retention", retention},
                      {"storage", "file"},
                      {"num_replicas", config_.replicas},
                      {"duplicate_window", config_.duplicate_window.count() * 1'000'000}};
  };
  JsonObject config = stream(events, config_.prefix + ".event.>", "limits");
  config["max_msgs_per_subject"] = 1;
  config["discard"] = "new";
  config["discard_new_per_subject"] = true;
  VANG_RETURN_IF_ERROR(EnsureStream(context, config));
  config = stream(again, AgainSubject("*"), "workqueue");
  VANG_RETURN_IF_ERROR(EnsureStream(context, config));
  config = stream(letters, LetterSubject() + ".>", "limits");
  config["max_msgs_per_subject"] = 1;
  VANG_RETURN_IF_ERROR(EnsureStream(context, config));
  const auto info = jetstream_->Call(context, "STREAM.INFO." + events);
  if (info.ok()) Learn(context, *info);
  ensured_ = true;
  return {};
}

void Streams::Learn(const Context& context, const JsonObject& info) {
  const std::string version = ServerVersion(info);
  std::string before;
  {
    auto known = knowledge_.Lock();
    if (known->whole && known->version == version) return;
    before = known->facts;
  }
  Knowledge learnt = PowerLoss(context.WithTimeout(kMonitorTimeout), version);
  if (learnt.facts != before) Log(LogLevel::kInfo, "event-bus", learnt.facts);
  *knowledge_.Lock() = std::move(learnt);
}

Streams::Knowledge Streams::PowerLoss(const Context& context, const std::string& version) const {
  if (version.empty()) {
    return {version,
            "NATS server older than 2.10: a power loss may cost the events of the last 60 s, and "
            "no setting changes that",
            true};
  }
  const std::string server = "NATS server " + version;
  if (config_.monitor_url.empty()) {
    return {version,
            server +
                ", sync interval unknown (no monitor_url): a power loss may cost the events of the "
                "last 2 minutes, or none with sync_interval: always",
            true};
  }
  const auto interval = SyncInterval(context, config_.monitor_url);
  if (!interval.ok()) {
    return {version,
            server + ", sync interval unknown (" + interval.status().message() +
                "): a power loss may cost the events of the last 2 minutes",
            false};
  }
  if (*interval == 0) {
    return {version, server + " syncs every event: a power loss costs none", true};
  }
  return {version,
          server + " syncs every " + std::to_string(*interval / 1'000'000'000) +
              " s: a power loss may cost the events of that time",
          true};
}

}  // namespace vang::nats
