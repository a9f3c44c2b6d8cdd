#include "apps/vang/import/objects.h"

#include <map>

#include "libs/adapters/object_store/fs/fs_object_store.h"
#include "libs/base/sha256.h"
#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"
#include "libs/common/transcript.h"

namespace vang::cli {
namespace {

// Counts how often each object is opened.
class CountingStore : public ObjectStore {
 public:
  explicit CountingStore(std::unique_ptr<ObjectStore> store) : store_(std::move(store)) {}

  Result<std::unique_ptr<ObjectWriter>> Create(const Context& context) override {
    return store_->Create(context);
  }
  Status Put(const Context& context, const std::string& key, std::string_view bytes) override {
    return store_->Put(context, key, bytes);
  }
  Result<std::string> Get(const Context& context, const std::string& key,
                          std::size_t limit) override {
    return store_->Get(context, key, limit);
  }
  Result<FileDescriptor> OpenFile(const Context& context, const std::string& key) override {
    ++opened[key];
    return store_->OpenFile(context, key);
  }
  Result<ObjectInfo> Stat(const Context& context, const std::string& key) override {
    return store_->Stat(context, key);
  }
  Status Delete(const Context& context, const std::string& key) override {
    return store_->Delete(context, key);
  }
  Result<std::vector<ObjectInfo>> List(const Context& context, const std::string& prefix,
                                       const std::string& after, int max) override {
    return store_->List(context, prefix, after, max);
  }
  Status Ping(const Context& context) override { return store_->Ping(context); }

  std::map<std::string, int> opened;

 private:
  std::unique_ptr<ObjectStore> store_;
};

class ImportObjects : public testing::Test {
 protected:
  void SetUp() override {
    from_ = std::make_unique<CountingStore>(OpenFsObjectStore({folder_.path() / "from"}).value());
    to_ = std::make_unique<CountingStore>(OpenFsObjectStore({folder_.path() / "to"}).value());
    Put(audio_, "sound");
    Put("news/transcripts/1/raw.json", "{}");
    Put("local/empty", "");
  }
  void Put(const std::string& key, const std::string& bytes) {
    VANG_ASSERT_OK(from_->Put(context_, key, bytes));
  }
  Status Move(ObjectCounts* counts) {
    auto looked = LookAtObjects(context_, *from_, to_.get());
    VANG_RETURN_IF_ERROR(looked.status());
    *counts = *looked;
    auto marks = Marks::Read(folder_.path() / "marks", "there");
    VANG_RETURN_IF_ERROR(marks.status());
    return MoveObjects(
        context_, *from_, *to_, &*marks, [](const std::string&) {}, counts);
  }

  const Context context_{};
  TempFolder folder_;
  const std::string audio_ = AudioKey("news", Sha256Hex("sound"));
  std::unique_ptr<CountingStore> from_, to_;
};

TEST_F(ImportObjects, AreCopiedAndReadBack) {
  ObjectCounts counts;
  VANG_ASSERT_OK(Move(&counts));
  EXPECT_EQ(counts.all, 3);
  EXPECT_EQ(counts.bytes, 7U);
  EXPECT_EQ(counts.there, 0);
  EXPECT_EQ(counts.copied, 3);
  EXPECT_EQ(to_->Get(context_, audio_, 100).value(), "sound");
  EXPECT_EQ(to_->Get(context_, "local/empty", 100).value(), "");
  EXPECT_EQ(to_->opened.size(), 3U);
}

TEST_F(ImportObjects, WhatAnEarlierRunHasComparedIsNotReadAgain) {
  ObjectCounts counts;
  VANG_ASSERT_OK(Move(&counts));
  Put("zz/new", "new");
  from_->opened.clear();
  to_->opened.clear();
  VANG_ASSERT_OK(Move(&counts));
  EXPECT_EQ(counts.remembered, 3);
  EXPECT_EQ(counts.copied, 1);
  EXPECT_EQ(from_->opened, (std::map<std::string, int>{{"zz/new", 1}}));
  EXPECT_EQ(to_->opened, (std::map<std::string, int>{{"zz/new", 1}}));
}

TEST_F(ImportObjects, WhatIsMarkedAndGoneThereIsCopiedAgain) {
  ObjectCounts counts;
  VANG_ASSERT_OK(Move(&counts));
  VANG_ASSERT_OK(to_->Delete(context_, audio_));
  VANG_ASSERT_OK(Move(&counts));
  EXPECT_EQ(counts.copied, 1);
  EXPECT_EQ(to_->Get(context_, audio_, 100).value(), "sound");
}

TEST_F(ImportObjects, WhatIsThereWithoutAMarkIsComparedByItsBytes) {
  VANG_ASSERT_OK(to_->Put(context_, "news/transcripts/1/raw.json", "{}"));
  ObjectCounts counts;
  VANG_ASSERT_OK(Move(&counts));
  EXPECT_EQ(counts.there, 1);
  EXPECT_EQ(counts.compared, 1);
  EXPECT_EQ(counts.copied, 2);
}

TEST_F(ImportObjects, OtherBytesUnderOneKeyAreRefused) {
  VANG_ASSERT_OK(to_->Put(context_, "news/transcripts/1/raw.json", "[]"));
  ObjectCounts counts;
  EXPECT_THAT(Move(&counts), Fails(Code::kFailedPrecondition, "news/transcripts/1/raw.json"));
  EXPECT_EQ(to_->Get(context_, "news/transcripts/1/raw.json", 100).value(), "[]");
}

TEST_F(ImportObjects, OtherObjectsAndOtherSizesAreRefusedBeforeAnythingIsCopied) {
  VANG_ASSERT_OK(to_->Put(context_, "local/somebody", "else"));
  ObjectCounts counts;
  EXPECT_THAT(Move(&counts), Fails(Code::kFailedPrecondition, "local/somebody"));
  VANG_ASSERT_OK(to_->Delete(context_, "local/somebody"));
  VANG_ASSERT_OK(to_->Put(context_, "zz", "after all of ours"));
  EXPECT_THAT(Move(&counts), Fails(Code::kFailedPrecondition, "s3.bucket"));
  VANG_ASSERT_OK(to_->Delete(context_, "zz"));
  VANG_ASSERT_OK(to_->Put(context_, audio_, "longer sound"));
  EXPECT_THAT(Move(&counts), Fails(Code::kFailedPrecondition, audio_));
  EXPECT_EQ(to_->List(context_, "", "", 10)->size(), 1U);
}

TEST_F(ImportObjects, DamagedAudioIsNamedAndNotCopied) {
  const std::string damaged = AudioKey("news", Sha256Hex("whole"));
  Put(damaged, "whol?");
  ObjectCounts counts;
  EXPECT_THAT(Move(&counts), Fails(Code::kDataLoss, damaged));
  EXPECT_THAT(to_->Stat(context_, damaged), HasCode(Code::kNotFound));
}

}  // namespace
}  // namespace vang::cli
