#include "services/search/search_request.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "libs/base/utf8.h"
#include "libs/base/uuid.h"

namespace vang::search {
namespace {

constexpr int kDefaultLimit = 10;
constexpr int kMaxLimit = 100;
constexpr std::size_t kMaxQuestion = 500;  // characters
constexpr std::size_t kMaxSpeaker = 100;
constexpr std::array<std::string_view, 6> kParameters = {"q",       "limit", "recording_id",
                                                         "speaker", "from",  "to"};

Status CheckNames(const http::Request& request) {
  std::set<std::string_view> seen;
  for (const auto& [name, value] : request.query) {
    if (std::find(kParameters.begin(), kParameters.end(), name) == kParameters.end()) {
      return InvalidArgument("there is no query parameter '" + name + "' here");
    }
    if (!seen.insert(name).second) {
      return InvalidArgument("the query parameter '" + name + "' is there twice");
    }
    if (!IsValidUtf8(value)) {
      return InvalidArgument("the query parameter '" + name + "' is not UTF-8");
    }
  }
  return {};
}

Result<int> ReadLimit(const std::string& text) {
  int limit = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (error == std::errc() && end == text.data() + text.size() && limit >= 1 &&
      limit <= kMaxLimit) {
    return limit;
  }
  return InvalidArgument("limit must be a number from 1 to " + std::to_string(kMaxLimit));
}

Status ReadTime(const http::Request& request, std::string_view name, std::optional<TimeMs>* time) {
  const auto text = request.Query(name);
  if (!text) return {};
  const auto parsed = ParseTime(*text);
  if (!parsed.ok()) {
    return InvalidArgument(std::string(name) +
                           " must be a time such as 2026-11-24T10:39:50Z, and + written as %2B");
  }
  *time = *parsed;
  return {};
}

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

Result<SearchQuery> ReadSearchRequest(const http::Request& request) {
  if (std::find(request.scopes.begin(), request.scopes.end(), "read") == request.scopes.end()) {
    return PermissionDenied("searching needs a key with the scope 'read'");
  }
  VANG_RETURN_IF_ERROR(CheckNames(request));
  SearchQuery query;
  query.tenant = request.tenant;
  query.text = request.Query("q").value_or("");
  if (IsBlank(query.text)) return InvalidArgument("q is needed: what to search for");
  if (Utf8Length(query.text) > kMaxQuestion) {
    return InvalidArgument("q must have at most " + std::to_string(kMaxQuestion) + " characters");
  }
  query.limit = kDefaultLimit;
  if (const auto limit = request.Query("limit")) {
    VANG_ASSIGN_OR_RETURN(query.limit, ReadLimit(*limit));
  }
  if (const auto id = request.Query("recording_id")) {
    if (!IsUuid(*id)) return InvalidArgument("recording_id must be the id of a recording");
    query.recording_id = *id;
  }
  if (const auto speaker = request.Query("speaker")) {
    if (speaker->empty() || Utf8Length(*speaker) > kMaxSpeaker) {
      return InvalidArgument("speaker must be a label of 1 to " + std::to_string(kMaxSpeaker) +
                             " characters");
    }
    query.speaker = *speaker;
  }
  VANG_RETURN_IF_ERROR(ReadTime(request, "from", &query.from));
  VANG_RETURN_IF_ERROR(ReadTime(request, "to", &query.to));
  if (query.from && query.to && *query.from > *query.to) {
    return InvalidArgument("from must not be after to");
  }
  return query;
}

}  // namespace vang::search
