// `vang doctor`: looks at what Vang needs on this machine and says, for what is amiss, what to do.
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cmath>
#include <filesystem>
#include <functional>

#include "apps/host/listen_address.h"
#include "apps/host/model_folders.h"
#include "apps/vang/commands.h"
#include "apps/vang/installation.h"
#include "apps/vang/stores.h"
#include "libs/base/temp_folder.h"
#include "libs/net/http_client.h"
#include "libs/vietnamese/text_model.h"
#include "services/training-orchestrator/model_card.h"

namespace vang::cli {
namespace {

constexpr std::uint64_t kLowSpace = std::uint64_t{1} << 30;
constexpr Duration kTimeout{180'000};

// What a check found: a fact when well, what is wrong and what to do otherwise.
using Finding = Result<std::string>;

// A second of a tone as a WAV file.
std::string ToneWav() {
  constexpr int kRate = 16'000;
  std::string wav = "RIFF....WAVEfmt ";
  const auto put = [&wav](std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) wav += static_cast<char>((value >> (8 * i)) & 0xFF);
  };
  put(16, 4);  // size of the format
  put(1, 2);   // PCM
  put(1, 2);   // one channel
  put(kRate, 4);
  put(kRate * 2, 4);  // bytes a second
  put(2, 2);          // bytes a frame
  put(16, 2);         // bits
  wav += "data";
  put(kRate * 2, 4);
  for (int i = 0; i < kRate; ++i) {
    const double sample = 8'000 * std::sin(i * 2 * M_PI * 440 / kRate);
    put(static_cast<std::uint32_t>(static_cast<std::int32_t>(sample)) & 0xFFFF, 2);
  }
  const auto riff = static_cast<std::uint32_t>(wav.size() - 8);
  for (std::size_t i = 0; i < 4; ++i) {
    wav[4 + i] = static_cast<char>((riff >> (8 * i)) & 0xFF);
  }
  return wav;
}

Finding CheckDecoder() {
  Metrics metrics;
  TempFolder folder;
  const auto path = folder.path() / "tone.wav";
  VANG_RETURN_IF_ERROR(WriteFileDurably(path, ToneWav()));
  const Context context = Context().WithTimeout(kTimeout);
  VANG_ASSIGN_OR_RETURN(const auto decoder, OpenDecoder(&metrics));
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return ErrnoStatus(errno, "cannot open " + path.string());
  VANG_ASSIGN_OR_RETURN(const auto stream, decoder->Open(context, std::move(file), {}));
  std::array<float, 4'096> buffer{};
  std::size_t samples = 0;
  while (true) {
    VANG_ASSIGN_OR_RETURN(const std::size_t n, stream->Read(context, buffer));
    if (n == 0) break;
    samples += n;
  }
  if (samples < 15'000) {
    return Internal(fmt::format("decoded {} of 16000 samples; reinstall libavcodec", samples));
  }
  return std::string("FFmpeg decodes, confined");
}

Finding CheckSpeechModel(const std::string& models) {
  VANG_ASSIGN_OR_RETURN(const ModelFolders found, FindModels(models));
  if (found.speech.empty()) return NotFound("there is no model in models/speech; reinstall Vang");
  VANG_ASSIGN_OR_RETURN(const RegisteredModel model, training::ReadModelFolder(found.speech));
  Metrics metrics;
  VANG_ASSIGN_OR_RETURN(const auto transcriber, OpenTranscriber(1, &metrics));
  VANG_RETURN_IF_ERROR(transcriber->Validate(Context().WithTimeout(kTimeout),
                                             {model.id, model.family, model.folder}));
  return model.id + " loads and decodes";
}

Finding CheckTextModels(const std::string& models) {
  VANG_ASSIGN_OR_RETURN(const ModelFolders found, FindModels(models));
  VANG_ASSIGN_OR_RETURN(const auto text, TextModel::Load(found.text));
  return fmt::format("{} ({} entries) and {}",
                     std::filesystem::path(found.text).filename().string(), text->entries(),
                     std::filesystem::path(found.embedding).filename().string());
}

Finding CheckData(const std::filesystem::path& data) {
  VANG_RETURN_IF_ERROR(CreateFoldersDurably(std::filesystem::absolute(data)));
  const auto probe = data / ".doctor";
  VANG_RETURN_IF_ERROR(WriteFileDurably(probe, "x"));
  std::error_code error;
  std::filesystem::remove(probe, error);
  const auto space = std::filesystem::space(data, error);
  if (error) return ErrnoStatus(error.value(), "cannot ask for the free space");
  if (space.available < kLowSpace) {
    return ResourceExhausted(
        fmt::format("only {} free in {}; make room or choose another folder "
                    "with --data",
                    FormatBytes(space.available), data.string()));
  }
  return fmt::format("{} is writable, {} free", ForPeople(data), FormatBytes(space.available));
}

// Whether the address can be bound, or a Vang is there already.
Finding CheckPort(const std::string& listen, const std::filesystem::path& data) {
  if (const auto url = ServingUrl(data)) return "Vang serves this data folder on " + *url;
  VANG_ASSIGN_OR_RETURN(const ListenAddress address, ParseListenAddress(listen));
  const std::string url = address.Url(address.port);
  if (auto client = net::HttpClient::Create(url); client.ok()) {
    http::Request request;
    request.method = "GET";
    request.path = "/livez";
    const auto alive = (*client)->Send(Context().WithTimeout(Duration(2'000)), request);
    if (alive.ok() && alive->status == 200) return "Vang serves on " + url;
  }
  if (address.host.find(':') != std::string::npos) return listen + " was not tried (IPv6)";
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return ErrnoStatus(errno, "socket");
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(address.port);
  ::inet_pton(AF_INET, address.host.c_str(), &name.sin_addr);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) != 0) {
    return ErrnoStatus(errno, listen + " cannot be listened on; choose another with --listen");
  }
  return listen + " is free";
}

Finding CheckSqlite() {
  if (sqlite3_libversion_number() < 3'035'000) {
    return FailedPrecondition(std::string("SQLite ") + sqlite3_libversion() +
                              " is too old; 3.35 is the oldest that will do");
  }
  return std::string("SQLite ") + sqlite3_libversion();
}

}  // namespace

int Doctor(const Console& console, const DoctorOptions& options) {
  const std::filesystem::path data =
      options.data.empty() ? DefaultDataFolder() : std::filesystem::path(options.data);
  const std::vector<std::pair<const char*, std::function<Finding()>>> checks = {
      {"decoder", CheckDecoder},
      {"speech model", [&] { return CheckSpeechModel(options.models); }},
      {"text models", [&] { return CheckTextModels(options.models); }},
      {"data folder", [&] { return CheckData(data); }},
      {"address", [&] { return CheckPort(options.listen, data); }},
      {"database", CheckSqlite},
  };
  bool well = true;
  for (const auto& [name, check] : checks) {
    console.Progress(std::string("looking at ") + name + " …");
    const Finding finding = check();
    console.Progress("");
    well = well && finding.ok();
    const std::string text = finding.ok() ? *finding : finding.status().message();
    if (console.json) {
      JsonWriter json;
      json.BeginObject().Field("check", name).Field("ok", finding.ok()).Field("detail", text);
      console.Print(json.EndObject().text());
    } else {
      console.Print(fmt::format("{:<5} {:<14}{}", finding.ok() ? "ok" : "FAIL", name, text));
    }
  }
  return well ? kExitOk : kExitFailure;
}

}  // namespace vang::cli
