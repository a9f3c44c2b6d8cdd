#include "libs/adapters/postgres/database.h"

#include <sys/wait.h>
#include <unistd.h>

#include <latch>
#include <thread>

#include "libs/base/status_matchers.h"
#include "tests/support/postgres_server.h"

namespace vang::postgres {
namespace {

using sql::Durability;

const sql::Schema kSchema = {"test", {"CREATE TABLE t(k TEXT PRIMARY KEY, v BIGINT NOT NULL)"}};

class PostgresDatabase : public testing::Test {
 protected:
  void SetUp() override {
    const auto server = PostgresServer::Shared();
    VANG_ASSERT_OK(server);
    server_ = *server;
    config_ = server_->ConfigFor(folder_.path());
  }

  std::unique_ptr<Database> Open(const sql::Schema& schema = kSchema) {
    auto database = Database::Open(config_, schema);
    EXPECT_THAT(database, IsOk());
    return std::move(database).value();
  }

  static Status Insert(Database& database, const std::string& key, std::int64_t value = 1) {
    return database.Write(Context(), Durability::kDurable, [&](Connection& c) {
      return c.Prepare("INSERT INTO t VALUES(?,?)").Bind(key).Bind(value).Run();
    });
  }

  static std::int64_t ValueOf(Database& database, const std::string& key) {
    std::int64_t value = -1;
    EXPECT_THAT(database.Read(Context(),
                              [&](Connection& c) -> Status {
                                auto s = c.Prepare("SELECT v FROM t WHERE k=?");
                                VANG_ASSIGN_OR_RETURN(const bool found, s.Bind(key).Step());
                                value = found ? s.Int(0) : 0;
                                return {};
                              }),
                IsOk());
    return value;
  }

  // Repeats a call that the server may be too slow for, until it succeeds or fails with `text`.
  template <typename Call>
  static Status Until(const Call& call, const std::string& text) {
    while (true) {
      const Status status = call();
      const bool said = !text.empty() && status.message().find(text) != std::string::npos;
      if (status.ok() || said || !status.retryable()) return status;
    }
  }

