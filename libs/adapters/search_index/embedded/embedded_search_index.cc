// The file is the truth; memory holds what a search needs, filled at Open and changed after each
// commit. Searches share a lock and a change takes it alone for as long as it puts prepared points
// into the maps, a few milliseconds; the commit itself is waited for outside it.
#include "libs/adapters/search_index/embedded/embedded_search_index.h"

#include <map>
#include <mutex>
#include <shared_mutex>

#include "libs/adapters/search_index/checks.h"
#include "libs/adapters/search_index/tenant_index.h"
#include "libs/adapters/search_index/vector_scan.h"
#include "libs/adapters/sqlite/database.h"
#include "libs/base/sha256.h"
#include "libs/runtime/log.h"

namespace vang {
namespace {

using sqlite::Connection;
using sqlite::Durability;
using sqlite::Statement;

const std::vector<std::string>& Migrations() {
  static const std::vector<std::string> migrations = {R"sql(
CREATE TABLE points(
  tenant TEXT NOT NULL,
  id TEXT NOT NULL,
  recording_id TEXT NOT NULL,
  version_id TEXT NOT NULL,
  segment INTEGER NOT NULL,
  start REAL NOT NULL,
  stop REAL NOT NULL,
  speaker TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  text TEXT NOT NULL,
  vector BLOB NOT NULL,
  PRIMARY KEY(tenant, id));
CREATE INDEX points_recording ON points(tenant, recording_id);

CREATE TABLE settings(
  name TEXT NOT NULL PRIMARY KEY,
  value INTEGER NOT NULL);
)sql"};
  return migrations;
}

constexpr std::string_view kColumns =
    "SELECT id, tenant, recording_id, version_id, segment, start, stop, speaker, created_at, text,"
    " vector FROM points";

Point PointOf(const Statement& s) {
  Point point;
  point.id = s.Text(0);
  point.tenant = s.Text(1);
  point.recording_id = s.Text(2);
  point.version_id = s.Text(3);
  point.segment = s.Int(4);
  point.start = s.Double(5);
  point.end = s.Double(6);
  point.speaker = s.Text(7);
  point.created_at = s.Int(8);
  point.text = s.Text(9);
  return point;
}

Status DeletePoints(Connection& c, const std::string& tenant, const std::string& recording_id) {
  return c.Prepare("DELETE FROM points WHERE tenant=? AND recording_id=?")
      .Bind(tenant)
      .Bind(recording_id)
      .Run();
}

Status InsertPoint(Connection& c, const PreparedPoint& prepared) {
  const Point& point = prepared.point;
  return c
      .Prepare(
          "INSERT INTO points(id, tenant, recording_id, version_id, segment, start, stop, speaker,"
          " created_at, text, vector) VALUES(?,?,?,?,?,?,?,?,?,?,?)")
      .Bind(point.id)
      .Bind(point.tenant)
      .Bind(point.recording_id)
      .Bind(point.version_id)
      .Bind(point.segment)
      .Bind(point.start)
      .Bind(point.end)
      .Bind(point.speaker)
      .Bind(point.created_at)
      .Bind(point.text)
      .BindBlob(VectorBytes(prepared.vector))
      .Run();
}

class EmbeddedSearchIndex : public SearchIndex {
 public:
  EmbeddedSearchIndex(std::unique_ptr<sqlite::Database> database, std::size_t dimension)
      : database_(std::move(database)), dimension_(dimension) {}

  // Empties a file of another dimension, then fills the memory.
  Status Load() {
    bool emptied = false;
    VANG_RETURN_IF_ERROR(database_->Write({}, Durability::kDurable, [&](Connection& c) -> Status {
      emptied = false;
      const auto wanted = static_cast<std::int64_t>(dimension_);
      {
        Statement s = c.Prepare("SELECT value FROM settings WHERE name='dimension'");
        VANG_ASSIGN_OR_RETURN(const bool found, s.Step());
        if (found && s.Int(0) == wanted) return {};
        emptied = found;
      }
      VANG_RETURN_IF_ERROR(c.Prepare("DELETE FROM points").Run());
      return c.Prepare("INSERT OR REPLACE INTO settings VALUES('dimension', ?)").Bind(wanted).Run();
    }));
    if (emptied) {
      Log(LogLevel::kWarning, "search-index",
          "the index was made with vectors of another size and is empty now; rebuild it",
          {{"dimension", std::to_string(dimension_)}});
    }
    return database_->Read({}, [&](Connection& c) -> Status {
      Statement s = c.Prepare(std::string(kColumns) + " ORDER BY tenant, id");
      while (true) {
        VANG_ASSIGN_OR_RETURN(const bool row, s.Step());
        if (!row) return {};
        Point point = PointOf(s);
        std::vector<std::int8_t> vector = VectorOfBytes(s.Text(10));
        if (!vector.empty() && vector.size() != dimension_) {
          return DataLoss("the index holds a vector of another size at point " + point.id);
        }
        const std::string tenant = point.tenant;
        tenants_[tenant].Put(PreparePoint(std::move(point), std::move(vector)));
      }
    });
  }

