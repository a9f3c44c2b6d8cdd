#include "libs/adapters/search_index/qdrant/collections.h"

#include <charconv>
#include <utility>

#include "libs/runtime/log.h"

namespace vang::qdrant {
namespace {

// 1.12 has facets; 1.13 is the oldest that its makers' upgrade path still takes in.
constexpr std::pair kOldest{1, 13};

std::string PathOf(const std::string& name) { return "/collections/" + name; }

// "1.16.3" as its first two numbers; zeros when it is none.
std::pair<int, int> ParseVersion(const std::string& text) {
  std::pair<int, int> version{0, 0};
  const char* const end = text.data() + text.size();
  const auto major = std::from_chars(text.data(), end, version.first);
  if (major.ec != std::errc() || major.ptr == end || *major.ptr != '.') return {0, 0};
  const auto minor = std::from_chars(major.ptr + 1, end, version.second);
  return minor.ec == std::errc() ? version : std::pair(0, 0);
}

std::string CollectionBody(int dimension) {
  JsonWriter json;
  json.BeginObject().Key("vectors").BeginObject().Key("meaning").BeginObject();
  json.Field("size", dimension).Field("distance", "Cosine").EndObject().EndObject();
  json.Key("sparse_vectors").BeginObject();
  for (const char* name : {"exact", "folded"}) json.Key(name).BeginObject().EndObject();
  // Every search is of one tenant: a graph for each, and none over all.
  json.EndObject().Key("hnsw_config").BeginObject().Field("m", 0).Field("payload_m", 16);
  json.EndObject().EndObject();
  return json.Take();
}

std::string KeywordIndexBody(const char* field, bool tenant) {
  JsonWriter json;
  json.BeginObject().Field("field_name", field).Key("field_schema").BeginObject();
  json.Field("type", "keyword");
  if (tenant) json.Field("is_tenant", true);
  json.EndObject().EndObject();
  return json.Take();
}

std::string IntegerIndexBody(const char* field, bool range) {
  JsonWriter json;
  json.BeginObject().Field("field_name", field).Key("field_schema").BeginObject();
  json.Field("type", "integer").Field("lookup", !range).Field("range", range);
  json.EndObject().EndObject();
  return json.Take();
}

}  // namespace

Result<std::string> Collections::Ready(const Context& context) {
  if (ready_.Lock()->has_value()) return PathOf(alias_);
  std::string version;
  VANG_RETURN_IF_ERROR(CheckVersion(context, &version));
  Status there = CheckCollection(context);
  if (there.code() == Code::kNotFound) {
    VANG_RETURN_IF_ERROR(Make(context, Name(1)));
    VANG_RETURN_IF_ERROR(PointAlias(context, Name(1), false));
    Log(LogLevel::kInfo, "search-index", "made an empty collection",
        {{"collection", Name(1)}, {"alias", alias_}});
    there = CheckCollection(context);
  }
  VANG_RETURN_IF_ERROR(there);
  *ready_.Lock() = Known{version};
  return PathOf(alias_);
}

std::string Collections::Facts() const {
  const auto known = *ready_.Lock();
  return known ? "Qdrant " + known->version + ", collection " + alias_ : "";
}

Status Collections::CheckVersion(const Context& context, std::string* version) {
  VANG_ASSIGN_OR_RETURN(const JsonValue answer, client_->Read(context, "GET", "/"));
  JsonReader reader(answer);
  *version = reader.OptionalString("version").value_or("");
  const auto [major, minor] = ParseVersion(*version);
  if (major == 0) return FailedPrecondition("what answers there is no Qdrant");
  if (std::pair(major, minor) < kOldest) {
    return FailedPrecondition("Qdrant " + *version +
                              " is too old; 1.13 is the oldest that will do");
  }
  return {};
}

Status Collections::CheckCollection(const Context& context) {
  VANG_ASSIGN_OR_RETURN(const JsonValue info, client_->Read(context, "GET", PathOf(alias_)));
  boost::json::error_code missing;
  const JsonValue* size = info.find_pointer("/config/params/vectors/meaning/size", missing);
  const JsonValue* sparse = info.find_pointer("/config/params/sparse_vectors/folded", missing);
  if (size == nullptr || sparse == nullptr || !size->is_int64()) {
    return FailedPrecondition("the collection " + alias_ +
                              " is not of Vang; choose another name in the configuration");
  }
  if (size->get_int64() != dimension_) {
    return FailedPrecondition("the collection " + alias_ + " holds vectors of " +
                              std::to_string(size->get_int64()) + " components, the model gives " +
                              std::to_string(dimension_) + "; rebuild the index");
  }
  return {};
}

Status Collections::Make(const Context& context, const std::string& name) {
  Status made = client_->Write(context, "PUT", PathOf(name), CollectionBody(dimension_)).status();
  // Another process was quicker.
  if (!made.ok() && made.code() != Code::kAlreadyExists) return made;
  for (const std::string& body :
       {KeywordIndexBody("tenant", true), KeywordIndexBody("recording_id", false),
        KeywordIndexBody("generation", false), KeywordIndexBody("speaker", false),
        IntegerIndexBody("created_at", true), IntegerIndexBody("length", false),
        IntegerIndexBody("words", false)}) {
    VANG_RETURN_IF_ERROR(client_->Write(context, "PUT", PathOf(name) + "/index", body).status());
  }
  return {};
}

Status Collections::Drop(const Context& context, const std::string& name) {
  const Status dropped = client_->Write(context, "DELETE", PathOf(name)).status();
  return dropped.code() == Code::kNotFound ? Status() : dropped;
}

Status Collections::PointAlias(const Context& context, const std::string& name, bool replace) {
  JsonWriter json;
  json.BeginObject().Key("actions").BeginArray();
  if (replace) {
    json.BeginObject().Key("delete_alias").BeginObject().Field("alias_name", alias_);
    json.EndObject().EndObject();
  }
  json.BeginObject().Key("create_alias").BeginObject().Field("collection_name", name);
  json.Field("alias_name", alias_).EndObject().EndObject().EndArray().EndObject();
  return client_->Write(context, "POST", "/collections/aliases", json.text()).status();
}

Result<int> Collections::Current(const Context& context) {
  VANG_ASSIGN_OR_RETURN(const JsonValue answer, client_->Read(context, "GET", "/aliases"));
  JsonReader reader(answer);
  int number = 0;
  for (const JsonValue& item : reader.Array("aliases")) {
    JsonReader alias(item, "/aliases");
    const std::string name = alias.String("alias_name");
    const std::string collection = alias.String("collection_name");
    if (name != alias_ || !collection.starts_with(alias_ + "-")) continue;
    const char* const end = collection.data() + collection.size();
    const auto read = std::from_chars(collection.data() + alias_.size() + 1, end, number);
    if (read.ec != std::errc() || read.ptr != end) {
      return FailedPrecondition("the alias " + alias_ + " names " + collection +
                                ", which is not of Vang");
    }
  }
  if (!reader.status().ok()) return DataLoss("Qdrant answered: " + reader.status().message());
  return number;
}

Result<std::string> Collections::MakeNext(const Context& context) {
  std::string version;
  VANG_RETURN_IF_ERROR(CheckVersion(context, &version));
  VANG_ASSIGN_OR_RETURN(const int current, Current(context));
  const std::string next = Name(current + 1);
  // What a rebuild that was cut off left.
  VANG_RETURN_IF_ERROR(Drop(context, next));
  VANG_RETURN_IF_ERROR(Make(context, next));
  return PathOf(next);
}

Status Collections::DropNext(const Context& context) {
  VANG_ASSIGN_OR_RETURN(const int current, Current(context));
  return Drop(context, Name(current + 1));
}

Status Collections::UseNext(const Context& context) {
  VANG_ASSIGN_OR_RETURN(const int current, Current(context));
  VANG_RETURN_IF_ERROR(PointAlias(context, Name(current + 1), current > 0));
  NotReady();
  if (current == 0) return {};
  return Drop(context, Name(current));
}

}  // namespace vang::qdrant
