// Rows from SQLite files into a real PostgreSQL server, read back through the ports.
#include "apps/vang/import/rows.h"

#include "libs/adapters/key_store/postgres/postgres_key_store.h"
#include "libs/adapters/key_store/sqlite/sqlite_key_store.h"
#include "libs/adapters/metadata_store/postgres/postgres_metadata_store.h"
#include "libs/adapters/metadata_store/sqlite/sqlite_metadata_store.h"
#include "libs/adapters/registry_store/postgres/postgres_registry_store.h"
#include "libs/adapters/registry_store/sqlite/sqlite_registry_store.h"
#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"
#include "tests/contract/metadata_samples.h"
#include "tests/support/postgres_server.h"

namespace vang::cli {
namespace {

class ImportRows : public testing::Test {
 protected:
  void SetUp() override {
    const auto server = PostgresServer::Shared();
    VANG_ASSERT_OK(server);
    server_ = *server;
    destination_ = server_->ConfigFor(folder_.path());
    auto metadata = OpenSqliteMetadataStore({Path("metadata.db")});
    auto keys = OpenSqliteKeyStore({Path("keys.db")});
    auto registry = OpenSqliteRegistryStore({Path("registry.db")});
    VANG_ASSERT_OK(metadata);
    VANG_ASSERT_OK(keys);
    VANG_ASSERT_OK(registry);
    metadata_ = std::move(*metadata);
    keys_ = std::move(*keys);
    registry_ = std::move(*registry);
  }
  std::string Path(const char* file) { return (folder_.path() / file).string(); }

  Recording ARecording(const std::string& id, const std::string& title = "Họp tổ") {
    Recording row;
    row.id = id;
    row.tenant = "news";
    row.title = title;
    row.duration = 1.0 / 3.0;
    row.tags = {"họp", "tuần"};
    row.speakers = {{"1", "Bà Ba"}};
    return row;
  }
  void Fill(int recordings = 3) {
    Change change;
    change.inbox_event_id = "event";
    for (int i = 0; i < recordings; ++i) {
      const std::string id = "r" + std::to_string(i);
      change.mutations.insert(
          change.mutations.end(),
          {PutRecording{ARecording(id)},
           PutVersion{{id, "v", 1, "m", "raw", "readable", 2, 3, -1, 5}},
           PutStage{{id, "v", "transcribed", 6}},
           PutEdit{{"e" + id, id, "v", 0, "cũ", "mới", std::nullopt, "tôi", 7}}});
    }
    VANG_ASSERT_OK(metadata_->Commit(context_, change));
    VANG_ASSERT_OK(
        metadata_->Commit(context_, {{}, {EraseRecording{{"gone", "news", "ai đó", 9}}}, {}}));
    VANG_ASSERT_OK(keys_->Put(context_, {"k1", "a", "news", {"read"}, "hash-1", "vang_1", 1, {}}));
    VANG_ASSERT_OK(
        keys_->Put(context_, {"k2", "b", "court", {"read", "admin"}, "hash-2", "vang_2", 2, 3}));
    VANG_ASSERT_OK(registry_->PutModel(context_, {"m1", "speech", "vang_ctc", "/m1", "{}", 1}));
    VANG_ASSERT_OK(registry_->PutModel(context_, {"m2", "speech", "whisper", "/m2", "{}", 2}));
    VANG_ASSERT_OK(registry_->SetAlias(context_, "champion", "m1", 1));
    VANG_ASSERT_OK(registry_->SetAlias(context_, "champion", "m2", 2));
    VANG_ASSERT_OK(registry_->RollbackAlias(context_, "champion", 3));
    const DatasetItem item{"er0", "r0", "news/audio/x", 0.1, 0.2, "mới", "r0/", "train"};
    VANG_ASSERT_OK(registry_->PutCorrection(context_, "news", item));
    VANG_ASSERT_OK(registry_->AddDataset(context_, {"d1", "news", "tập", 0, 4, "key", {item}}));
  }
  // The stores are closed: what moves them is alone with their files.
  Result<Rows> OpenRows() {
    source_hash_ = metadata_->ContentHash(context_).value();
    metadata_.reset();
    keys_.reset();
    registry_.reset();
    return Rows::Open(context_, folder_.path());
  }
  // What the server has, by a program that is not ours.
  std::string Psql(const std::string& sql) {
    const auto output = server_->Run(
        "psql", {"--dbname", destination_.database, "--tuples-only", "--no-align", "-c", sql});
    EXPECT_THAT(output, IsOk());
    return output.ok() ? output->substr(0, output->find('\n')) : "";
  }
  std::string CountTables() {
    return Psql("SELECT count(*) FROM information_schema.tables WHERE table_schema='" +
                destination_.schema + "'");
  }

