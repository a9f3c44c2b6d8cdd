// What every registry store must do. An adapter's test instantiates the suite with a factory.
#pragma once

#include <filesystem>

#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"
#include "libs/ports/registry_store.h"

namespace vang {

using RegistryStoreFactory =
    Result<std::unique_ptr<RegistryStore>> (*)(const std::filesystem::path& folder);

class RegistryStoreContract : public testing::TestWithParam<RegistryStoreFactory> {
 protected:
  void SetUp() override {
    auto store = GetParam()(folder_.path());
    VANG_ASSERT_OK(store);
    store_ = std::move(*store);
  }

  static DatasetItem Item(const std::string& edit, const std::string& recording,
                          const std::string& text = "xin chào") {
    return {edit, recording, "a/audio/x", 1.25, 2.5, text, recording + "/S1", "train"};
  }

  static Dataset Set(const std::string& id, TimeMs at, const std::string& tenant = "a") {
    return {id, tenant, "corrections", 0, at, "a/datasets/" + id, {Item("e1", "r1")}};
  }

  void PutModels() {
    for (const char* id : {"m1", "m2", "m3"}) {
      VANG_ASSERT_OK(store_->PutModel(context_, {id, "speech", "vang_ctc", "/models", "{}", 1}));
    }
  }

  const Context context_{};
  TempFolder folder_;
  std::unique_ptr<RegistryStore> store_;
};

TEST_P(RegistryStoreContract, TheSameCorrectionAgainReplacesIt) {
  VANG_ASSERT_OK(store_->PutCorrection(context_, "a", Item("e1", "r1", "cũ")));
  VANG_ASSERT_OK(store_->PutCorrection(context_, "a", Item("e1", "r1", "mới")));
  VANG_ASSERT_OK(store_->PutCorrection(context_, "b", Item("e2", "r2")));
  const auto items = store_->ListCorrections(context_, "a");
  VANG_ASSERT_OK(items);
  ASSERT_EQ(items->size(), 1u);
  EXPECT_EQ((*items)[0].text, "mới");
  EXPECT_EQ((*items)[0].offset, 1.25);
  EXPECT_EQ((*items)[0].duration, 2.5);
  EXPECT_EQ((*items)[0].speaker, "r1/S1");
  EXPECT_EQ((*items)[0].split, "train");
}

TEST_P(RegistryStoreContract, ADatasetTakesTheNextVersionOfItsName) {
  EXPECT_EQ(store_->AddDataset(context_, Set("d1", 1))->version, 1);
  EXPECT_EQ(store_->AddDataset(context_, Set("d2", 2))->version, 2);
  EXPECT_EQ(store_->AddDataset(context_, Set("d3", 3, "b"))->version, 1);
  const auto found = store_->GetDataset(context_, "a", "d2");
  VANG_ASSERT_OK(found);
  EXPECT_EQ(found->version, 2);
  EXPECT_EQ(found->manifest_key, "a/datasets/d2");
  ASSERT_EQ(found->items.size(), 1u);
  EXPECT_EQ(found->items[0].edit_id, "e1");
  EXPECT_THAT(store_->GetDataset(context_, "b", "d2"), HasCode(Code::kNotFound));
}

TEST_P(RegistryStoreContract, DatasetsListNewestFirstInPages) {
  for (int i = 1; i <= 3; ++i) {
    VANG_ASSERT_OK(store_->AddDataset(context_, Set("d" + std::to_string(i), i)));
  }
  VANG_ASSERT_OK(store_->AddDataset(context_, Set("other", 9, "b")));
  const auto first = store_->ListDatasets(context_, "a", "", 2);
  VANG_ASSERT_OK(first);
  ASSERT_EQ(first->size(), 2u);
  EXPECT_EQ((*first)[0].id, "d3");
  EXPECT_TRUE((*first)[0].items.empty());
  const auto second = store_->ListDatasets(context_, "a", "d2", 2);
  VANG_ASSERT_OK(second);
  ASSERT_EQ(second->size(), 1u);
  EXPECT_EQ((*second)[0].id, "d1");
}

TEST_P(RegistryStoreContract, TheNewestDatasetOfEachTenantIsFound) {
  EXPECT_TRUE(store_->NewestDatasets(context_)->empty());
  VANG_ASSERT_OK(store_->AddDataset(context_, Set("d1", 1)));
  VANG_ASSERT_OK(store_->AddDataset(context_, Set("d2", 2)));
  VANG_ASSERT_OK(store_->AddDataset(context_, Set("other", 1, "b")));
  const auto newest = store_->NewestDatasets(context_);
  VANG_ASSERT_OK(newest);
  ASSERT_EQ(newest->size(), 2u);
  EXPECT_EQ((*newest)[0].id, "d2");
  EXPECT_EQ((*newest)[1].tenant, "b");
}

TEST_P(RegistryStoreContract, ADeletedRecordingLeavesCorrectionsAndDatasets) {
  VANG_ASSERT_OK(store_->PutCorrection(context_, "a", Item("e1", "r1")));
  VANG_ASSERT_OK(store_->PutCorrection(context_, "a", Item("e2", "r2")));
  VANG_ASSERT_OK(store_->AddDataset(context_, Set("d1", 1)));
  EXPECT_EQ(store_->EraseRecording(context_, "b", "r1").value(), 0);
  EXPECT_EQ(store_->EraseRecording(context_, "a", "r1").value(), 2);
  EXPECT_EQ(store_->ListCorrections(context_, "a")->size(), 1u);
  EXPECT_TRUE(store_->GetDataset(context_, "a", "d1")->items.empty());
}

TEST_P(RegistryStoreContract, KeepsModels) {
  PutModels();
  VANG_ASSERT_OK(store_->PutModel(context_, {"m1", "speech", "whisper", "/new", "{}", 2}));
  EXPECT_EQ(store_->ListModels(context_)->size(), 3u);
  EXPECT_EQ(store_->GetModel(context_, "m1")->folder, "/new");
  EXPECT_THAT(store_->GetModel(context_, "none"), HasCode(Code::kNotFound));
}

TEST_P(RegistryStoreContract, AnAliasNamesTheLastPromotedModel) {
  PutModels();
  EXPECT_THAT(store_->GetAlias(context_, "champion"), HasCode(Code::kNotFound));
  EXPECT_THAT(store_->SetAlias(context_, "champion", "none", 1), HasCode(Code::kNotFound));
  EXPECT_EQ(store_->SetAlias(context_, "champion", "m1", 1)->previous_model_id, "");
  EXPECT_EQ(store_->SetAlias(context_, "champion", "m2", 2)->previous_model_id, "m1");
  EXPECT_EQ(store_->GetAlias(context_, "champion").value(), "m2");
}

TEST_P(RegistryStoreContract, RollingBackWalksThePromotionsDown) {
  PutModels();
  for (const char* id : {"m1", "m2", "m3"}) {
    VANG_ASSERT_OK(store_->SetAlias(context_, "champion", id, 1));
  }
  const auto first = store_->RollbackAlias(context_, "champion", 4);
  VANG_ASSERT_OK(first);
  EXPECT_EQ(first->model_id, "m2");
  EXPECT_EQ(first->previous_model_id, "m3");
  EXPECT_EQ(first->action, "rollback");
  EXPECT_EQ(store_->RollbackAlias(context_, "champion", 5)->model_id, "m1");
  EXPECT_THAT(store_->RollbackAlias(context_, "champion", 6), HasCode(Code::kFailedPrecondition));
  EXPECT_EQ(store_->GetAlias(context_, "champion").value(), "m1");
  VANG_ASSERT_OK(store_->SetAlias(context_, "champion", "m3", 7));
  EXPECT_EQ(store_->RollbackAlias(context_, "champion", 8)->model_id, "m1");
  EXPECT_EQ(store_->AliasHistory(context_, "champion")->size(), 7u);
}

}  // namespace vang
