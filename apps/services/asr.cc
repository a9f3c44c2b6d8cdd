#include "services/asr/module.h"

#include <unistd.h>

#include <array>

#include "apps/host/recognizers.h"
#include "apps/services/service.h"

namespace vang::services {
namespace {

// Keeps apart what several instances remember of promoted models.
std::string InstanceName(const Settings& settings) {
  if (settings.Given("asr.instance")) return settings.Text("asr.instance");
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) return "";
  std::string name;
  for (const char* c = host.data(); *c != '\0'; ++c) {
    const bool plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                       (*c >= '0' && *c <= '9') || *c == '-';
    name += plain ? *c : '-';
  }
  return name;
}

Result<std::unique_ptr<Module>> Make(Parts& parts) {
  const Settings& settings = parts.settings();
  VANG_ASSIGN_OR_RETURN(int recognizers, settings.Number("asr.recognizers", 0, 256));
  if (recognizers == 0) recognizers = DefaultRecognizers();
  VANG_ASSIGN_OR_RETURN(const int hours, settings.Number("asr.max_hours", 1, 24));
  VANG_ASSIGN_OR_RETURN(EventBus * bus, parts.Bus());
  VANG_ASSIGN_OR_RETURN(ObjectStore * objects, parts.Objects());
  VANG_ASSIGN_OR_RETURN(AudioDecoder * decoder, parts.Decoder());
  VANG_ASSIGN_OR_RETURN(Transcriber * transcriber, parts.Recognizer(recognizers));
  VANG_ASSIGN_OR_RETURN(Upstream * training, parts.To("training"));
  AsrOptions options;
  options.workers = recognizers;
  options.max_seconds = hours * 3'600.0;
  options.instance = InstanceName(settings);
  return MakeAsr({bus, objects, decoder, transcriber, training, &Clock::System(), parts.metrics()},
                 options);
}

}  // namespace
}  // namespace vang::services

int main(int argc, char** argv) {
  return vang::services::RunService(argc, argv, {"asr", 8003, &vang::services::Make});
}