  TempFolder folder_;
  const PostgresServer* server_ = nullptr;
  Config config_;
};

TEST_F(PostgresDatabase, TheFailureOfAStatementThatWasPutOffUndoesAll) {
  auto database = Open();
  VANG_ASSERT_OK(Insert(*database, "a"));
  EXPECT_THAT(
      database->Write(Context(), Durability::kDurable,
                      [](Connection& c) -> Status {
                        VANG_RETURN_IF_ERROR(c.Prepare("INSERT INTO t VALUES('b', 1)").Run());
                        VANG_RETURN_IF_ERROR(c.Prepare("INSERT INTO t VALUES('a', 1)").Run());
                        return c.Prepare("INSERT INTO t VALUES('c', 1)").Run();
                      }),
      HasCode(Code::kAlreadyExists));
  EXPECT_EQ(ValueOf(*database, "b"), 0);
  EXPECT_EQ(ValueOf(*database, "c"), 0);
  EXPECT_EQ(ValueOf(*database, "a"), 1) << "and the connection still serves";
}

TEST_F(PostgresDatabase, MoreStatementsThanFitOneJourneyAllArrive) {
  auto database = Open();
  VANG_ASSERT_OK(database->Write(Context(), Durability::kBuffered, [](Connection& c) -> Status {
    for (int i = 0; i < 3'000; ++i) {
      VANG_RETURN_IF_ERROR(c.Prepare("INSERT INTO t VALUES(?,?)")
                               .Bind(std::to_string(i) + std::string(500, 'x'))
                               .Bind(i)
                               .Run());
    }
    return {};
  }));
  EXPECT_EQ(ValueOf(*database, "2999" + std::string(500, 'x')), 2'999);
}

TEST_F(PostgresDatabase, ProcessesThatStartAtOnceMigrateOnce) {
  const sql::Schema schema = {"test",
                              {"CREATE TABLE t(k TEXT PRIMARY KEY, v BIGINT NOT NULL)",
                               "SELECT pg_sleep(0.2); INSERT INTO t VALUES('second', 1)",
                               "UPDATE t SET v=v+1 WHERE k='second'"}};
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(Database::Open(config_, schema).ok() ? 0 : 1);
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(ValueOf(*Open(schema), "second"), 2);
}

TEST_F(PostgresDatabase, AStepThatFailsLeavesTheStepsBeforeItAndIsTriedAgain) {
  sql::Schema broken = kSchema;
  broken.steps.emplace_back("CREATE TABLE half(k TEXT); SELECT 1/0");
  EXPECT_THAT(Database::Open(config_, broken), Fails(Code::kInvalidArgument, "division by zero"));
  broken.steps.back() = "CREATE TABLE half(k TEXT)";
  EXPECT_EQ(ValueOf(*Open(broken), "a"), 0);
  EXPECT_THAT(Database::Open(config_, kSchema), Fails(Code::kFailedPrecondition, "newer"));
}

TEST_F(PostgresDatabase, AConfigurationThatCannotBeIsRefused) {
  config_.schema = "x; DROP";
  EXPECT_THAT(Database::Open(config_, kSchema), Fails(Code::kInvalidArgument, "schema"));
  config_.schema = "x";
  config_.tls = "perhaps";
  EXPECT_THAT(Database::Open(config_, kSchema), Fails(Code::kInvalidArgument, "tls"));
}

TEST_F(PostgresDatabase, TransactionsThatConflictRunAgainUntilBothAreDone) {
  auto database = Open();
  VANG_ASSERT_OK(Insert(*database, "n", 0));
  std::atomic<int> runs = 0;
  std::latch both_have_read(2);
  const auto add = [&] {
    bool first = true;
    EXPECT_THAT(
        database->Write(Context(), Durability::kDurable,
                        [&](Connection& c) -> Status {
                          ++runs;
                          VANG_RETURN_IF_ERROR(
                              c.Prepare("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE").Run());
                          auto s = c.Prepare("SELECT v FROM t WHERE k='n'");
                          VANG_RETURN_IF_ERROR(s.Step().status());
                          if (std::exchange(first, false)) both_have_read.arrive_and_wait();
                          return c.Prepare("UPDATE t SET v=? WHERE k='n'").Bind(s.Int(0) + 1).Run();
                        }),
        IsOk());
  };
  std::thread other(add);
  add();
  other.join();
  EXPECT_EQ(ValueOf(*database, "n"), 2);
  EXPECT_GT(runs, 2);
}

TEST_F(PostgresDatabase, AFailureOfTheWorkItselfIsNotTriedAgain) {
  auto database = Open();
  int runs = 0;
  EXPECT_THAT(database->Write(Context(), Durability::kDurable,
                              [&](Connection&) {
                                ++runs;
                                return Aborted("changed meanwhile");
                              }),
              Fails(Code::kAborted, "changed meanwhile"));
  EXPECT_EQ(runs, 1);
}

TEST_F(PostgresDatabase, ALockKeepsOthersAwayUntilItsTransactionEnds) {
  auto database = Open();
  VANG_ASSERT_OK(Insert(*database, "n", 0));
  const auto add = [&] {
    for (int i = 0; i < 20; ++i) {
      EXPECT_THAT(database->Write(
                      Context(), Durability::kBuffered,
                      [&](Connection& c) -> Status {
                        c.Lock("n");
                        auto s = c.Prepare("SELECT v FROM t WHERE k='n'");
                        VANG_RETURN_IF_ERROR(s.Step().status());
                        return c.Prepare("UPDATE t SET v=? WHERE k='n'").Bind(s.Int(0) + 1).Run();
                      }),
                  IsOk());
    }
  };
  std::thread one(add), two(add);
  add();
  one.join();
  two.join();
  EXPECT_EQ(ValueOf(*database, "n"), 60);
}

TEST_F(PostgresDatabase, WhenAllConnectionsAreInUseTheCallSaysSoAndMayBeRepeated) {
  config_.connections = 1;
  auto database = Open();
  const Status inner = database->Write(Context(), Durability::kDurable, [&](Connection&) {
    return database->Read(Context().WithTimeout(Duration(100)),
                          [](Connection&) { return Status(); });
  });
  EXPECT_THAT(inner, Fails(Code::kResourceExhausted, "all 1 connections"));
  EXPECT_TRUE(inner.retryable());
  VANG_EXPECT_OK(Insert(*database, "afterwards"));
}

TEST_F(PostgresDatabase, AStatementOrALockThatTakesTooLongEnds) {
  config_.statement_timeout = Duration(1'000);
  config_.lock_timeout = Duration(50);
  auto database = Open();
  EXPECT_THAT(database->Read(Context(),
                             [](Connection& c) { return c.Prepare("SELECT pg_sleep(60)").Run(); }),
              HasCode(Code::kDeadlineExceeded));
  const auto locked = [](Connection& c) -> Status {
    c.Lock("x");
    return c.Flush();
  };
  EXPECT_THAT(database->Write(Context(), Durability::kDurable,
                              [&](Connection& c) -> Status {
                                VANG_RETURN_IF_ERROR(locked(c));
                                return database->Write(Context(), Durability::kDurable, locked);
                              }),
              HasCode(Code::kAborted));
}

TEST_F(PostgresDatabase, ADeadlineAndAStopEndTheWaitForTheServer) {
  auto database = Open();
  const auto sleep = [](Connection& c) -> Status {
    return c.Prepare("SELECT pg_sleep(60)").Step().status();
  };
  EXPECT_THAT(database->Read(Context().WithTimeout(Duration(50)), sleep),
              HasCode(Code::kDeadlineExceeded));
  std::stop_source source;
  std::thread stopper([&] { source.request_stop(); });
  EXPECT_THAT(database->Read(Context().WithStop(source.get_token()), sleep),
              HasCode(Code::kCancelled));
  stopper.join();
  EXPECT_EQ(ValueOf(*database, "a"), 0);
}

TEST_F(PostgresDatabase, WhereTlsIsRequiredNothingIsSentWithoutIt) {
  config_.tls = "require";
  config_.acquire_timeout = Duration(1'000);
  auto database = Database::Open(config_, kSchema);
  VANG_ASSERT_OK(database);
  EXPECT_THAT(Until([&] { return Insert(**database, "a"); }, "SSL"), HasCode(Code::kUnavailable));
}

TEST_F(PostgresDatabase, EachSessionAsksForDurableCommitsAndBoundsItsStatements) {
  auto database = Open();
  VANG_EXPECT_OK(database->Read(Context(), [&](Connection& c) -> Status {
    auto s = c.Prepare(
        "SELECT current_setting('synchronous_commit'), current_setting('statement_timeout'),"
        " current_setting('lock_timeout'), current_schema()");
    VANG_RETURN_IF_ERROR(s.Step().status());
    EXPECT_EQ(s.Text(0), "on");
    EXPECT_EQ(s.Text(1), "30s");
    EXPECT_EQ(s.Text(2), "10s");
    EXPECT_EQ(s.Text(3), config_.schema);
    return {};
  }));
}

TEST_F(PostgresDatabase, NoErrorQuotesAPasswordOrAValue) {
  auto database = Open();
  VANG_ASSERT_OK(Insert(*database, "sesame"));
  EXPECT_THAT(Insert(*database, "sesame").message(), testing::Not(testing::HasSubstr("sesame")));
  VANG_ASSERT_OK(WriteFileDurably(folder_.path() / "wrong", "open sesame"));
  config_.password_file = folder_.path() / "wrong";
  config_.acquire_timeout = Duration(1'000);
  auto other = Database::Open(config_, kSchema);
  VANG_ASSERT_OK(other);
  const Status refused =
      Until([&] { return Insert(**other, "a"); }, "password authentication failed");
  EXPECT_THAT(refused, HasCode(Code::kUnavailable));
  EXPECT_THAT(refused.message(), testing::Not(testing::HasSubstr("sesame")));
  VANG_ASSERT_OK(
      WriteFileDurably(folder_.path() / "wrong", *ReadFile(server_->ConfigFor({}).password_file)));
  VANG_EXPECT_OK(Until([&] { return Insert(**other, "a"); }, "")) << "the file is read again";
}

}  // namespace
}  // namespace vang::postgres
