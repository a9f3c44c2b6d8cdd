#include "libs/adapters/search_index/qdrant/messages.h"

#include <algorithm>
#include <charconv>

#include "libs/adapters/search_index/tenant_index.h"
#include "libs/base/sha256.h"
#include "libs/base/uuid.h"
#include "libs/ports/search_messages.h"

namespace vang::qdrant {
namespace {

using Rules = RankingParameters;

// What a text is taken to have when its weights are stored: the tenant's average is not known then,
// and changes. The weights only choose candidates.
constexpr double kUsualWords = 12;
// The server takes 32 MiB.
constexpr std::size_t kBodyBytes = 4 << 20;
constexpr int kPage = 256;
// More than texts have different lengths.
constexpr int kFacets = 10'000;
// A little under what counts, as the server's arithmetic is not to the last bit ours.
constexpr double kMeaningFloor = Rules::kMeaningFloor - 0.001;
constexpr int kGraphEffort = 256;

std::uint32_t DimensionOf(std::int64_t key) { return static_cast<std::uint32_t>(key); }

void WriteSparse(std::string_view name, const SparseQuery& weights, JsonWriter* json) {
  if (!name.empty()) json->Key(name);
  json->BeginObject().Key("indices").BeginArray();
  for (const auto& [dimension, weight] : weights) json->Int(dimension);
  json->EndArray().Key("values").BeginArray();
  for (const auto& [dimension, weight] : weights) json->Number(weight, 4);
  json->EndArray().EndObject();
}

void WriteDense(const std::vector<std::int8_t>& vector, JsonWriter* json) {
  json->BeginArray();
  for (const std::int8_t component : vector) json->Int(component);
  json->EndArray();
}

void WriteMatch(std::string_view key, const std::string& value, JsonWriter* json) {
  json->BeginObject().Field("key", key).Key("match").BeginObject().Field("value", value);
  json->EndObject().EndObject();
}

// {"must": [… to be added to.
void BeginFilter(const std::string& tenant, JsonWriter* json) {
  json->Key("filter").BeginObject().Key("must").BeginArray();
  WriteMatch("tenant", tenant, json);
}
void EndFilter(JsonWriter* json) { json->EndArray().EndObject(); }

void WriteQueryFilter(const SearchQuery& query, JsonWriter* json) {
  BeginFilter(query.tenant, json);
  if (!query.recording_id.empty()) WriteMatch("recording_id", query.recording_id, json);
  if (!query.speaker.empty()) WriteMatch("speaker", query.speaker, json);
  if (query.from || query.to) {
    json->BeginObject().Field("key", "created_at").Key("range").BeginObject();
    if (query.from) json->Field("gte", *query.from);
    if (query.to) json->Field("lte", *query.to);
    json->EndObject().EndObject();
  }
  EndFilter(json);
}

void WritePayloadWithout(std::initializer_list<const char*> names, JsonWriter* json) {
  json->Key("with_payload").BeginObject().Key("exclude").BeginArray();
  for (const char* name : names) json->String(name);
  json->EndArray().EndObject();
}

// How often each word occurs in a text.
std::map<std::int64_t, int> CountWords(const std::string& tenant, bool folded,
                                       const std::vector<SearchTerm>& terms) {
  std::map<std::int64_t, int> counts;
  for (const SearchTerm& term : terms) {
    ++counts[WordKey(tenant, folded, folded ? term.folded : term.exact)];
  }
  return counts;
}

SparseQuery Weigh(const std::map<std::int64_t, int>& counts, std::size_t words) {
  const double length = static_cast<double>(words) / kUsualWords;
  SparseQuery weights;
  for (const auto& [key, count] : counts) {
    weights[DimensionOf(key)] +=
        count * (Rules::kSaturation + 1) /
        (count + Rules::kSaturation * (1 - Rules::kLength + Rules::kLength * length));
  }
  return weights;
}

std::string WriteMoment(const Point& point, const std::string& generation) {
  const PreparedPoint prepared = PreparePoint(point, QuantiseVector(point.vector));
  const auto exact = CountWords(point.tenant, false, prepared.terms);
  const auto folded = CountWords(point.tenant, true, prepared.terms);
  JsonWriter json;
  json.BeginObject().Field("id", DerivedId("moment", point.tenant, point.id, generation));
  json.Key("vector").BeginObject();
  if (!prepared.vector.empty()) {
    json.Key("meaning");
    WriteDense(prepared.vector, &json);
  }
  if (!exact.empty()) {
    WriteSparse("exact", Weigh(exact, prepared.terms.size()), &json);
    WriteSparse("folded", Weigh(folded, prepared.terms.size()), &json);
  }
  json.EndObject().Key("payload").BeginObject();
  json.Field("tenant", point.tenant)
      .Field("recording_id", point.recording_id)
      .Field("generation", generation)
      .Field("id", point.id)
      .Field("version_id", point.version_id)
      .Field("segment", point.segment);
  json.Key("start").Number(point.start).Key("end").Number(point.end);
  json.Field("speaker", point.speaker)
      .Field("created_at", point.created_at)
      .Field("text", point.text)
      .Field("vector", ToHex(VectorBytes(prepared.vector)))
      .Field("length", static_cast<std::int64_t>(prepared.terms.size()))
      .Key("words")
      .BeginArray();
  for (const auto& [key, count] : exact) json.Int(key);
  for (const auto& [key, count] : folded) json.Int(key);
  json.EndArray().EndObject().EndObject();
  return json.Take();
}

// Two digits a byte; nothing when it is something else.
std::optional<std::string> FromHex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    std::uint8_t byte = 0;
    const auto read = std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    if (read.ec != std::errc() || read.ptr != text.data() + i + 2) return std::nullopt;
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

Status Misread(const Status& status) {
  return status.ok() ? status : DataLoss("Qdrant answered: " + status.message());
}

Result<Moment> ReadMoment(const JsonObject& payload) {
  const JsonValue value(payload);
  JsonReader reader(value, "/payload");
  Moment moment;
  Point& point = moment.point;
  point.tenant = reader.String("tenant");
  point.recording_id = reader.String("recording_id");
  moment.generation = reader.String("generation");
  point.id = reader.String("id");
  point.version_id = reader.String("version_id");
  point.segment = reader.Int("segment");
  point.start = reader.Number("start");
  point.end = reader.Number("end");
  point.speaker = reader.String("speaker");
  point.created_at = reader.Int("created_at");
  point.text = reader.String("text");
  const auto bytes = FromHex(reader.OptionalString("vector").value_or(""));
  if (!bytes) reader.Fail("vector", "is not hexadecimal");
  VANG_RETURN_IF_ERROR(reader.status());
  moment.vector = VectorOfBytes(*bytes);
  return moment;
}

}  // namespace

std::int64_t WordKey(const std::string& tenant, bool folded, const std::string& word) {
  Sha256 hash;
  hash.Update(folded ? "folded\n" : "exact\n");
  hash.Update(std::to_string(tenant.size()) + ":" + tenant);
  hash.Update(word);
  const std::string digest = hash.Digest();
  std::uint64_t key = 0;
  for (int i = 0; i < 8; ++i) key = key << 8 | static_cast<std::uint8_t>(digest[i]);
  return static_cast<std::int64_t>(key >> 1);
}

std::string HeadId(const Owner& owner) { return DerivedId("head", owner.first, owner.second); }

std::string ContentOf(const Moment& moment) {
  JsonWriter json;
  WritePoint(moment.point, &json);
  return json.Take() + VectorBytes(moment.vector);
}

std::string GenerationOf(const std::vector<Point>& points) {
  Sha256 hash;
  for (const Point& point : points) {
    JsonWriter json;
    WritePoint(point, &json);
    hash.Update(json.text());
  }
  return hash.HexDigest().substr(0, 32);
}

std::vector<std::string> UpsertBodies(const std::vector<Point>& points,
                                      const std::string& generation) {
  std::vector<std::string> bodies;
  std::string body;
  for (const Point& point : points) {
    std::string moment = WriteMoment(point, generation);
    if (!body.empty() && body.size() + moment.size() > kBodyBytes) {
      bodies.push_back(std::exchange(body, {}) + "]}");
    }
    body.append(body.empty() ? "{\"points\":[" : ",").append(moment);
  }
  if (!body.empty()) bodies.push_back(body + "]}");
  return bodies;
}

std::string UpsertHeadBody(const Owner& owner, const Head& head) {
  JsonWriter json;
  json.BeginObject().Key("points").BeginArray().BeginObject().Field("id", HeadId(owner));
  json.Key("vector").BeginObject().EndObject().Key("payload").BeginObject();
  json.Field("tenant", owner.first)
      .Field("recording_id", owner.second)
      .Field("current", head.generation)
      .Field("changed_at", head.changed_at);
  json.EndObject().EndObject().EndArray().EndObject();
  return json.Take();
}

std::string DeleteHeadBody(const Owner& owner) {
  JsonWriter json;
  json.BeginObject().Key("points").BeginArray().String(HeadId(owner)).EndArray().EndObject();
  return json.Take();
}

std::string HeadsBody(const std::set<Owner>& owners) {
  JsonWriter json;
  json.BeginObject().Key("ids").BeginArray();
  for (const Owner& owner : owners) json.String(HeadId(owner));
  json.EndArray().Field("with_payload", true).EndObject();
  return json.Take();
}

std::string RecordingBody(const Owner& owner) {
  JsonWriter json;
  json.BeginObject();
  BeginFilter(owner.first, &json);
  WriteMatch("recording_id", owner.second, &json);
  EndFilter(&json);
  json.EndObject();
  return json.Take();
}

std::string GenerationsBody(const Owner& owner, const std::vector<std::string>& generations) {
  JsonWriter json;
  json.BeginObject();
  BeginFilter(owner.first, &json);
  WriteMatch("recording_id", owner.second, &json);
  json.BeginObject().Field("key", "generation").Key("match").BeginObject().Key("any").BeginArray();
  for (const std::string& generation : generations) json.String(generation);
  json.EndArray().EndObject().EndObject();
  EndFilter(&json);
  json.EndObject();
  return json.Take();
}

std::string CountBody(const Owner& owner, const std::string& generation) {
  JsonWriter json;
  json.BeginObject();
  BeginFilter(owner.first, &json);
  WriteMatch("recording_id", owner.second, &json);
  WriteMatch("generation", generation, &json);
  EndFilter(&json);
  json.Field("exact", true).EndObject();
  return json.Take();
}

std::string CountWordBody(std::int64_t key) {
  JsonWriter json;
  json.BeginObject().Key("filter").BeginObject().Key("must").BeginArray();
  json.BeginObject().Field("key", "words").Key("match").BeginObject().Field("value", key);
  json.EndObject().EndObject().EndArray().EndObject().Field("exact", false).EndObject();
  return json.Take();
}

std::string LengthsBody(const std::string& tenant) {
  JsonWriter json;
  json.BeginObject().Field("key", "length").Field("limit", kFacets);
  BeginFilter(tenant, &json);
  EndFilter(&json);
  json.EndObject();
  return json.Take();
}

std::string OwnGenerationsBody(const Owner& owner) {
  JsonWriter json;
  json.BeginObject().Field("key", "generation").Field("limit", kFacets);
  BeginFilter(owner.first, &json);
  WriteMatch("recording_id", owner.second, &json);
  EndFilter(&json);
  json.EndObject();
  return json.Take();
}

std::string PageBody(const std::optional<JsonValue>& from) {
  JsonWriter json;
  json.BeginObject().Field("limit", kPage);
  if (from) json.Key("offset").Value(*from);
  WritePayloadWithout({"words"}, &json);
  json.EndObject();
  return json.Take();
}

std::optional<std::string> CandidatesBody(const SearchQuery& query, const SparseQuery& exact,
                                          const SparseQuery& folded,
                                          const std::vector<std::int8_t>& vector,
                                          const CandidateLimits& limits) {
  if (exact.empty() && vector.empty()) return std::nullopt;
  JsonWriter json;
  json.BeginObject().Key("searches").BeginArray();
  if (!exact.empty()) {
    // The fusion is of no account: it makes one set of the two, with each payload once.
    json.BeginObject().Key("prefetch").BeginArray();
    for (const auto& [name, weights] : {std::pair("exact", &exact), std::pair("folded", &folded)}) {
      json.BeginObject().Key("query");
      WriteSparse("", *weights, &json);
      json.Field("using", name);
      WriteQueryFilter(query, &json);
      json.Field("limit", static_cast<std::int64_t>(limits.words)).EndObject();
    }
    json.EndArray().Key("query").BeginObject().Field("fusion", "rrf").EndObject();
    json.Field("limit", static_cast<std::int64_t>(2 * limits.words));
    WritePayloadWithout({"vector", "words"}, &json);
    json.EndObject();
  }
  if (!vector.empty()) {
    json.BeginObject().Key("query");
    WriteDense(vector, &json);
    json.Field("using", "meaning");
    WriteQueryFilter(query, &json);
    json.Key("params").BeginObject().Field("hnsw_ef", kGraphEffort).EndObject();
    json.Key("score_threshold").Number(kMeaningFloor, 4);
    json.Field("limit", static_cast<std::int64_t>(limits.meaning));
    WritePayloadWithout({"words"}, &json);
    json.EndObject();
  }
  json.EndArray().EndObject();
  return json.Take();
}

Result<std::vector<Moment>> ReadCandidates(const JsonValue& result) {
  const JsonArray* answers = result.if_array();
  if (answers == nullptr) return DataLoss("Qdrant answered a search with no list");
  std::map<std::string, Moment> by_id;
  for (const JsonValue& answer : *answers) {
    JsonReader list(answer);
    for (const JsonValue& hit : list.Array("points")) {
      JsonReader reader(hit, "/points");
      const std::string id = reader.String("id");
      // Deleted between being found and being read.
      const JsonObject* payload = reader.OptionalObject("payload");
      VANG_RETURN_IF_ERROR(Misread(reader.status()));
      if (payload == nullptr || payload->empty()) continue;
      auto moment = ReadMoment(*payload);
      VANG_RETURN_IF_ERROR(Misread(moment.status()));
      Moment& kept = by_id[id];
      if (kept.vector.empty()) kept = *std::move(moment);
    }
    VANG_RETURN_IF_ERROR(Misread(list.status()));
  }
  std::vector<Moment> moments;
  moments.reserve(by_id.size());
  for (auto& [id, moment] : by_id) moments.push_back(std::move(moment));
  return moments;
}

Result<std::map<Owner, Head>> ReadHeads(const JsonValue& result) {
  const JsonArray* answers = result.if_array();
  if (answers == nullptr) return DataLoss("Qdrant answered a question for heads with no list");
  std::map<Owner, Head> heads;
  for (const JsonValue& answer : *answers) {
    JsonReader reader(answer);
    const JsonValue payload(reader.Object("payload"));
    JsonReader fields(payload, "/payload");
    const Owner owner{fields.String("tenant"), fields.String("recording_id")};
    const Head head{fields.String("current"), fields.Int("changed_at")};
    VANG_RETURN_IF_ERROR(Misread(reader.status()));
    VANG_RETURN_IF_ERROR(Misread(fields.status()));
    heads[owner] = head;
  }
  return heads;
}

Result<std::uint64_t> ReadCount(const JsonValue& result) {
  JsonReader reader(result);
  const std::int64_t count = reader.Int("count");
  VANG_RETURN_IF_ERROR(Misread(reader.status()));
  return static_cast<std::uint64_t>(count);
}

Result<std::vector<std::pair<JsonValue, std::uint64_t>>> ReadFacet(const JsonValue& result) {
  JsonReader reader(result);
  std::vector<std::pair<JsonValue, std::uint64_t>> values;
  for (const JsonValue& hit : reader.Array("hits")) {
    JsonReader fields(hit, "/hits");
    const std::int64_t count = fields.Int("count");
    VANG_RETURN_IF_ERROR(Misread(fields.status()));
    const JsonValue* value = hit.get_object().if_contains("value");
    if (value == nullptr) return DataLoss("Qdrant answered a facet without values");
    values.emplace_back(*value, static_cast<std::uint64_t>(count));
  }
  VANG_RETURN_IF_ERROR(Misread(reader.status()));
  return values;
}

Result<Page> ReadPage(const JsonValue& result) {
  JsonReader reader(result);
  Page page;
  for (const JsonValue& stored : reader.Array("points")) {
    JsonReader fields(stored, "/points");
    const JsonObject& payload = fields.Object("payload");
    VANG_RETURN_IF_ERROR(Misread(fields.status()));
    if (payload.if_contains("current") != nullptr) continue;
    auto moment = ReadMoment(payload);
    VANG_RETURN_IF_ERROR(Misread(moment.status()));
    page.moments.push_back(*std::move(moment));
  }
  VANG_RETURN_IF_ERROR(Misread(reader.status()));
  const JsonValue* next = result.get_object().if_contains("next_page_offset");
  if (next != nullptr && !next->is_null()) page.next = *next;
  return page;
}

}  // namespace vang::qdrant
