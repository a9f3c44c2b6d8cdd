// Dead letters, replays, models and keys: what an operator does.
#include <fmt/format.h>

#include <filesystem>

#include "apps/vang/commands.h"

namespace vang::cli {
namespace {

std::string Text(const JsonValue& row, const char* key) {
  const JsonValue* value = row.is_object() ? row.as_object().if_contains(key) : nullptr;
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

// Sends one request and prints the answer: as JSON, or as what `line` makes of it.
using Line = std::function<std::string(const JsonValue& answer)>;

int Send(const Console& console, const Result<std::unique_ptr<Api>>& api, const char* method,
         const std::string& path, const Query& query, const std::string& json, const Line& line) {
  if (!api.ok()) return console.Fail(api.status());
  const auto answer = (*api)->Call(method, path, query, json);
  if (!answer.ok()) return console.Fail(answer.status());
  if (answer->body.empty()) {
    if (!console.json) console.Note(line(JsonValue()));
    return kExitOk;
  }
  if (console.json) {
    console.Print(answer->body);
    return kExitOk;
  }
  const auto value = ParseJson(answer->body);
  if (!value.ok()) return console.Fail(value.status().Wrap("the server's answer"));
  console.Print(line(*value));
  return kExitOk;
}

int PrintRows(const Console& console, const Result<std::vector<JsonValue>>& rows, const char* none,
              const Line& line) {
  if (!rows.ok()) return console.Fail(rows.status());
  if (rows->empty()) console.Note(none);
  for (const JsonValue& row : *rows) console.Print(console.json ? WriteJson(row) : line(row));
  return kExitOk;
}

// The rows of a list that has no pages.
Result<std::vector<JsonValue>> AllRows(Api& api, const std::string& path, const Query& query) {
  VANG_ASSIGN_OR_RETURN(const JsonValue page, api.Json("GET", path, query));
  JsonReader reader(page);
  const JsonArray& data = reader.Array("data");
  VANG_RETURN_IF_ERROR(reader.status().Wrap("the server's answer"));
  return std::vector<JsonValue>(data.begin(), data.end());
}

std::string LetterPath(const std::string& id) {
  return "/v1/dead-letters/" + http::PercentEncode(id);
}

std::string Redriven(const JsonValue& answer) {
  JsonReader reader(answer);
  return fmt::format("{} delivered again", reader.Int("redriven"));
}

std::string ModelLine(const JsonValue& model) {
  JsonReader reader(model);
  const bool champion = reader.Bool("champion");
  return fmt::format("{} {:<40} {:<12} {}", champion ? "*" : " ", Text(model, "id"),
                     Text(model, "family"), Text(model, "folder"));
}

}  // namespace

int ListDeadLetters(const Console& console, const ApiOptions& options, int limit) {
  auto api = Api::Connect(options);
  if (!api.ok()) return console.Fail(api.status());
  return PrintRows(console, (*api)->List("/v1/dead-letters", {}, limit),
                   "no dead letters: nothing was given up", [](const JsonValue& row) {
                     return fmt::format("{}  {}  {:<22} {:<24} {}", Text(row, "id"),
                                        Text(row, "at"), Text(row, "consumer"),
                                        Text(row, "subject"), Text(row, "reason"));
                   });
}

int ShowDeadLetter(const Console& console, const ApiOptions& options, const std::string& id) {
  return Send(console, Api::Connect(options), "GET", LetterPath(id), {}, "",
              [](const JsonValue& letter) { return WriteJson(letter); });
}

int RedriveDeadLetters(const Console& console, const ApiOptions& options, const std::string& id) {
  const std::string path = id.empty() ? "/v1/dead-letters/redrive" : LetterPath(id) + "/redrive";
  return Send(console, Api::Connect(options), "POST", path, {}, "", Redriven);
}

int DropDeadLetter(const Console& console, const ApiOptions& options, const std::string& id) {
  return Send(console, Api::Connect(options), "DELETE", LetterPath(id), {}, "",
              [&](const JsonValue&) { return "dropped " + id; });
}

int Replay(const Console& console, const ApiOptions& options, const ReplayOptions& replay) {
  JsonWriter json;
  json.BeginObject().Field("consumer", replay.consumer);
  if (!replay.subject.empty()) json.Field("subject", replay.subject);
  if (replay.from_sequence) json.Field("from_sequence", *replay.from_sequence);
  if (!replay.from_time.empty()) json.Field("from_time", replay.from_time);
  json.EndObject();
  return Send(console, Api::Connect(options), "POST", "/v1/replays", {}, json.text(),
              [](const JsonValue& answer) {
                JsonReader reader(answer);
                return fmt::format("{} events will be delivered to {} again",
                                   reader.Int("deliveries"), reader.String("consumer"));
              });
}

int ListModels(const Console& console, const ApiOptions& options) {
  auto api = Api::ConnectOrOpen(options);
  if (!api.ok()) return console.Fail(api.status());
  return PrintRows(console, AllRows(**api, "/v1/models", {}),
                   "no models yet; `vang serve` registers the one that ships", ModelLine);
}

int AddModel(const Console& console, const ApiOptions& options, const std::string& folder) {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::canonical(folder, error);
  if (error) return console.Fail(NotFound("there is no folder " + folder));
  JsonWriter json;
  json.BeginObject().Field("folder", path.string()).EndObject();
  console.Progress("trying the model in " + path.string() + " …");
  std::string id = path.filename().string();
  const int code = Send(console, Api::ConnectOrOpen(options), "POST", "/v1/models", {}, json.text(),
                        [&id](const JsonValue& model) {
                          id = Text(model, "id");
                          return ModelLine(model);
                        });
  if (code == kExitOk) console.Note("To let it serve: vang models promote " + id);
  return code;
}

int PromoteModel(const Console& console, const ApiOptions& options, const std::string& id) {
  console.Progress("trying " + id + " …");
  return Send(console, Api::ConnectOrOpen(options), "POST",
              "/v1/models/" + http::PercentEncode(id) + "/promote", {}, "", ModelLine);
}

int RollbackModel(const Console& console, const ApiOptions& options) {
  return Send(console, Api::ConnectOrOpen(options), "POST", "/v1/models/rollback", {}, "",
              ModelLine);
}

int CreateKey(const Console& console, const ApiOptions& options, const CreateKeyOptions& key) {
  JsonWriter json;
  json.BeginObject().Field("name", key.name).Key("scopes").BeginArray();
  for (const std::string& scope : key.scopes) json.String(scope);
  json.EndArray().Field("tenant", key.tenant).EndObject();
  const int code = Send(console, Api::ConnectOrOpen(options), "POST", "/v1/keys", {}, json.text(),
                        [](const JsonValue& made) { return Text(made, "key"); });
  if (code == kExitOk) {
    console.Note(
        "This is shown once: keep it. Programs send it as 'Authorization: Bearer KEY', `vang` "
        "reads it from VANG_API_KEY or --key-file, the page asks for it.");
  }
  return code;
}

int ListKeys(const Console& console, const ApiOptions& options, const std::string& tenant) {
  auto api = Api::ConnectOrOpen(options);
  if (!api.ok()) return console.Fail(api.status());
  return PrintRows(console, AllRows(**api, "/v1/keys", {{"tenant", tenant}}),
                   "no keys; `vang keys create NAME` makes one", [](const JsonValue& row) {
                     JsonReader reader(row);
                     std::string scopes;
                     for (const std::string& scope : reader.Strings("scopes")) {
                       scopes += (scopes.empty() ? "" : ",") + scope;
                     }
                     const std::string revoked = Text(row, "revoked_at");
                     return fmt::format("{}  {}…  {:<18} {:<12} {}{}", Text(row, "id"),
                                        Text(row, "prefix"), scopes, Text(row, "tenant"),
                                        Text(row, "name"),
                                        revoked.empty() ? "" : " (revoked " + revoked + ")");
                   });
}

int RevokeKey(const Console& console, const ApiOptions& options, const std::string& id,
              const std::string& tenant) {
  return Send(console, Api::ConnectOrOpen(options), "DELETE", "/v1/keys/" + http::PercentEncode(id),
              {{"tenant", tenant}}, "", [&](const JsonValue&) { return "revoked " + id; });
}

}  // namespace vang::cli
