// Recordings listed, shown, deleted, and moments searched for.
#include <fmt/format.h>

#include "apps/vang/commands.h"

namespace vang::cli {
namespace {

std::string Text(const JsonValue& row, const char* key) {
  const JsonValue* value = row.is_object() ? row.as_object().if_contains(key) : nullptr;
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

std::optional<double> Number(const JsonValue& row, const char* key) {
  const JsonValue* value = row.is_object() ? row.as_object().if_contains(key) : nullptr;
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->to_number<double>();
}

std::string Clock(const std::optional<double>& seconds) {
  return seconds ? FormatClock(*seconds) : "-";
}

void PrintRecording(const Console& console, const JsonValue& row) {
  console.Print(fmt::format("id        {}", Text(row, "id")));
  console.Print(fmt::format("title     {}", Text(row, "title")));
  console.Print(fmt::format("file      {}", Text(row, "file_name")));
  console.Print(fmt::format("duration  {}", Clock(Number(row, "duration"))));
  console.Print(fmt::format("status    {}", Text(row, "status")));
  if (const std::string detail = Text(row, "status_detail"); !detail.empty()) {
    console.Print(fmt::format("          {}", detail));
  }
  if (const JsonValue* stages = row.as_object().if_contains("stages");
      stages != nullptr && stages->is_object()) {
    for (const auto& [stage, time] : stages->as_object()) {
      const std::string_view at = time.is_string() ? std::string_view(time.as_string()) : "-";
      console.Print(fmt::format("  {:<12}{}", std::string_view(stage), at));
    }
  }
}

// The text with the words that matched set off, on a terminal that shows it.
std::string Highlighted(const Console& console, const JsonValue& hit) {
  std::string text = Text(hit, "text");
  const JsonValue* marks = hit.as_object().if_contains("highlights");
  if (!console.color || marks == nullptr || !marks->is_array()) return text;
  std::string out;
  std::size_t at = 0;
  for (const JsonValue& mark : marks->as_array()) {
    const auto begin = static_cast<std::size_t>(Number(mark, "begin").value_or(0));
    const auto end = static_cast<std::size_t>(Number(mark, "end").value_or(0));
    if (begin < at || end < begin || end > text.size()) continue;
    out += text.substr(at, begin - at) + "\033[1m" + text.substr(begin, end - begin) + "\033[0m";
    at = end;
  }
  return out + text.substr(at);
}

}  // namespace

int ListRecordings(const Console& console, const ApiOptions& options, const ListOptions& list) {
  auto api = Api::Connect(options);
  if (!api.ok()) return console.Fail(api.status());
  const auto rows =
      (*api)->List("/v1/recordings",
                   {{"status", list.status}, {"tag", list.tag}, {"q", list.title}}, list.limit);
  if (!rows.ok()) return console.Fail(rows.status());
  if (rows->empty()) console.Note("no recordings; `vang upload FILE` sends one");
  for (const JsonValue& row : *rows) {
    if (console.json) {
      console.Print(WriteJson(row));
      continue;
    }
    console.Print(fmt::format("{}  {:<11} {:>8}  {}", Text(row, "id"), Text(row, "status"),
                              Clock(Number(row, "duration")), Text(row, "title")));
  }
  return kExitOk;
}

int GetRecording(const Console& console, const ApiOptions& options, const std::string& id) {
  auto api = Api::Connect(options);
  if (!api.ok()) return console.Fail(api.status());
  const auto row = (*api)->Json("GET", "/v1/recordings/" + http::PercentEncode(id));
  if (!row.ok()) return console.Fail(row.status());
  if (console.json) {
    console.Print(WriteJson(*row));
  } else if (row->is_object()) {
    PrintRecording(console, *row);
  }
  return kExitOk;
}

int GetTranscript(const Console& console, const ApiOptions& options, const std::string& id,
                  const std::string& format) {
  auto api = Api::Connect(options);
  if (!api.ok()) return console.Fail(api.status());
  const auto answer =
      (*api)->Call("GET", "/v1/recordings/" + http::PercentEncode(id) + "/transcript",
                   {{"format", console.json      ? "json"
                               : format == "txt" ? "text"
                                                 : format}});
  if (!answer.ok()) return console.Fail(answer.status());
  console.Print(answer->body);
  return kExitOk;
}

int DeleteRecordings(const Console& console, const ApiOptions& options,
                     const std::vector<std::string>& ids) {
  auto api = Api::Connect(options);
  if (!api.ok()) return console.Fail(api.status());
  std::size_t failed = 0;
  int last = kExitOk;
  for (const std::string& id : ids) {
    const auto receipt = (*api)->Call("DELETE", "/v1/recordings/" + http::PercentEncode(id));
    if (!receipt.ok()) {
      ++failed;
      last = console.Fail(receipt.status().Wrap(id));
      continue;
    }
    if (console.json) {
      console.Print(receipt->body);
    } else {
      console.Note("deleted " + id);
    }
  }
  return failed == 0 || failed == ids.size() ? last : kExitPartial;
}

int SearchCommand(const Console& console, const ApiOptions& options, const SearchOptions& search) {
  auto api = Api::Connect(options);
  if (!api.ok()) return console.Fail(api.status());
  const auto answer = (*api)->Json("GET", "/v1/search",
                                   {{"q", search.query},
                                    {"limit", std::to_string(search.limit)},
                                    {"recording_id", search.recording},
                                    {"speaker", search.speaker},
                                    {"from", search.from},
                                    {"to", search.to}});
  if (!answer.ok()) return console.Fail(answer.status());
  if (console.json) {
    console.Print(WriteJson(*answer));
    return kExitOk;
  }
  JsonReader reader(*answer);
  const JsonArray& hits = reader.Array("data");
  if (hits.empty()) console.Note("nothing found for: " + search.query);
  for (const JsonValue& hit : hits) {
    if (!hit.is_object()) continue;
    console.Print(fmt::format("{}  {}  {}", Text(hit, "title"), Clock(Number(hit, "start")),
                              Highlighted(console, hit)));
    console.Print(fmt::format("  {}/#r/{}@{:.2f}", (*api)->url(), Text(hit, "recording_id"),
                              Number(hit, "start").value_or(0)));
  }
  return kExitOk;
}

}  // namespace vang::cli