  Status ReplaceRecording(const Context& context, const std::string& tenant,
                          const std::string& recording_id,
                          const std::vector<Point>& points) override {
    VANG_RETURN_IF_ERROR(CheckPoints(points, tenant, recording_id, dimension_));
    std::vector<PreparedPoint> prepared;
    prepared.reserve(points.size());
    for (const Point& point : points) {
      prepared.push_back(PreparePoint(point, QuantiseVector(point.vector)));
    }
    std::lock_guard<std::mutex> writing(writer_);
    VANG_RETURN_IF_ERROR(
        database_->Write(context, Durability::kDurable, [&](Connection& c) -> Status {
          VANG_RETURN_IF_ERROR(DeletePoints(c, tenant, recording_id));
          for (const PreparedPoint& one : prepared) VANG_RETURN_IF_ERROR(InsertPoint(c, one));
          return {};
        }));
    Change([&] {
      TenantIndex& index = tenants_[tenant];
      index.RemoveRecording(recording_id);
      for (PreparedPoint& one : prepared) index.Put(std::move(one));
      if (index.empty()) tenants_.erase(tenant);
    });
    return {};
  }

  Status DeleteRecording(const Context& context, const std::string& tenant,
                         const std::string& recording_id) override {
    return ReplaceRecording(context, tenant, recording_id, {});
  }

  Result<std::vector<SearchHit>> Search(const Context& context, const SearchQuery& query) override {
    VANG_RETURN_IF_ERROR(context.Check());
    VANG_RETURN_IF_ERROR(CheckQuery(query, dimension_));
    std::unique_lock<std::mutex> turn(turn_);
    std::shared_lock<std::shared_mutex> reading(mutex_);
    turn.unlock();
    const auto found = tenants_.find(query.tenant);
    if (found == tenants_.end()) return std::vector<SearchHit>();
    return found->second.Search(query);
  }

  Result<std::uint64_t> CountPoints(const Context& context, const std::string& tenant,
                                    const std::string& recording_id) override {
    std::uint64_t count = 0;
    const Status status = database_->Read(context, [&](Connection& c) -> Status {
      Statement s = c.Prepare("SELECT count(*) FROM points WHERE tenant=? AND recording_id=?");
      VANG_RETURN_IF_ERROR(s.Bind(tenant).Bind(recording_id).Step().status());
      count = static_cast<std::uint64_t>(s.Int(0));
      return {};
    });
    if (!status.ok()) return status;
    return count;
  }

  Status Clear(const Context& context) override {
    std::lock_guard<std::mutex> writing(writer_);
    VANG_RETURN_IF_ERROR(database_->Write(context, Durability::kDurable, [](Connection& c) {
      return c.Prepare("DELETE FROM points").Run();
    }));
    Change([&] { tenants_.clear(); });
    return {};
  }

  Result<std::string> ContentHash(const Context& context) override {
    Sha256 hash;
    const Status status = database_->Read(context, [&](Connection& c) -> Status {
      Statement s = c.Prepare(std::string(kColumns) + " ORDER BY id, tenant");
      while (true) {
        VANG_ASSIGN_OR_RETURN(const bool row, s.Step());
        if (!row) return {};
        for (int column = 0; column <= 10; ++column) {
          const std::string field = s.Text(column);
          hash.Update(std::to_string(field.size()) + ":");
          hash.Update(field);
        }
      }
    });
    if (!status.ok()) return status;
    return hash.HexDigest();
  }

  Status Ping(const Context& context) override {
    return database_->Read(context, [](Connection& c) {
      return c.Prepare("SELECT value FROM settings").Step().status();
    });
  }

 private:
  // Runs `change` with no search under way. Searches that come meanwhile queue behind it at
  // `turn_`, so that an endless stream of them cannot keep a change waiting.
  template <typename F>
  void Change(F&& change) {
    std::lock_guard<std::mutex> turn(turn_);
    std::lock_guard<std::shared_mutex> alone(mutex_);
    change();
  }

  const std::unique_ptr<sqlite::Database> database_;
  const std::size_t dimension_;
  std::mutex writer_;  // keeps memory in the order of the commits
  std::mutex turn_;
  std::shared_mutex mutex_;  // of tenants_
  std::map<std::string, TenantIndex> tenants_;
};

}  // namespace

Result<std::unique_ptr<SearchIndex>> OpenEmbeddedSearchIndex(
    const EmbeddedSearchIndexConfig& config) {
  VANG_RETURN_IF_ERROR(CheckDimension(config.dimension));
  VANG_ASSIGN_OR_RETURN(auto database, sqlite::Database::Open({config.path, Migrations()}));
  auto index = std::make_unique<EmbeddedSearchIndex>(std::move(database),
                                                     static_cast<std::size_t>(config.dimension));
  VANG_RETURN_IF_ERROR(index->Load().Wrap("opening the search index " + config.path));
  return std::unique_ptr<SearchIndex>(std::move(index));
}

}  // namespace vang
