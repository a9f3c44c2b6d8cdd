// The audio of an upload that was refused goes, unless a recording needs it, whoever comes first.
#include <future>

#include "services/metadata/module_fixture.h"

namespace vang::metadata {
namespace {

// Runs `before_delete` once, on the way into a deletion.
class WatchedStore : public ObjectStore {
 public:
  explicit WatchedStore(std::unique_ptr<ObjectStore> real) : real_(std::move(real)) {}

  Result<std::unique_ptr<ObjectWriter>> Create(const Context& c) override {
    return real_->Create(c);
  }
  Status Put(const Context& c, const std::string& key, std::string_view bytes) override {
    return real_->Put(c, key, bytes);
  }
  Result<std::string> Get(const Context& c, const std::string& key, std::size_t limit) override {
    return real_->Get(c, key, limit);
  }
  Result<FileDescriptor> OpenFile(const Context& c, const std::string& key) override {
    return real_->OpenFile(c, key);
  }
  Result<ObjectInfo> Stat(const Context& c, const std::string& key) override {
    return real_->Stat(c, key);
  }
  Status Delete(const Context& c, const std::string& key) override {
    if (const auto run = std::exchange(before_delete, nullptr)) run();
    return real_->Delete(c, key);
  }
  Result<std::vector<ObjectInfo>> List(const Context& c, const std::string& prefix,
                                       const std::string& after, int max) override {
    return real_->List(c, prefix, after, max);
  }
  Status Ping(const Context& c) override { return real_->Ping(c); }

  std::function<void()> before_delete;

 private:
  const std::unique_ptr<ObjectStore> real_;
};

class RefusedUpload : public MetadataModuleTest {
 protected:
  http::Response Remove(const std::string& audio, const std::string& tenant = "a") {
    return Send("DELETE", "/internal/v1/objects/" + Sha(audio), "", tenant);
  }
  void Put(const std::string& audio) {
    VANG_ASSERT_OK(objects_->Put(Context(), AudioKey("a", Sha(audio)), audio));
  }
};

TEST_F(RefusedUpload, ItsAudioGoes) {
  Put("sound");
  Put("other");
  EXPECT_EQ(Remove("sound", "b").status, 204);
  EXPECT_EQ(CountObjects(), 2u) << "another tenant's";
  EXPECT_EQ(Remove("sound").status, 204);
  EXPECT_EQ(CountObjects(), 1u);
  EXPECT_EQ(Remove("sound").status, 204) << "twice does no harm";
  EXPECT_EQ(CountObjects(), 1u);
}

TEST_F(RefusedUpload, AudioOfARecordingStays) {
  ASSERT_EQ(Upload("sound").status, 201);
  EXPECT_EQ(Remove("sound").status, 204);
  EXPECT_EQ(Send("GET", "/v1/recordings/" + IdOf("sound") + "/audio").status, 200);
}

TEST_F(RefusedUpload, WhatIsNoSha256IsRefused) {
  for (const std::string& wrong : {std::string("x"), std::string(63, 'a'), std::string(64, 'A'),
                                   ".." + std::string(62, 'a')}) {
    EXPECT_EQ(Send("DELETE", "/internal/v1/objects/" + wrong).status, 400) << wrong;
  }
}

TEST_F(RefusedUpload, ARegistrationDuringTheRemovalIsAskedForTheAudioAgain) {
  Halt();
  module_.reset();
  auto watched = std::make_unique<WatchedStore>(std::move(objects_));
  WatchedStore* const store = watched.get();
  objects_ = std::move(watched);
  Run();
  Put("sound");
  std::future<http::Response> registered;
  store->before_delete = [&] {
    registered = std::async(std::launch::async, [&] { return Register("sound"); });
    // Were the removal no transaction, the registration would now find the audio and be accepted,
    // and the recording would lose it. As it is, it waits for the removal.
    EXPECT_EQ(registered.wait_for(std::chrono::milliseconds(500)), std::future_status::timeout);
  };
  EXPECT_EQ(Remove("sound").status, 204);
  ASSERT_TRUE(registered.valid());
  EXPECT_EQ(registered.get().status, 503);
  EXPECT_EQ(Send("GET", "/v1/recordings/" + IdOf("sound")).status, 404);
  EXPECT_EQ(Upload("sound").status, 201);
}

TEST_F(RefusedUpload, NoRecordingIsWithoutItsAudioWhoeverWasFirst) {
  for (int i = 0; i < 20; ++i) {
    const std::string audio = "sound " + std::to_string(i);
    Put(audio);
    auto removed = std::async(std::launch::async, [&] { return Remove(audio).status; });
    const int registered = Register(audio).status;
    EXPECT_EQ(removed.get(), 204);
    EXPECT_TRUE(registered == 201 || registered == 503) << registered;
    EXPECT_EQ(Send("GET", "/v1/recordings/" + IdOf(audio) + "/audio").status,
              registered == 201 ? 200 : 404);
  }
}

}  // namespace
}  // namespace vang::metadata
