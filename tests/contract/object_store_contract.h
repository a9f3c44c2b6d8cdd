// What every object store must do. An adapter's test instantiates the suite with a factory:
//   INSTANTIATE_TEST_SUITE_P(Fs, ObjectStoreContract, testing::Values(&MakeFsObjectStore));
#pragma once

#include <unistd.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"
#include "libs/ports/object_store.h"

namespace vang {

// Opens a store whose data lives in `folder` (or somewhere derived from it).
using ObjectStoreFactory =
    Result<std::unique_ptr<ObjectStore>> (*)(const std::filesystem::path& folder);

class ObjectStoreContract : public testing::TestWithParam<ObjectStoreFactory> {
 protected:
  void SetUp() override {
    auto store = GetParam()(folder_.path());
    VANG_ASSERT_OK(store);
    store_ = std::move(*store);
  }

  std::vector<std::string> Keys(const std::string& prefix, const std::string& after = "",
                                int max = 100) {
    auto listed = store_->List(context_, prefix, after, max);
    EXPECT_THAT(listed, IsOk());
    std::vector<std::string> keys;
    for (const ObjectInfo& info : *listed) keys.push_back(info.key);
    return keys;
  }

  const Context context_{};
  TempFolder folder_;
  std::unique_ptr<ObjectStore> store_;
};

TEST_P(ObjectStoreContract, GivesBackWhatWasPut) {
  std::string bytes("\0\xFFtiếng Việt\n", 16);
  VANG_ASSERT_OK(store_->Put(context_, "default/audio/a", bytes));
  EXPECT_EQ(store_->Get(context_, "default/audio/a").value(), bytes);
  EXPECT_EQ(store_->Stat(context_, "default/audio/a").value().size, bytes.size());
}

TEST_P(ObjectStoreContract, AWriterCollectsPiecesAndShowsNothingBeforeCommit) {
  auto writer = store_->Create(context_);
  VANG_ASSERT_OK(writer);
  VANG_ASSERT_OK((*writer)->Write("mot "));
  VANG_ASSERT_OK((*writer)->Write("hai"));
  EXPECT_EQ((*writer)->size(), 7u);
  EXPECT_THAT(store_->Get(context_, "default/x"), HasCode(Code::kNotFound));
  EXPECT_TRUE((*writer)->Commit(context_, "default/x").value());
  EXPECT_EQ(store_->Get(context_, "default/x").value(), "mot hai");
}

TEST_P(ObjectStoreContract, AWriterThatIsDroppedLeavesNothing) {
  {
    auto writer = store_->Create(context_);
    VANG_ASSERT_OK(writer);
    VANG_ASSERT_OK((*writer)->Write("gone"));
  }
  EXPECT_TRUE(Keys("").empty());
}

TEST_P(ObjectStoreContract, AWriterCommitsOnce) {
  auto writer = store_->Create(context_);
  VANG_ASSERT_OK(writer);
  VANG_ASSERT_OK((*writer)->Commit(context_, "default/once"));
  EXPECT_THAT((*writer)->Commit(context_, "default/twice"), HasCode(Code::kFailedPrecondition));
  EXPECT_THAT((*writer)->Write("late"), HasCode(Code::kFailedPrecondition));
}

// Design section 3, rule 1: the same work done twice changes nothing.
TEST_P(ObjectStoreContract, DeliveryRule1_AnExistingKeyIsNeverReplaced) {
  VANG_ASSERT_OK(store_->Put(context_, "default/k", "first"));
  auto writer = store_->Create(context_);
  VANG_ASSERT_OK(writer);
  VANG_ASSERT_OK((*writer)->Write("second"));
  EXPECT_FALSE((*writer)->Commit(context_, "default/k").value());
  EXPECT_EQ(store_->Get(context_, "default/k").value(), "first");
}

TEST_P(ObjectStoreContract, OfManyWritersOfOneKeyExactlyOneMadeIt) {
  std::atomic<int> made{0};
  std::vector<std::thread> writers;
  for (int i = 0; i < 8; ++i) {
    writers.emplace_back([&] {
      auto writer = store_->Create(context_);
      if (!writer.ok() || !(*writer)->Write("same").ok()) return;
      auto committed = (*writer)->Commit(context_, "default/deep/folder/race");
      if (committed.ok() && *committed) ++made;
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(made, 1);
  EXPECT_EQ(store_->Get(context_, "default/deep/folder/race").value(), "same");
}

TEST_P(ObjectStoreContract, WhatWasDeletedIsGoneAndMayBeWrittenAnew) {
  VANG_ASSERT_OK(store_->Put(context_, "default/t/r/v/raw.json", "old"));
  VANG_ASSERT_OK(store_->Delete(context_, "default/t/r/v/raw.json"));
  VANG_ASSERT_OK(store_->Delete(context_, "default/t/r/v/raw.json"));
  EXPECT_THAT(store_->Get(context_, "default/t/r/v/raw.json"), HasCode(Code::kNotFound));
  EXPECT_THAT(store_->OpenFile(context_, "default/t/r/v/raw.json"), HasCode(Code::kNotFound));
  EXPECT_THAT(store_->Stat(context_, "default/t/r/v/raw.json"), HasCode(Code::kNotFound));
  VANG_ASSERT_OK(store_->Put(context_, "default/t/r/v/raw.json", "new"));
  EXPECT_EQ(store_->Get(context_, "default/t/r/v/raw.json").value(), "new");
}

TEST_P(ObjectStoreContract, DeletingBesideAWriterLosesNothing) {
  std::thread deleter([&] {
    for (int i = 0; i < 200; ++i) {
      EXPECT_THAT(store_->Put(context_, "default/shared/b", "b"), IsOk());
      EXPECT_THAT(store_->Delete(context_, "default/shared/b"), IsOk());
    }
  });
  for (int i = 0; i < 200; ++i) {
    VANG_EXPECT_OK(store_->Put(context_, "default/shared/a", "a"));
    VANG_EXPECT_OK(store_->Get(context_, "default/shared/a"));
    VANG_EXPECT_OK(store_->Delete(context_, "default/shared/a"));
  }
  deleter.join();
  EXPECT_TRUE(Keys("default/shared/").empty());
}

TEST_P(ObjectStoreContract, AnOpenFileStaysReadableWhenItsObjectGoes) {
  VANG_ASSERT_OK(store_->Put(context_, "default/f", "0123456789"));
  auto file = store_->OpenFile(context_, "default/f");
  VANG_ASSERT_OK(file);
  VANG_ASSERT_OK(store_->Delete(context_, "default/f"));
  char buffer[4];
  ASSERT_EQ(::pread(file->get(), buffer, 4, 3), 4);
  EXPECT_EQ(std::string(buffer, 4), "3456");
}

TEST_P(ObjectStoreContract, RefusesToReadMoreThanTheLimit) {
  VANG_ASSERT_OK(store_->Put(context_, "default/big", std::string(100'000, 'x')));
  EXPECT_THAT(store_->Get(context_, "default/big", 99'999), HasCode(Code::kOutOfRange));
  EXPECT_EQ(store_->Get(context_, "default/big", 100'000).value().size(), 100'000u);
}

TEST_P(ObjectStoreContract, ListsKeysInTheOrderOfTheirBytesAndInPages) {
  // '-' and '.' sort before '/', digits after: the order of folders alone would be another.
  for (const char* key : {"t/a/b", "t/a.b", "t/a-b", "t/a0", "t/c/d/e", "u/a"}) {
    VANG_ASSERT_OK(store_->Put(context_, key, "x"));
  }
  const std::vector<std::string> all = {"t/a-b", "t/a.b", "t/a/b", "t/a0", "t/c/d/e"};
  EXPECT_EQ(Keys("t/"), all);
  EXPECT_EQ(Keys("t/a/"), std::vector<std::string>{"t/a/b"});
  EXPECT_EQ(Keys("t/a"), std::vector<std::string>(all.begin(), all.begin() + 4));
  std::vector<std::string> paged;
  std::string after;
  while (true) {
    const auto page = Keys("t/", after, 2);
    if (page.empty()) break;
    paged.insert(paged.end(), page.begin(), page.end());
    after = page.back();
  }
  EXPECT_EQ(paged, all);
}

TEST_P(ObjectStoreContract, RefusesKeysThatLeaveTheStore) {
  for (const char* key : {"", "/etc/passwd", "../x", "default/../../x", "default//x", "default/.",
                          "default/x/", "default/a b", "default/tiếng"}) {
    EXPECT_THAT(store_->Put(context_, key, "x"), HasCode(Code::kInvalidArgument)) << key;
    EXPECT_THAT(store_->Get(context_, key), HasCode(Code::kInvalidArgument)) << key;
    EXPECT_THAT(store_->Delete(context_, key), HasCode(Code::kInvalidArgument)) << key;
  }
}

TEST_P(ObjectStoreContract, HonoursACancelledContext) {
  std::stop_source stop;
  stop.request_stop();
  const Context cancelled = context_.WithStop(stop.get_token());
  EXPECT_THAT(store_->Create(cancelled), HasCode(Code::kCancelled));
  EXPECT_THAT(store_->Get(cancelled, "default/x"), HasCode(Code::kCancelled));
}

TEST_P(ObjectStoreContract, KeepsItsObjectsWhenOpenedAgain) {
  VANG_ASSERT_OK(store_->Put(context_, "default/kept", "kept"));
  store_.reset();
  auto again = GetParam()(folder_.path());
  VANG_ASSERT_OK(again);
  EXPECT_EQ((*again)->Get(context_, "default/kept").value(), "kept");
  VANG_EXPECT_OK((*again)->Ping(context_));
}

}  // namespace vang
