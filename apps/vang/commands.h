// One function for each command: options in, exit code out. What the words on the command line mean
// is decided in command_line.cc and client_command_line.cc.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/vang/api.h"
#include "apps/vang/console.h"

namespace vang::cli {

struct ServeOptions {
  std::string data;
  std::string listen = "127.0.0.1:8000";
  std::string models;
  int recognizers = 0;  // 0 = as many as there are processors, at most 4
  bool json_log = false;
};
int Serve(const Console& console, const ServeOptions& options);

struct TranscribeOptions {
  std::vector<std::string> files;  // "-" = standard input
  std::string format = "txt";      // txt, srt, vtt, json
  std::string output_dir;          // empty = standard output
  std::string models;
  std::string model;  // folder of the speech model; empty = the one that ships
  double max_seconds = 4 * 3600;
};
int Transcribe(const Console& console, const TranscribeOptions& options);

struct DoctorOptions {
  std::string data;
  std::string listen = "127.0.0.1:8000";
  std::string models;
};
int Doctor(const Console& console, const DoctorOptions& options);

struct RebuildOptions {
  std::string data;
  std::string models;
};
int RebuildIndexCommand(const Console& console, const RebuildOptions& options);
int RebuildMetadataCommand(const Console& console, const RebuildOptions& options);

struct ImportOptions {
  std::string data;
  std::string config;  // the TOML file of the eight services
  bool dry_run = false;
};
int Import(const Console& console, const ImportOptions& options);

struct UploadOptions {
  std::vector<std::string> files;  // "-" = standard input
  std::string title;               // empty = the file's name
  bool wait = false;
  int timeout_seconds = 3'600;  // of the wait for each file
};
int Upload(const Console& console, const ApiOptions& api, const UploadOptions& options);

struct SearchOptions {
  std::string query;
  int limit = 10;
  std::string recording;
  std::string speaker;
  std::string from;
  std::string to;
};
int SearchCommand(const Console& console, const ApiOptions& api, const SearchOptions& options);

struct ListOptions {
  int limit = 50;  // rows in all
  std::string status;
  std::string tag;
  std::string title;
};
int ListRecordings(const Console& console, const ApiOptions& api, const ListOptions& options);
int GetRecording(const Console& console, const ApiOptions& api, const std::string& id);
int GetTranscript(const Console& console, const ApiOptions& api, const std::string& id,
                  const std::string& format);
int DeleteRecordings(const Console& console, const ApiOptions& api,
                     const std::vector<std::string>& ids);

int ListDeadLetters(const Console& console, const ApiOptions& api, int limit);
int ShowDeadLetter(const Console& console, const ApiOptions& api, const std::string& id);
// `id` empty = all of them.
int RedriveDeadLetters(const Console& console, const ApiOptions& api, const std::string& id);
int DropDeadLetter(const Console& console, const ApiOptions& api, const std::string& id);

struct ReplayOptions {
  std::string consumer;
  std::string subject;
  std::string from_time;
  std::optional<std::int64_t> from_sequence;
};
int Replay(const Console& console, const ApiOptions& api, const ReplayOptions& options);

int ListModels(const Console& console, const ApiOptions& api);
int AddModel(const Console& console, const ApiOptions& api, const std::string& folder);
int PromoteModel(const Console& console, const ApiOptions& api, const std::string& id);
int RollbackModel(const Console& console, const ApiOptions& api);

struct CreateKeyOptions {
  std::string name;
  std::vector<std::string> scopes = {"read", "write"};
  std::string tenant = "local";
};
int CreateKey(const Console& console, const ApiOptions& api, const CreateKeyOptions& options);
int ListKeys(const Console& console, const ApiOptions& api, const std::string& tenant);
int RevokeKey(const Console& console, const ApiOptions& api, const std::string& id,
              const std::string& tenant);

}  // namespace vang::cli
