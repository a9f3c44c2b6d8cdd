// The metadata module on the real SQLite and file adapters, with a clock that a test moves.
#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "libs/adapters/event_bus/sqlite/sqlite_event_bus.h"
#include "libs/adapters/key_store/sqlite/sqlite_key_store.h"
#include "libs/adapters/metadata_store/sqlite/sqlite_metadata_store.h"
#include "libs/adapters/object_store/fs/fs_object_store.h"
#include "libs/base/manual_clock.h"
#include "libs/base/sha256.h"
#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"
#include "libs/common/event_data.h"
#include "libs/common/schema.h"
#include "libs/common/transcript.h"
#include "services/metadata/module.h"

namespace vang::metadata {

class MetadataModuleTest : public testing::Test {
 protected:
  MetadataModuleTest() {
    Open();
    Run();
  }
  ~MetadataModuleTest() override { Halt(); }

  void Open() {
    auto bus = OpenSqliteEventBus({(folder_.path() / "events.db").string(), &clock_});
    auto store = OpenSqliteMetadataStore({(folder_.path() / "metadata.db").string()});
    auto keys = OpenSqliteKeyStore({(folder_.path() / "keys.db").string()});
    FsObjectStoreConfig objects_config;
    objects_config.root = folder_.path() / "objects";
    auto objects = OpenFsObjectStore(objects_config);
    ASSERT_TRUE(bus.ok() && store.ok() && keys.ok() && objects.ok());
    bus_ = *std::move(bus);
    store_ = *std::move(store);
    keys_ = *std::move(keys);
    objects_ = *std::move(objects);
  }
  void Run() {
    module_ =
        MakeMetadata({store_.get(), keys_.get(), objects_.get(), bus_.get(), &clock_, &metrics_});
    VANG_ASSERT_OK(module_->Start(Context()));
    running_ = true;
  }
  void Halt() {
    if (running_) module_->Stop(Duration(10'000));
    running_ = false;
  }

  http::Response Send(const std::string& method, const std::string& target,
                      const std::string& body = "", const std::string& tenant = "a",
                      std::vector<std::pair<std::string, std::string>> headers = {}) {
    http::Request request;
    request.method = method;
    EXPECT_THAT(http::ParseTarget(target, &request), IsOk());
    if (!body.empty()) request.body = http::StringBody(body);
    request.tenant = tenant;
    request.key_id = "key-of-" + tenant;
    request.scopes = scopes_;
    for (auto& [name, value] : headers) request.headers.Add(name, value);
    return module_->router()->Handle(Context(), request);
  }

  // The body, which must conform to the schema.
  static JsonValue Body(const http::Response& response, const std::string& schema) {
    auto json = ParseJson(response.body);
    EXPECT_THAT(json, IsOk()) << response.body;
    if (!json.ok()) return JsonObject();
    EXPECT_THAT(CheckSchema(schema, *json), IsOk()) << response.body;
    return *json;
  }
  static std::string Detail(const http::Response& response) {
    return std::string(Body(response, "problem").at("detail").as_string());
  }

  static std::string Sha(const std::string& audio) { return Sha256Hex(audio); }
  static std::string IdOf(const std::string& audio, const std::string& tenant = "a") {
    return RecordingId(tenant, Sha(audio));
  }

  // What ingestion does with an upload: keep the bytes, then register them.
  http::Response Upload(const std::string& audio, const std::string& title = "Bản tin",
                        const std::string& tenant = "a") {
    EXPECT_THAT(objects_->Put(Context(), AudioKey(tenant, Sha(audio)), audio), IsOk());
    return Register(audio, title, tenant);
  }
  http::Response Register(const std::string& audio, const std::string& title = "Bản tin",
                          const std::string& tenant = "a") {
    JsonWriter json;
    json.BeginObject()
        .Field("recording_id", IdOf(audio, tenant))
        .Field("upload_id", RandomUuid())
        .Field("sha256", Sha(audio))
        .Field("object_key", AudioKey(tenant, Sha(audio)))
        .Field("bytes", static_cast<std::int64_t>(audio.size()))
        .Field("title", title)
        .Field("file_name", "bản tin.mp3")
        .Field("media_type", "audio/mpeg")
        .EndObject();
    return Send("POST", "/internal/v1/recordings", json.Take(), tenant);
  }

  template <typename Data>
  Event Say(const Data& data, const std::string& tenant = "a") {
    const Event event = ToEvent(data, tenant, "test", clock_.Now());
    EXPECT_THAT(bus_->Publish(Context(), event), IsOk());
    return event;
  }

  // Waits until the outbox is empty and the consumer has nothing left to do.
  void Settle() {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (std::chrono::steady_clock::now() < until) {
      const auto outbox = store_->ReadOutbox(Context(), 1);
      const auto consumers = bus_->Consumers(Context());
      ASSERT_TRUE(outbox.ok() && consumers.ok());
      std::uint64_t left = outbox->size();
      for (const ConsumerState& state : *consumers) {
        if (state.name == "metadata") left += state.pending + state.in_flight;
      }
      if (left == 0) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    FAIL() << "the consumer does not come to an end";
  }

  // What asr, nlp-post and embeddings do: two segments of two words.
  void Transcribe(const std::string& audio, const std::string& model = "m1") {
    const std::string id = IdOf(audio);
    const std::string version = TranscriptVersionId(id, model);
    PutTranscript(id, version, model);
    Say(TranscriptionCompleted{id, version, model, RawTranscriptKey("a", id, version), 4, 3, 2, 4});
    Say(NlpPostprocessed{id, version, model, ReadableTranscriptKey("a", id, version), 2, 4});
    Say(EmbeddingsIndexed{id, version, "e1", 2, 2});
    Settle();
  }
  void PutTranscript(const std::string& id, const std::string& version, const std::string& model) {
    RawTranscript raw{id, version, model, 4, 3, {}};
    ReadableTranscript readable{id, version, model, 4, {}, {}};
    const std::vector<std::vector<std::string>> texts = {{"xin", "chào"}, {"tạm", "biệt"}};
    std::uint32_t word = 0;
    for (std::size_t s = 0; s < texts.size(); ++s) {
      const double start = 2 * static_cast<double>(s);
      RawSegment from{start, start + 1.5, {}, {}};
      ReadableSegment to{start, start + 1.5, 0.9, "", {}};
      for (std::uint32_t w = 0; w < 2; ++w) {
        const double begin = start + 0.75 * w;
        from.tokens.push_back({texts[s][w], begin, begin + 0.5, 0.9});
        from.words.push_back({texts[s][w], begin, begin + 0.5, 0.9, w, 1});
        if (!to.text.empty()) to.text += " ";
        const auto at = static_cast<std::uint32_t>(to.text.size());
        to.text += texts[s][w];
        to.spans.push_back({at, static_cast<std::uint32_t>(to.text.size()), word++, 1});
      }
      raw.segments.push_back(from);
      readable.segments.push_back(to);
    }
    VANG_ASSERT_OK(
        objects_->Put(Context(), RawTranscriptKey("a", id, version), EncodeRawTranscript(raw)));
    VANG_ASSERT_OK(objects_->Put(Context(), ReadableTranscriptKey("a", id, version),
                                 EncodeReadableTranscript(readable)));
  }

  int CountEvents(const std::string& subject) {
    int count = 0;
    const auto events = bus_->Read(Context(), 0, 10'000);
    EXPECT_THAT(events, IsOk());
    for (const auto& [sequence, event] : *events) count += event.subject == subject ? 1 : 0;
    return count;
  }
  std::size_t CountObjects(const std::string& tenant = "a") {
    return objects_->List(Context(), tenant + "/", "", 1'000).value().size();
  }
  std::string Hash() { return store_->ContentHash(Context()).value(); }

  TempFolder folder_;
  ManualClock clock_;
  Metrics metrics_;
  std::unique_ptr<EventBus> bus_;
  std::unique_ptr<MetadataStore> store_;
  std::unique_ptr<KeyStore> keys_;
  std::unique_ptr<ObjectStore> objects_;
  std::unique_ptr<Module> module_;
  std::vector<std::string> scopes_ = {"read", "write", "admin"};
  bool running_ = false;
};

}  // namespace vang::metadata
