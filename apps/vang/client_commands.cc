#include <CLI/CLI.hpp>
#include <memory>

#include "apps/vang/command_line.h"
#include "apps/vang/commands.h"

namespace vang::cli {
namespace {

using ApiPtr = std::shared_ptr<ApiOptions>;

// A command with the options by which a server is found.
CLI::App* Command(CLI::App* parent, const char* name, const char* help, const ApiPtr& api) {
  CLI::App* c = parent->add_subcommand(name, help);
  c->add_option(
      "--url", api->url,
      "Server [VANG_URL, else the one that has the data folder, else http://127.0.0.1:8000]");
  c->add_option("--key-file", api->key_file,
                "File with the API key [VANG_API_KEY or VANG_API_KEY_FILE]");
  c->add_option("--data", api->data,
                "Data folder, to find its server; keys and models work on it while none runs");
  return c;
}

// A noun whose verbs are subcommands.
CLI::App* Noun(CLI::App* app, const char* name, const char* help) {
  CLI::App* noun = app->add_subcommand(name, help);
  noun->require_subcommand(1);
  return noun;
}

void AddRecordings(CLI::App* app, const ApiPtr& api, Action* action) {
  CLI::App* noun = Noun(app, "recordings", "Recordings on the server");
  auto list = std::make_shared<ListOptions>();
  CLI::App* c = Command(noun, "list", "Newest first", api);
  c->add_option("--limit", list->limit, "Rows at most")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  c->add_option("--status", list->status, "queued, transcribed, readable, completed or failed");
  c->add_option("--tag", list->tag, "With this tag");
  c->add_option("--title", list->title, "Whose title holds this, accents or not");
  c->callback([=] { *action = [=](const Console& k) { return ListRecordings(k, *api, *list); }; });
  auto id = std::make_shared<std::string>();
  c = Command(noun, "get", "One, with the time of each stage", api);
  c->add_option("id", *id, "As `vang recordings list` shows it")->required();
  c->callback([=] { *action = [=](const Console& k) { return GetRecording(k, *api, *id); }; });
  auto format = std::make_shared<std::string>("txt");
  c = Command(noun, "transcript", "What was said", api);
  c->add_option("id", *id, "As `vang recordings list` shows it")->required();
  c->add_option("-f,--format", *format, "txt, srt, vtt or json")
      ->check(CLI::IsMember({"txt", "srt", "vtt", "json"}))
      ->capture_default_str();
  c->callback(
      [=] { *action = [=](const Console& k) { return GetTranscript(k, *api, *id, *format); }; });
  auto ids = std::make_shared<std::vector<std::string>>();
  c = Command(noun, "delete", "Deletes recordings and everything that was made from them", api);
  c->add_option("ids", *ids, "As `vang recordings list` shows them")->required();
  c->callback([=] { *action = [=](const Console& k) { return DeleteRecordings(k, *api, *ids); }; });
}

void AddDeadLetters(CLI::App* app, const ApiPtr& api, Action* action) {
  CLI::App* noun = Noun(app, "dead-letters", "Recordings and events that a stage gave up on");
  auto limit = std::make_shared<int>(50);
  CLI::App* c = Command(noun, "list", "Newest first", api);
  c->add_option("--limit", *limit, "Rows at most")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  c->callback(
      [=] { *action = [=](const Console& k) { return ListDeadLetters(k, *api, *limit); }; });
  auto id = std::make_shared<std::string>();
  c = Command(noun, "show", "One, with its event", api);
  c->add_option("id", *id)->required();
  c->callback([=] { *action = [=](const Console& k) { return ShowDeadLetter(k, *api, *id); }; });
  c = Command(noun, "redrive", "Delivers one again, or all with --all", api);
  auto all = std::make_shared<bool>(false);
  CLI::Option* one = c->add_option("id", *id);
  CLI::Option* every = c->add_flag("--all", *all, "All of them");
  one->excludes(every);
  c->callback([=] {
    if (id->empty() && !*all) throw CLI::RequiredError("id or --all");
    *action = [=](const Console& k) { return RedriveDeadLetters(k, *api, *id); };
  });
  c = Command(noun, "drop", "Gives one up for good", api);
  c->add_option("id", *id)->required();
  c->callback([=] { *action = [=](const Console& k) { return DropDeadLetter(k, *api, *id); }; });
}

void AddModels(CLI::App* app, const ApiPtr& api, Action* action) {
  CLI::App* noun = Noun(app, "models", "Speech models; * marks the one that serves");
  CLI::App* c = Command(noun, "list", "All that are registered", api);
  c->callback([=] { *action = [=](const Console& k) { return ListModels(k, *api); }; });
  auto folder = std::make_shared<std::string>();
  c = Command(noun, "add", "Tries a model and registers it; any sherpa-onnx folder for Vietnamese",
              api);
  c->add_option("folder", *folder, "On the machine of the server; it stays where it is")
      ->required();
  c->callback([=] { *action = [=](const Console& k) { return AddModel(k, *api, *folder); }; });
  auto id = std::make_shared<std::string>();
  c = Command(noun, "promote", "Lets a model serve from now on, once it has been tried", api);
  c->add_option("id", *id)->required();
  c->callback([=] { *action = [=](const Console& k) { return PromoteModel(k, *api, *id); }; });
  c = Command(noun, "rollback", "Back to the model that served before", api);
  c->callback([=] { *action = [=](const Console& k) { return RollbackModel(k, *api); }; });
}

void AddKeys(CLI::App* app, const ApiPtr& api, Action* action) {
  CLI::App* noun = Noun(app, "keys", "API keys");
  auto key = std::make_shared<CreateKeyOptions>();
  CLI::App* c = Command(noun, "create", "Makes a key and shows it, once", api);
  c->add_option("name", key->name, "What it is for")->required();
  c->add_option("--scope", key->scopes, "read, write or admin; may be given several times")
      ->check(CLI::IsMember({"read", "write", "admin"}))
      ->allow_extra_args(false)
      ->capture_default_str();
  c->add_option("--tenant", key->tenant, "Whose recordings it opens")->capture_default_str();
  c->callback([=] { *action = [=](const Console& k) { return CreateKey(k, *api, *key); }; });
  auto tenant = std::make_shared<std::string>();
  c = Command(noun, "list", "Those of a tenant", api);
  c->add_option("--tenant", *tenant, "Another tenant than the key's own");
  c->callback([=] { *action = [=](const Console& k) { return ListKeys(k, *api, *tenant); }; });
  auto id = std::make_shared<std::string>();
  c = Command(noun, "revoke", "Ends a key", api);
  c->add_option("id", *id)->required();
  c->add_option("--tenant", *tenant, "Another tenant than the key's own");
  c->callback(
      [=] { *action = [=](const Console& k) { return RevokeKey(k, *api, *id, *tenant); }; });
}

}  // namespace

void AddClientCommands(CLI::App* app, Action* action) {
  auto api = std::make_shared<ApiOptions>();
  {
    auto o = std::make_shared<UploadOptions>();
    CLI::App* c = Command(app, "upload", "Sends recordings to the server", api);
    c->add_option("files", o->files, "Audio or video files; - is standard input")->required();
    c->add_option("--title", o->title, "Title [the file's name]");
    c->add_flag("--wait", o->wait, "Wait until each is transcribed and searchable");
    c->add_option("--timeout", o->timeout_seconds, "Seconds to wait for each")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    c->callback([=] { *action = [=](const Console& k) { return Upload(k, *api, *o); }; });
  }
  {
    auto o = std::make_shared<SearchOptions>();
    CLI::App* c = Command(app, "search", "Finds moments by words and by meaning", api);
    c->add_option("query", o->query, "What to look for")
        ->required()
        ->check([](const std::string& query) {
          return query.find_first_not_of(" \t\r\n") == std::string::npos
                     ? std::string("say what to look for: a word or a question")
                     : std::string();
        });
    c->add_option("--limit", o->limit, "Hits at most")
        ->check(CLI::Range(1, 100))
        ->capture_default_str();
    c->add_option("--recording", o->recording, "Only in this recording (id)");
    c->add_option("--speaker", o->speaker, "Only this speaker");
    c->add_option("--from", o->from, "Only recordings made since (2026-11-24T00:00:00Z)");
    c->add_option("--to", o->to, "Only recordings made before");
    c->callback([=] { *action = [=](const Console& k) { return SearchCommand(k, *api, *o); }; });
  }
  AddRecordings(app, api, action);
  AddDeadLetters(app, api, action);
  {
    auto o = std::make_shared<ReplayOptions>();
    CLI::App* c =
        Command(app, "replay", "Does a stage again: delivers stored events to it once more", api);
    c->add_option("consumer", o->consumer, "asr, nlp-post, embeddings, metadata, …")->required();
    c->add_option("--subject", o->subject, "Only events of this subject");
    CLI::Option* sequence =
        c->add_option("--from-sequence", o->from_sequence, "From this place in the log on");
    c->add_option("--from-time", o->from_time, "From this time on")->excludes(sequence);
    c->callback([=] { *action = [=](const Console& k) { return Replay(k, *api, *o); }; });
  }
  AddModels(app, api, action);
  AddKeys(app, api, action);
}

}  // namespace vang::cli
