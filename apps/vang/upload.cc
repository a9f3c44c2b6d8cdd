// `vang upload`: files to the server, and with --wait until each is transcribed and searchable.
#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "apps/vang/commands.h"
#include "apps/vang/input_file.h"

namespace vang::cli {
namespace {

// A slow line may take its time; a dead one is noticed by the transport.
constexpr Duration kUploadTimeout{24 * 3'600'000};
constexpr Duration kPollInterval{300};

Result<JsonValue> Send(const Console& console, Api& api, const std::string& path,
                       const std::string& title) {
  VANG_ASSIGN_OR_RETURN(InputFile input, OpenInput(path));
  if (input.size == 0) return InvalidArgument("the file is empty");
  http::Request request;
  request.method = "POST";
  request.path = "/v1/recordings";
  request.query = {{"file_name", input.name}};
  if (!title.empty()) request.query.emplace_back("title", title);
  request.headers.Set("Content-Type", "application/octet-stream");
  request.content_length = input.size;
  const std::string name = input.name;
  const std::uint64_t size = input.size;
  request.body = FileBody(std::move(input.file), [&console, name, size](std::uint64_t taken) {
    console.Progress(fmt::format("{}: {} of {} sent", name, FormatBytes(taken), FormatBytes(size)));
  });
  VANG_ASSIGN_OR_RETURN(const http::Response response, api.Send(request, kUploadTimeout));
  return ParseJson(response.body);
}

// Until the recording ends as completed or failed.
Result<JsonValue> WaitFor(const Console& console, Api& api, JsonValue recording, int seconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  const std::string id = JsonReader(recording).String("id");
  while (true) {
    JsonReader reader(recording);
    const std::string status = reader.String("status");
    VANG_RETURN_IF_ERROR(reader.status().Wrap("the server's answer"));
    if (status == "completed" || status == "failed") return recording;
    if (std::chrono::steady_clock::now() > end) {
      return DeadlineExceeded(id + " is still " + status + " after " + std::to_string(seconds) +
                              " s; it goes on: vang recordings get " + id);
    }
    console.Progress(id + ": " + status + " …");
    std::this_thread::sleep_for(kPollInterval);
    VANG_ASSIGN_OR_RETURN(recording, api.Json("GET", "/v1/recordings/" + id));
  }
}

Status UploadOne(const Console& console, Api& api, const std::string& path,
                 const UploadOptions& options) {
  VANG_ASSIGN_OR_RETURN(JsonValue recording, Send(console, api, path, options.title));
  if (options.wait) {
    VANG_ASSIGN_OR_RETURN(recording,
                          WaitFor(console, api, std::move(recording), options.timeout_seconds));
  }
  console.Progress("");
  JsonReader reader(recording);
  const std::string status = reader.String("status");
  const std::string detail = reader.String("status_detail");
  if (console.json) {
    console.Print(WriteJson(recording));
  } else {
    console.Print(
        fmt::format("{}  {:<11} {}", reader.String("id"), status, reader.String("title")));
    if (!detail.empty() && status != "failed") console.Note(path + ": " + detail);
  }
  VANG_RETURN_IF_ERROR(reader.status().Wrap("the server's answer"));
  if (status == "failed") return Internal("could not be transcribed: " + detail);
  return {};
}

}  // namespace

int Upload(const Console& console, const ApiOptions& api_options, const UploadOptions& options) {
  auto api = Api::Connect(api_options);
  if (!api.ok()) return console.Fail(api.status());
  std::size_t failed = 0;
  int last = kExitOk;
  for (const std::string& path : options.files) {
    if (Status status = UploadOne(console, **api, path, options); !status.ok()) {
      ++failed;
      last = console.Fail(status.Wrap(path));
      // Without a server or a valid key the other files would fare no better.
      if (last == kExitUnavailable || last == kExitAuth) return last;
    }
  }
  return failed == 0 || failed == options.files.size() ? last : kExitPartial;
}

}  // namespace vang::cli
