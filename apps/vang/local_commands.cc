#include <CLI/CLI.hpp>
#include <memory>

#include "apps/vang/command_line.h"
#include "apps/vang/commands.h"

namespace vang::cli {
namespace {

constexpr char kDataHelp[] =
    "Data folder [VANG_DATA, else ./data where Vang has worked, else ~/.local/share/vang]";
constexpr char kModelsHelp[] =
    "Folder of the models that ship [VANG_MODELS, else beside the program]";

}  // namespace

void AddLocalCommands(CLI::App* app, Action* action) {
  {
    auto o = std::make_shared<ServeOptions>();
    CLI::App* c = app->add_subcommand("serve", "Runs everything: API, page, recognition, search");
    c->add_option("--data", o->data, kDataHelp)->envname("VANG_DATA");
    c->add_option("--listen", o->listen,
                  "ADDRESS:PORT; any but a loopback address needs a key to exist")
        ->envname("VANG_LISTEN")
        ->capture_default_str();
    c->add_option("--models", o->models, kModelsHelp)->envname("VANG_MODELS");
    c->add_option("--recognizers", o->recognizers, "Recognitions at once [processors, at most 4]")
        ->check(CLI::Range(1, 64));
    c->add_flag("--json-log", o->json_log, "Log lines as JSON");
    c->callback([o, action] { *action = [o](const Console& k) { return Serve(k, *o); }; });
  }
  {
    auto o = std::make_shared<TranscribeOptions>();
    CLI::App* c = app->add_subcommand("transcribe", "Files to text, without a server");
    c->add_option("files", o->files, "Audio or video files; - is standard input")->required();
    c->add_option("-f,--format", o->format, "txt, srt, vtt or json")
        ->check(CLI::IsMember({"txt", "srt", "vtt", "json"}))
        ->capture_default_str();
    c->add_option("-o,--output-dir", o->output_dir, "A file for each there, not standard output");
    c->add_option("--models", o->models, kModelsHelp)->envname("VANG_MODELS");
    c->add_option("--model", o->model, "Folder of another speech model");
    c->callback([o, action] { *action = [o](const Console& k) { return Transcribe(k, *o); }; });
  }
  {
    auto o = std::make_shared<DoctorOptions>();
    CLI::App* c = app->add_subcommand("doctor", "Looks for what is amiss and says what to do");
    c->add_option("--data", o->data, kDataHelp)->envname("VANG_DATA");
    c->add_option("--listen", o->listen, "ADDRESS:PORT that will be served on")
        ->envname("VANG_LISTEN")
        ->capture_default_str();
    c->add_option("--models", o->models, kModelsHelp)->envname("VANG_MODELS");
    c->callback([o, action] { *action = [o](const Console& k) { return Doctor(k, *o); }; });
  }
  {
    auto o = std::make_shared<RebuildOptions>();
    CLI::App* c = app->add_subcommand("rebuild-index", "Makes the search index anew from objects");
    c->add_option("--data", o->data, kDataHelp)->envname("VANG_DATA");
    c->add_option("--models", o->models, kModelsHelp)->envname("VANG_MODELS");
    c->callback(
        [o, action] { *action = [o](const Console& k) { return RebuildIndexCommand(k, *o); }; });
  }
  {
    auto o = std::make_shared<RebuildOptions>();
    CLI::App* c = app->add_subcommand("rebuild-metadata", "Makes the metadata anew from the log");
    c->add_option("--data", o->data, kDataHelp)->envname("VANG_DATA");
    c->callback(
        [o, action] { *action = [o](const Console& k) { return RebuildMetadataCommand(k, *o); }; });
  }
  {
    auto o = std::make_shared<ImportOptions>();
    CLI::App* c =
        app->add_subcommand("import", "Moves a data folder into the servers of the eight services");
    c->add_option("--data", o->data, kDataHelp)->envname("VANG_DATA");
    c->add_option("--config", o->config,
                  "Settings of the services, TOML; VANG_SECTION_NAME in the environment over it")
        ->envname("VANG_CONFIG");
    c->add_flag("--dry-run", o->dry_run, "Compares both ends and changes nothing");
    c->callback([o, action] { *action = [o](const Console& k) { return Import(k, *o); }; });
  }
}

}  // namespace vang::cli
