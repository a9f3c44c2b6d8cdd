#include "libs/adapters/sqlite/database.h"

#include <atomic>
#include <thread>

#include "libs/base/file.h"
#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"

namespace vang::sqlite {
namespace {

const std::vector<std::string> kSchema = {"CREATE TABLE t(k TEXT PRIMARY KEY, v INTEGER)"};

std::unique_ptr<Database> OpenIn(const TempFolder& folder,
                                 const std::vector<std::string>& schema = kSchema) {
  auto database = Database::Open({(folder.path() / "db" / "test.db").string(), schema, 2, 1'024});
  EXPECT_THAT(database, IsOk());
  return std::move(database).value();
}

Status Insert(Database& database, const std::string& key, Durability d = Durability::kDurable) {
  return database.Write(Context(), d, [&](Connection& c) {
    return c.Prepare("INSERT INTO t VALUES(?, 1)").Bind(key).Run();
  });
}

std::int64_t Count(Database& database) {
  std::int64_t count = -1;
  EXPECT_THAT(database.Read(Context(),
                            [&](Connection& c) -> Status {
                              Statement s = c.Prepare("SELECT count(*) FROM t");
                              VANG_RETURN_IF_ERROR(s.Step().status());
                              count = s.Int(0);
                              return {};
                            }),
              IsOk());
  return count;
}

TEST(Database, KeepsWhatWasWritten) {
  TempFolder folder;
  VANG_ASSERT_OK(Insert(*OpenIn(folder), "a"));
  EXPECT_EQ(Count(*OpenIn(folder)), 1);
}

TEST(Database, AFailedWriteUndoesItselfAlone) {
  TempFolder folder;
  auto database = OpenIn(folder);
  VANG_ASSERT_OK(Insert(*database, "a"));
  EXPECT_THAT(
      database->Write(Context(), Durability::kDurable,
                      [](Connection& c) -> Status {
                        VANG_RETURN_IF_ERROR(c.Prepare("INSERT INTO t VALUES('b', 1)").Run());
                        return c.Prepare("INSERT INTO t VALUES('a', 1)").Run();
                      }),
      HasCode(Code::kAlreadyExists));
  EXPECT_EQ(Count(*database), 1);
}

TEST(Database, WritersOnManyThreadsAllCommit) {
  TempFolder folder;
  auto database = OpenIn(folder);
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        EXPECT_THAT(Insert(*database, std::to_string(t) + "/" + std::to_string(i),
                           i % 2 == 0 ? Durability::kDurable : Durability::kBuffered),
                    IsOk());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(Count(*database), 400);
}

TEST(Database, MigratesStepByStepAndRefusesANewerSchema) {
  TempFolder folder;
  VANG_ASSERT_OK(Insert(*OpenIn(folder), "a"));
  auto schema = kSchema;
  schema.emplace_back("ALTER TABLE t ADD COLUMN extra TEXT");
  EXPECT_EQ(Count(*OpenIn(folder, schema)), 1);
  EXPECT_THAT(Database::Open({(folder.path() / "db" / "test.db").string(), kSchema, 1, 16}),
              Fails(Code::kFailedPrecondition, "newer"));
}

TEST(Database, AFileThatIsNoDatabaseIsDataLoss) {
  TempFolder folder;
  VANG_ASSERT_OK(WriteFileDurably(folder.path() / "x.db", std::string(8'192, 'x')));
  EXPECT_THAT(Database::Open({(folder.path() / "x.db").string(), kSchema, 1, 16}),
              HasCode(Code::kDataLoss));
}

TEST(Database, AnEndedContextWritesNothing) {
  TempFolder folder;
  auto database = OpenIn(folder);
  const Context late = Context().WithTimeout(std::chrono::milliseconds(0));
  EXPECT_THAT(database->Write(late, Durability::kDurable, [](Connection&) { return Status(); }),
              HasCode(Code::kDeadlineExceeded));
}

}  // namespace
}  // namespace vang::sqlite
