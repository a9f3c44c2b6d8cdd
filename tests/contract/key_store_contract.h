// What every key store must do. An adapter's test instantiates the suite with a factory.
#pragma once

#include <filesystem>

#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"
#include "libs/ports/key_store.h"

namespace vang {

using KeyStoreFactory = Result<std::unique_ptr<KeyStore>> (*)(const std::filesystem::path& folder);

class KeyStoreContract : public testing::TestWithParam<KeyStoreFactory> {
 protected:
  void SetUp() override {
    auto store = GetParam()(folder_.path());
    VANG_ASSERT_OK(store);
    store_ = std::move(*store);
  }

  static ApiKey Key(const std::string& id, const std::string& tenant = "a") {
    return {id, "name of " + id, tenant, {"read", "write"}, "hash-" + id, "vang_12", 10, {}};
  }

  const Context context_{};
  TempFolder folder_;
  std::unique_ptr<KeyStore> store_;
};

TEST_P(KeyStoreContract, FindsAKeyByItsHashWithAllThatWasPut) {
  VANG_ASSERT_OK(store_->Put(context_, Key("k1")));
  const auto found = store_->FindByHash(context_, "hash-k1");
  VANG_ASSERT_OK(found);
  EXPECT_EQ(found->id, "k1");
  EXPECT_EQ(found->name, "name of k1");
  EXPECT_EQ(found->tenant, "a");
  EXPECT_EQ(found->scopes, (std::vector<std::string>{"read", "write"}));
  EXPECT_EQ(found->prefix, "vang_12");
  EXPECT_EQ(found->created_at, 10);
  EXPECT_FALSE(found->revoked_at);
  EXPECT_THAT(store_->FindByHash(context_, "hash-k2"), HasCode(Code::kNotFound));
}

TEST_P(KeyStoreContract, RefusesAnIdOrAHashThatIsThere) {
  VANG_ASSERT_OK(store_->Put(context_, Key("k1")));
  ApiKey same_hash = Key("k2");
  same_hash.secret_hash = "hash-k1";
  EXPECT_THAT(store_->Put(context_, Key("k1")), HasCode(Code::kAlreadyExists));
  EXPECT_THAT(store_->Put(context_, same_hash), HasCode(Code::kAlreadyExists));
}

TEST_P(KeyStoreContract, ARevokedKeyIsFoundAndSaysSoAndKeepsItsFirstTime) {
  VANG_ASSERT_OK(store_->Put(context_, Key("k1")));
  VANG_ASSERT_OK(store_->Put(context_, Key("k2")));
  EXPECT_EQ(store_->CountActive(context_).value(), 2);
  VANG_ASSERT_OK(store_->Revoke(context_, "a", "k1", 20));
  VANG_ASSERT_OK(store_->Revoke(context_, "a", "k1", 30));
  EXPECT_EQ(store_->FindByHash(context_, "hash-k1")->revoked_at, 20);
  EXPECT_EQ(store_->CountActive(context_).value(), 1);
}

TEST_P(KeyStoreContract, TenantsDoNotSeeOrRevokeEachOthersKeys) {
  VANG_ASSERT_OK(store_->Put(context_, Key("k1", "a")));
  VANG_ASSERT_OK(store_->Put(context_, Key("k2", "b")));
  const auto listed = store_->List(context_, "a");
  VANG_ASSERT_OK(listed);
  ASSERT_EQ(listed->size(), 1u);
  EXPECT_EQ((*listed)[0].id, "k1");
  EXPECT_THAT(store_->Revoke(context_, "a", "k2", 20), HasCode(Code::kNotFound));
  EXPECT_FALSE(store_->FindByHash(context_, "hash-k2")->revoked_at);
}

TEST_P(KeyStoreContract, KeepsItsKeysWhenOpenedAgain) {
  VANG_ASSERT_OK(store_->Put(context_, Key("k1")));
  store_.reset();
  auto again = GetParam()(folder_.path());
  VANG_ASSERT_OK(again);
  VANG_EXPECT_OK((*again)->FindByHash(context_, "hash-k1"));
  VANG_EXPECT_OK((*again)->Ping(context_));
}

}  // namespace vang
