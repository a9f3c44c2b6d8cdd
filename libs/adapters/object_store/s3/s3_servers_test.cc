// The adapter on real servers: MinIO and versitygw, each started by the test.
#include <sys/resource.h>

#include <fstream>
#include <latch>
#include <thread>

#include "libs/adapters/object_store/s3/answers.h"
#include "libs/adapters/object_store/s3/client.h"
#include "libs/adapters/object_store/s3/s3_object_store.h"
#include "libs/base/sha256.h"
#include "tests/contract/object_store_contract.h"
#include "tests/support/s3_server.h"

namespace vang {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// One server of each kind for the process.
Result<S3Server*> SharedServer(S3Kind kind) {
  static TempFolder folders[2];
  static std::optional<S3Server> servers[2];
  const auto index = static_cast<std::size_t>(kind);
  if (!servers[index]) {
    auto started = S3Server::Start({.kind = kind, .folder = folders[index].path()});
    if (!started.ok()) return started.status();
    servers[index] = *std::move(started);
  }
  return &*servers[index];
}

Result<std::unique_ptr<ObjectStore>> MakeStore(S3Kind kind, const std::filesystem::path& folder) {
  VANG_ASSIGN_OR_RETURN(const S3Server* server, SharedServer(kind));
  S3ObjectStoreConfig config = server->Config("contract");
  config.prefix = folder.filename().string() + "/";
  return OpenS3ObjectStore(Context(), config);
}
Result<std::unique_ptr<ObjectStore>> MakeMinioStore(const std::filesystem::path& folder) {
  return MakeStore(S3Kind::kMinio, folder);
}
Result<std::unique_ptr<ObjectStore>> MakeVersitygwStore(const std::filesystem::path& folder) {
  return MakeStore(S3Kind::kVersitygw, folder);
}

INSTANTIATE_TEST_SUITE_P(S3Minio, ObjectStoreContract, testing::Values(&MakeMinioStore));
INSTANTIATE_TEST_SUITE_P(S3Versitygw, ObjectStoreContract, testing::Values(&MakeVersitygwStore));

class S3Servers : public testing::TestWithParam<S3Kind> {
 protected:
  void SetUp() override {
    auto server = S3Server::Start({.kind = GetParam(), .folder = folder_.path()});
    VANG_ASSERT_OK(server);
    server_ = *std::move(server);
    config_ = server_->Config("sound");
    config_.part_bytes = std::uint64_t{5} << 20;
  }
  std::unique_ptr<ObjectStore> Open() { return Open(config_); }
  static std::unique_ptr<ObjectStore> Open(const S3ObjectStoreConfig& config) {
    auto store = OpenS3ObjectStore(Context(), config);
    EXPECT_THAT(store, IsOk());
    return std::move(store).value();
  }