  const Context context_{};
  TempFolder folder_;
  const PostgresServer* server_ = nullptr;
  postgres::Config destination_;
  std::unique_ptr<MetadataStore> metadata_;
  std::unique_ptr<KeyStore> keys_;
  std::unique_ptr<RegistryStore> registry_;
  std::string source_hash_;
};

TEST_F(ImportRows, AllOfThemArriveAsTheyWere) {
  Fill(1'100);
  const auto rows = OpenRows();
  VANG_ASSERT_OK(rows);
  EXPECT_EQ(rows->AreAt(context_, destination_).value(), false);
  VANG_ASSERT_OK(rows->MoveTo(context_, destination_));
  EXPECT_EQ(rows->AreAt(context_, destination_).value(), true);

  const auto metadata = OpenPostgresMetadataStore(destination_).value();
  EXPECT_EQ(metadata->ContentHash(context_).value(), source_hash_);
  EXPECT_EQ(metadata->GetReceipt(context_, "news", "gone")->deleted_by, "ai đó");
  const auto recording = metadata->GetRecording(context_, "news", "r7");
  VANG_ASSERT_OK(recording);
  EXPECT_EQ(recording->duration, 1.0 / 3.0);
  EXPECT_EQ(recording->tags, (std::vector<std::string>{"họp", "tuần"}));
  // What was applied is remembered: it is not applied again.
  EXPECT_EQ(metadata->Commit(context_, {"event", {}, {}}).value(), false);

  const auto keys = OpenPostgresKeyStore(destination_).value();
  EXPECT_EQ(keys->FindByHash(context_, "hash-1")->tenant, "news");
  const auto revoked = keys->FindByHash(context_, "hash-2");
  VANG_ASSERT_OK(revoked);
  EXPECT_EQ(revoked->tenant, "court");
  EXPECT_EQ(revoked->scopes, (std::vector<std::string>{"read", "admin"}));
  EXPECT_EQ(revoked->revoked_at, 3);

  const auto registry = OpenPostgresRegistryStore(destination_).value();
  EXPECT_EQ(registry->GetAlias(context_, "champion").value(), "m1");
  const auto history = registry->AliasHistory(context_, "champion");
  VANG_ASSERT_OK(history);
  ASSERT_EQ(history->size(), 3U);
  EXPECT_EQ(history->back().action, "rollback");
  EXPECT_EQ(registry->GetDataset(context_, "news", "d1")->items.at(0).offset, 0.1);
  EXPECT_EQ(registry->ListCorrections(context_, "news")->size(), 1U);
}

TEST_F(ImportRows, LookingMakesNothing) {
  Fill();
  const auto rows = OpenRows();
  VANG_ASSERT_OK(rows);
  EXPECT_EQ(rows->AreAt(context_, destination_).value(), false);
  EXPECT_EQ(Psql("SELECT count(*) FROM pg_namespace WHERE nspname='" + destination_.schema + "'"),
            "0");
}

TEST_F(ImportRows, OtherRowsAreRefusedAndLeftAlone) {
  Fill();
  {
    const auto keys = OpenPostgresKeyStore(destination_).value();
    VANG_ASSERT_OK(keys->Put(context_, {"k9", "x", "other", {"read"}, "hash-9", "vang_9", 1, {}}));
  }
  const auto rows = OpenRows();
  VANG_ASSERT_OK(rows);
  EXPECT_THAT(rows->AreAt(context_, destination_),
              Fails(Code::kFailedPrecondition, "table keys has 1 rows"));
}

TEST_F(ImportRows, TablesThatAreEmptyAreNoOtherData) {
  Fill();
  (void)OpenPostgresMetadataStore(destination_).value();
  const auto rows = OpenRows();
  VANG_ASSERT_OK(rows);
  EXPECT_EQ(rows->AreAt(context_, destination_).value(), false);
  VANG_ASSERT_OK(rows->MoveTo(context_, destination_));
}

TEST_F(ImportRows, AnErrorInTheMiddleKeepsNothing) {
  Fill();
  const auto rows = OpenRows();
  VANG_ASSERT_OK(rows);
  // Somebody is quicker, with a key of ours: the tables before it have been filled by then.
  {
    const auto keys = OpenPostgresKeyStore(destination_).value();
    VANG_ASSERT_OK(keys->Put(context_, {"k1", "x", "other", {"read"}, "hash-9", "vang_9", 1, {}}));
  }
  EXPECT_THAT(rows->MoveTo(context_, destination_), HasCode(Code::kAlreadyExists));
  const auto metadata = OpenPostgresMetadataStore(destination_).value();
  EXPECT_THAT(metadata->ListAll(context_, "", 10).value(), testing::IsEmpty());
}

TEST_F(ImportRows, TextThatPostgresqlRefusesIsNamedAndNothingIsMade) {
  Fill();
  struct Case {
    std::string title;
    std::string fault;
  };
  for (const Case& bad : {Case{std::string("a\0b", 3), "holds a NUL"}, Case{"a\xC3(", "UTF-8"}}) {
    VANG_ASSERT_OK(
        metadata_->Commit(context_, {{}, {PutRecording{ARecording("bad", bad.title)}}, {}}));
    const auto rows = OpenRows();
    EXPECT_THAT(rows, Fails(Code::kInvalidArgument,
                            "metadata.db: table recordings, row id=bad, column title: "));
    EXPECT_THAT(rows, Fails(Code::kInvalidArgument, bad.fault));
    metadata_ = OpenSqliteMetadataStore({Path("metadata.db")}).value();
  }
  EXPECT_EQ(CountTables(), "0");
}

}  // namespace
}  // namespace vang::cli
