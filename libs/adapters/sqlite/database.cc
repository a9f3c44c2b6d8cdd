#include "libs/adapters/sqlite/database.h"

#include <sqlite3.h>

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <thread>

#include "libs/adapters/sqlite/errors.h"
#include "libs/base/file.h"

namespace vang::sqlite {
namespace {

// More writes than this in one transaction gain nothing and make the first ones wait.
constexpr std::size_t kBatch = 64;

Result<std::unique_ptr<Connection>> Connect(const std::string& path, bool write) {
  sqlite3* db = nullptr;
  const int flags = SQLITE_OPEN_NOMUTEX |
                    (write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
  const int code = sqlite3_open_v2(path.c_str(), &db, flags, nullptr);
  auto connection = std::make_unique<Connection>(db);
  if (code != SQLITE_OK) return ErrorStatus(db, "cannot open the database " + path);
  sqlite3_busy_timeout(db, 5'000);
  sqlite3_extended_result_codes(db, 1);
  VANG_RETURN_IF_ERROR(connection->Execute("PRAGMA mmap_size=0; PRAGMA trusted_schema=OFF"));
  if (write) {
    VANG_RETURN_IF_ERROR(connection->Execute(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
        "PRAGMA wal_autocheckpoint=1000"));
  } else {
    VANG_RETURN_IF_ERROR(connection->Execute("PRAGMA wal_autocheckpoint=0"));
  }
  return connection;
}

Status Migrate(Connection& connection, const std::vector<std::string>& migrations) {
  std::int64_t version = 0;
  {
    Statement statement = connection.Prepare("PRAGMA user_version");
    VANG_ASSIGN_OR_RETURN(const bool row, statement.Step());
    if (row) version = statement.Int(0);
  }
  const auto target = static_cast<std::int64_t>(migrations.size());
  if (version > target) {
    return FailedPrecondition("the database was written by a newer Vang (schema " +
                              std::to_string(version) + "); upgrade Vang");
  }
  for (; version < target; ++version) {
    VANG_RETURN_IF_ERROR(
        connection.Execute("BEGIN IMMEDIATE;" + migrations[static_cast<std::size_t>(version)] +
                           ";PRAGMA user_version=" + std::to_string(version + 1) + ";COMMIT"));
  }
  return {};
}

}  // namespace

struct Database::Impl {
  struct Pending {
    const Work* work;
    Durability durability;
    Status result;
    bool done = false;
  };

  DatabaseConfig config;
  std::unique_ptr<Connection> writer;
  Durability level = Durability::kDurable;  // of the writer connection now

  std::mutex mutex;
  std::condition_variable arrived, finished;
  std::deque<Pending*> queue;
  bool stopping = false;
  Status poisoned;

  std::mutex readers_mutex;
  std::condition_variable reader_free;
  std::vector<std::unique_ptr<Connection>> readers;

  std::thread thread;

  void Run() {
    std::unique_lock<std::mutex> lock(mutex);
    while (true) {
      arrived.wait(lock, [this] { return stopping || !queue.empty(); });
      if (queue.empty()) return;
      std::vector<Pending*> batch;
      while (!queue.empty() && batch.size() < kBatch) {
        batch.push_back(queue.front());
        queue.pop_front();
      }
      Status failed = poisoned;
      lock.unlock();
      if (failed.ok()) failed = CommitBatch(batch);
      lock.lock();
      for (Pending* pending : batch) {
        if (!failed.ok()) pending->result = failed;
        pending->done = true;
      }
      if (failed.code() == Code::kDataLoss) poisoned = failed;
      finished.notify_all();
    }
  }

  Status CommitBatch(const std::vector<Pending*>& batch) {
    Durability wanted = Durability::kBuffered;
    for (const Pending* pending : batch) {
      if (pending->durability == Durability::kDurable) wanted = Durability::kDurable;
    }
    if (wanted != level) {
      VANG_RETURN_IF_ERROR(writer->Execute(wanted == Durability::kDurable
                                               ? "PRAGMA synchronous=FULL"
                                               : "PRAGMA synchronous=NORMAL"));
      level = wanted;
    }
    VANG_RETURN_IF_ERROR(writer->Execute("BEGIN IMMEDIATE"));
    for (Pending* pending : batch) {
      Status status = writer->Execute("SAVEPOINT work");
      if (status.ok()) {
        pending->result = (*pending->work)(*writer);
        status = writer->Execute(pending->result.ok() ? "RELEASE work"
                                                      : "ROLLBACK TO work; RELEASE work");
      }
      if (!status.ok()) {
        // SQLite has rolled everything back by itself (a full disk does this).
        (void)writer->Execute("ROLLBACK");
        return status;
      }
    }
    if (Status status = writer->Execute("COMMIT"); !status.ok()) {
      (void)writer->Execute("ROLLBACK");
      return status;
    }
    return {};
  }
};

Database::Database(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {
  impl_->thread = std::thread([state = impl_.get()] { state->Run(); });
}

Result<std::unique_ptr<Database>> Database::Open(DatabaseConfig config) {
  const std::filesystem::path path = config.path;
  VANG_RETURN_IF_ERROR(CreateFoldersDurably(path.parent_path()));
  auto impl = std::make_unique<Impl>();
  VANG_ASSIGN_OR_RETURN(impl->writer, Connect(config.path, true));
  VANG_RETURN_IF_ERROR(Migrate(*impl->writer, config.migrations).Wrap(config.path));
  for (int i = 0; i < config.readers; ++i) {
    VANG_ASSIGN_OR_RETURN(auto reader, Connect(config.path, false));
    impl->readers.push_back(std::move(reader));
  }
  VANG_RETURN_IF_ERROR(SyncFolder(path.parent_path()));
  impl->config = std::move(config);
  return std::unique_ptr<Database>(new Database(std::move(impl)));
}

Database::~Database() {
  {
    std::lock_guard<std::mutex> lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->arrived.notify_all();
  impl_->thread.join();
}

Status Database::Write(const Context& context, Durability durability, const Work& work) {
  VANG_RETURN_IF_ERROR(context.Check());
  Impl::Pending pending{&work, durability, {}, false};
  std::unique_lock<std::mutex> lock(impl_->mutex);
  const auto has_room = [this] { return impl_->queue.size() < impl_->config.queue_limit; };
  while (!has_room()) {
    impl_->finished.wait_for(lock, context.Remaining(std::chrono::milliseconds(100)), has_room);
    VANG_RETURN_IF_ERROR(context.Check().Wrap("waiting for room in the write queue"));
  }
  if (impl_->stopping) return Unavailable("the database is being closed");
  impl_->queue.push_back(&pending);
  impl_->arrived.notify_one();
  // Once queued the work must be waited for: the writer holds a pointer into this frame.
  impl_->finished.wait(lock, [&pending] { return pending.done; });
  return pending.result;
}

Status Database::Read(const Context& context, const Work& work) {
  VANG_RETURN_IF_ERROR(context.Check());
  std::unique_ptr<Connection> reader;
  {
    std::unique_lock<std::mutex> lock(impl_->readers_mutex);
    while (impl_->readers.empty()) {
      impl_->reader_free.wait_for(lock, context.Remaining(std::chrono::milliseconds(100)));
      VANG_RETURN_IF_ERROR(context.Check().Wrap("waiting for a database reader"));
    }
    reader = std::move(impl_->readers.back());
    impl_->readers.pop_back();
  }
  Status status = reader->Execute("BEGIN");
  if (status.ok()) {
    status = work(*reader);
    (void)reader->Execute("COMMIT");
  }
  std::lock_guard<std::mutex> lock(impl_->readers_mutex);
  impl_->readers.push_back(std::move(reader));
  impl_->reader_free.notify_one();
  return status;
}

}  // namespace vang::sqlite