  const Context context_{};
  TempFolder folder_;
  std::optional<S3Server> server_;
  S3ObjectStoreConfig config_;
};

INSTANTIATE_TEST_SUITE_P(Real, S3Servers, testing::Values(S3Kind::kMinio, S3Kind::kVersitygw),
                         [](const auto& kind) {
                           return kind.param == S3Kind::kMinio ? "Minio" : "Versitygw";
                         });

// Bytes that differ from piece to piece, so that a part in the wrong place is noticed.
std::string Piece(std::uint64_t number) {
  std::string piece(std::size_t{1} << 20, static_cast<char>('a' + number % 26));
  return piece.replace(0, 20, std::to_string(number) + "....................", 0, 20);
}

// Writes `mib` pieces; their SHA-256.
std::string WritePieces(ObjectWriter& writer, std::uint64_t mib) {
  Sha256 hash;
  for (std::uint64_t i = 0; i < mib; ++i) {
    const std::string piece = Piece(i);
    hash.Update(piece);
    EXPECT_THAT(writer.Write(piece), IsOk());
  }
  return hash.HexDigest();
}

std::string HashOfFile(const FileDescriptor& file) {
  Sha256 hash;
  std::string buffer(std::size_t{1} << 20, '\0');
  for (off_t at = 0;;) {
    const ssize_t n = ::pread(file.get(), buffer.data(), buffer.size(), at);
    if (n <= 0) return hash.HexDigest();
    hash.Update({buffer.data(), static_cast<std::size_t>(n)});
    at += n;
  }
}

// Uploads in parts that the server knows of for `key`.
std::size_t OpenUploads(const S3ObjectStoreConfig& config, const std::string& key) {
  auto client = s3::Client::Create(config);
  const auto answer = (*client)->SendOk(
      Context(), {.method = "GET", .query = {{"uploads", ""}, {"prefix", "objects/" + key}}});
  EXPECT_THAT(answer, IsOk());
  return s3::ParseUploadPage(answer->response.body).value().entries.size();
}

TEST_P(S3Servers, SaysWhatItsServerCanDo) {
  const std::string facts = Open()->Facts();
  EXPECT_THAT(facts, HasSubstr("; conditional create"));
  EXPECT_THAT(facts, HasSubstr("; CRC32C verified"));
  EXPECT_THAT(facts, Not(HasSubstr("large objects")));
}

TEST_P(S3Servers, ALargeObjectGoesInPartsAndComesBackWhole) {
  auto store = Open();
  // Two parts and a piece; and more than is read in one go.
  for (const std::uint64_t mib : {11U, 70U}) {
    const std::string key = "default/audio/" + std::to_string(mib);
    auto writer = store->Create(context_);
    const std::string hash = WritePieces(**writer, mib);
    EXPECT_TRUE((*writer)->Commit(context_, key).value());
    EXPECT_EQ(store->Stat(context_, key).value().size, mib << 20);
    EXPECT_EQ(HashOfFile(store->OpenFile(context_, key).value()), hash);
    auto again = store->Create(context_);
    WritePieces(**again, mib);
    EXPECT_FALSE((*again)->Commit(context_, key).value());
    EXPECT_EQ(OpenUploads(config_, key), 0U);
  }
}

TEST_P(S3Servers, AnObjectWithoutBytesIsAnObject) {
  auto store = Open();
  VANG_ASSERT_OK(store->Put(context_, "default/empty", ""));
  EXPECT_EQ(store->Get(context_, "default/empty").value(), "");
  EXPECT_EQ(HashOfFile(store->OpenFile(context_, "default/empty").value()), Sha256Hex(""));
}

// Several processes: each has a store of its own and knows nothing of the others. versitygw 1.7
// looks and writes in two steps, so that two may be told that they made it; the object is whole all
// the same.
TEST_P(S3Servers, OfManyStoresThatCreateOneKeyExactlyOneWins) {
  for (const std::uint64_t mib : {0U, 11U}) {
    const std::string key = "default/race/" + std::to_string(mib);
    std::atomic<int> won{0};
    std::atomic<int> failed{0};
    std::latch ready(4);
    std::vector<std::jthread> writers;
    for (int i = 0; i < 4; ++i) {
      writers.emplace_back([&] {
        auto store = Open();
        auto writer = store->Create(context_);
        if (mib == 0) {
          VANG_EXPECT_OK((*writer)->Write("small"));
        }
        WritePieces(**writer, mib);
        ready.arrive_and_wait();
        const auto made = (*writer)->Commit(context_, key);
        EXPECT_THAT(made, IsOk());
        if (!made.ok()) {
          ++failed;
        } else if (*made) {
          ++won;
        }
      });
    }
    writers.clear();
    EXPECT_GE(won, 1);
    if (GetParam() == S3Kind::kMinio) {
      EXPECT_EQ(won, 1);
    }
    EXPECT_EQ(failed, 0);
    EXPECT_EQ(OpenUploads(config_, key), 0U);
    EXPECT_EQ(Open()->Stat(context_, key).value().size, mib == 0 ? 5 : mib << 20);
  }
}

TEST_P(S3Servers, KilledInAnUploadInPartsItShowsNothingAndTheNextStartCleansUp) {
  config_.retry_for = Duration(0);
  config_.parts_in_flight = 1;
  const std::string key = "default/audio/cut";
  {
    auto store = Open();
    auto writer = store->Create(context_);
    WritePieces(**writer, 80);
    std::jthread killer([&] {
      while (OpenUploads(config_, key) == 0) std::this_thread::yield();
      server_->Kill();
    });
    EXPECT_THAT((*writer)->Commit(context_, key), HasCode(Code::kUnavailable));
  }
  VANG_ASSERT_OK(server_->Restart());
  ASSERT_EQ(OpenUploads(config_, key), 1U);
  config_.stale_after = Duration(0);
  auto store = Open();
  EXPECT_THAT(store->Stat(context_, key), HasCode(Code::kNotFound));
  EXPECT_TRUE(store->List(context_, "", "", 10).value().empty());
  EXPECT_EQ(OpenUploads(config_, key), 0U);
  auto writer = store->Create(context_);
  const std::string hash = WritePieces(**writer, 11);
  EXPECT_TRUE((*writer)->Commit(context_, key).value());
  EXPECT_EQ(HashOfFile(store->OpenFile(context_, key).value()), hash);
}

TEST_P(S3Servers, OpenForReadingItChangesNothing) {
  S3ObjectStoreConfig reading = server_->Config("not-made");
  reading.read_only = true;
  auto store = OpenS3ObjectStore(context_, reading);
  VANG_ASSERT_OK(store);
  EXPECT_THAT((*store)->List(context_, "", "", 10), HasCode(Code::kNotFound));
  EXPECT_FALSE(std::filesystem::exists(server_->data() / "not-made"));

  VANG_ASSERT_OK(Open()->Put(context_, "default/a", "a"));
  reading.bucket = config_.bucket;
  store = OpenS3ObjectStore(context_, reading);
  VANG_ASSERT_OK(store);
  EXPECT_EQ((*store)->List(context_, "", "", 10)->size(), 1U);
  EXPECT_EQ((*store)->Get(context_, "default/a", 10).value(), "a");
  EXPECT_THAT((*store)->Put(context_, "default/b", "b"), HasCode(Code::kFailedPrecondition));
  EXPECT_THAT((*store)->Delete(context_, "default/a"), HasCode(Code::kFailedPrecondition));
  EXPECT_THAT((*store)->Ping(context_), HasCode(Code::kFailedPrecondition));
  EXPECT_EQ((*store)->List(context_, "", "", 10)->size(), 1U);
}

TEST_P(S3Servers, AServerThatComesBackIsWaitedFor) {
  config_.retry_for = Duration(120'000);
  auto store = Open();
  VANG_ASSERT_OK(store->Put(context_, "default/before", "before"));
  server_->Kill();
  EXPECT_THAT(store->Ping(context_), HasCode(Code::kUnavailable));
  std::jthread restarter([&] { VANG_EXPECT_OK(server_->Restart()); });
  VANG_EXPECT_OK(store->Put(context_, "default/after", "after"));
  EXPECT_EQ(store->Get(context_, "default/before").value(), "before");
  restarter.join();
  VANG_EXPECT_OK(store->Ping(context_));
}

TEST_P(S3Servers, AServerThatIsNotThereYetIsNoReasonNotToStart) {
  server_->Kill();
  config_.retry_for = Duration(0);
  auto store = Open();
  EXPECT_THAT(store->Ping(context_), HasCode(Code::kUnavailable));
  EXPECT_EQ(store->Facts(), "");
  VANG_ASSERT_OK(server_->Restart());
  VANG_EXPECT_OK(store->Ping(context_));
  EXPECT_NE(store->Facts(), "");
}

TEST_P(S3Servers, AServerThatHangsMeetsTheDeadline) {
  auto store = Open();
  VANG_ASSERT_OK(store->Put(context_, "default/a", "a"));
  server_->Freeze();
  const Context soon = context_.WithTimeout(Duration(1'500));
  EXPECT_THAT(store->Get(soon, "default/a"), HasCode(Code::kDeadlineExceeded));
  EXPECT_THAT(store->Put(context_.WithTimeout(Duration(500)), "default/b", "b"),
              HasCode(Code::kDeadlineExceeded));
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_THAT(store->OpenFile(context_.WithStop(stop.get_token()), "default/a"),
              HasCode(Code::kCancelled));
  server_->Thaw();
  EXPECT_EQ(store->Get(context_, "default/a").value(), "a");
}

TEST_P(S3Servers, AServerThatHangsIsGivenUpWithoutADeadline) {
  config_.silence = Duration(1'000);
  config_.retry_for = Duration(0);
  auto store = Open();
  server_->Freeze();
  EXPECT_THAT(store->Get(context_, "default/a"), HasCode(Code::kUnavailable));
  server_->Thaw();
}

// The peak of this process's resident set since it was last reset.
long PeakKiB() {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with("VmHWM:")) return std::stol(line.substr(6));
  }
  return 0;
}
void ResetPeak() { std::ofstream("/proc/self/clear_refs") << "5"; }

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMemoryIsOurs = false;  // the sanitizer keeps freed memory
#else
constexpr bool kMemoryIsOurs = true;
#endif

TEST_P(S3Servers, ALargeObjectDoesNotLieInMemory) {
  config_.part_bytes = S3ObjectStoreConfig().part_bytes;
  auto store = Open();
  constexpr std::uint64_t kMiB = 256;
  {
    auto warm_up = store->Create(context_);
    WritePieces(**warm_up, 33);
    VANG_ASSERT_OK((*warm_up)->Commit(context_, "default/warm"));
  }
  ResetPeak();
  const long before = PeakKiB();
  auto writer = store->Create(context_);
  const std::string hash = WritePieces(**writer, kMiB);
  VANG_ASSERT_OK((*writer)->Commit(context_, "default/huge"));
  const auto file = store->OpenFile(context_, "default/huge");
  VANG_ASSERT_OK(file);
  EXPECT_EQ(HashOfFile(*file), hash);
  const long grown = PeakKiB() - before;
  RecordProperty("grown_kib", static_cast<int>(grown));
  std::printf("%lu MiB there and back: peak RSS +%ld KiB\n", static_cast<unsigned long>(kMiB),
              grown);
  if (kMemoryIsOurs) {
    EXPECT_LT(grown, 32 << 10);
  }
}

TEST_P(S3Servers, WrongCredentialsAndAMissingBucketAreSaidWithWhatToDo) {
  S3ObjectStoreConfig wrong = config_;
  wrong.secret_access_key_file = folder_.path() / "wrong_secret";
  std::ofstream(wrong.secret_access_key_file) << "not-the-secret";
  const Status secret = OpenS3ObjectStore(context_, wrong).status();
  // A refused HEAD, as when the bucket is looked for, has no body that says more than 403.
  EXPECT_TRUE(secret.code() == Code::kUnauthenticated || secret.code() == Code::kPermissionDenied)
      << secret.ToString();
  EXPECT_THAT(secret.message(), HasSubstr("check the"));
  EXPECT_THAT(secret.message(), Not(HasSubstr("not-the-secret")));

  wrong.create_bucket = false;
  EXPECT_THAT(OpenS3ObjectStore(context_, wrong), Fails(Code::kUnauthenticated, "check the files"));

  S3ObjectStoreConfig missing = config_;
  missing.bucket = "nowhere";
  missing.create_bucket = false;
  EXPECT_THAT(OpenS3ObjectStore(context_, missing), Fails(Code::kFailedPrecondition, "create"));
}

TEST_P(S3Servers, ABucketThatGoesAwayIsNotAnObjectThatIsMissing) {
  auto store = Open();
  std::filesystem::remove_all(server_->data() / "sound");
  if (GetParam() == S3Kind::kMinio) {
    server_->Kill();  // it remembers its buckets
    VANG_ASSERT_OK(server_->Restart());
  }
  EXPECT_THAT(store->Stat(context_, "default/a"), HasCode(Code::kFailedPrecondition));
  EXPECT_THAT(store->Get(context_, "default/a"), HasCode(Code::kFailedPrecondition));
}

TEST_P(S3Servers, SignsPrefixesOfAnyCharacters) {
  config_.prefix = "tiếng Việt/+ &=%'()!*,;:@$~[x]/";
  auto store = Open();
  VANG_ASSERT_OK(store->Put(context_, "default/a.b_-c", "a"));
  EXPECT_EQ(store->Get(context_, "default/a.b_-c").value(), "a");
  const auto listed = store->List(context_, "default/", "", 10);
  VANG_ASSERT_OK(listed);
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_EQ((*listed)[0].key, "default/a.b_-c");
  VANG_EXPECT_OK(store->Delete(context_, "default/a.b_-c"));
}

TEST_P(S3Servers, SpeaksTlsAndTrustsOnlyWhatItIsTold) {
  TempFolder folder;
  const auto server = S3Server::Start({.kind = GetParam(), .folder = folder.path(), .tls = true});
  VANG_ASSERT_OK(server);
  S3ObjectStoreConfig config = server->Config("sound");
  auto store = Open(config);
  VANG_ASSERT_OK(store->Put(context_, "default/a", "a"));
  EXPECT_EQ(store->Get(context_, "default/a").value(), "a");
  config.ca_file = "";
  EXPECT_THAT(OpenS3ObjectStore(context_, config), Fails(Code::kFailedPrecondition, "ca_file"));
}

TEST(S3Minio, ServesABucketAsAHostOfItsOwn) {
  TempFolder folder;
  const auto server =
      S3Server::Start({.kind = S3Kind::kMinio, .folder = folder.path(), .domain = "localhost"});
  VANG_ASSERT_OK(server);
  S3ObjectStoreConfig config = server->Config("sound");
  config.endpoint = "http://LocalHost:" + config.endpoint.substr(config.endpoint.rfind(':') + 1);
  config.path_style = false;
  auto store = OpenS3ObjectStore(Context(), config);
  VANG_ASSERT_OK(store);
  VANG_ASSERT_OK((*store)->Put(Context(), "default/a", "a"));
  EXPECT_EQ((*store)->Get(Context(), "default/a").value(), "a");
  EXPECT_EQ((*store)->List(Context(), "", "", 10).value().size(), 1U);
}

}  // namespace
}  // namespace vang
