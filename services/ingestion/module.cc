#include "services/ingestion/module.h"

#include "services/ingestion/receiver.h"

namespace vang {
namespace {

class Ingestion : public Module {
 public:
  Ingestion(const IngestionPorts& ports, const IngestionOptions& options)
      : objects_(ports.objects), receiver_(ports, options) {
    if (ports.metrics != nullptr) {
      ports.metrics->Describe("vang_upload_bytes_total", "Bytes of audio accepted from clients.");
      ports.metrics->Describe("vang_uploads_total",
                              "Uploads by result: new, known, refused, failed.");
    }
    router_.Add("POST", "/v1/recordings", [this](const Context& context, http::Request& request) {
      return receiver_.Receive(context, request);
    });
  }

  const std::string& name() const override { return name_; }
  Status Start(const Context&) override { return {}; }
  void Stop(Duration) override {}  // uploads run on the caller's threads, which end first
  const http::Router* router() const override { return &router_; }

  std::vector<Health> Check(const Context& context) override {
    const Status status = objects_->Ping(context);
    return {{name_, status.ok(),
             status.ok() ? objects_->Facts() : "no audio can be stored: " + status.message()}};
  }

 private:
  const std::string name_ = "ingestion";
  ObjectStore* const objects_;
  const Receiver receiver_;
  http::Router router_;
};

}  // namespace

std::unique_ptr<Module> MakeIngestion(const IngestionPorts& ports,
                                      const IngestionOptions& options) {
  return std::make_unique<Ingestion>(ports, options);
}

}  // namespace vang
