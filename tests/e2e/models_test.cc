// Models change while recordings come in: no request is dropped, no recording lost, and a folder
// that is no model changes nothing.
#include <gmock/gmock.h>

#include <atomic>
#include <set>
#include <thread>

#include "libs/base/status_matchers.h"
#include "tests/e2e/shared_server.h"
#include "tests/support/sample_audio.h"
#include "tests/support/tiny_models.h"

namespace vang {
namespace {

using testing::HasSubstr;

class Models : public testing::Test {
 protected:
  CommandResult Run(std::vector<std::string> args, int code = 0) {
    args.insert(args.begin(), {"--json", "models"});
    args.insert(args.end(), {"--data", server_.data()});
    const auto result = RunVang(args);
    EXPECT_THAT(result, IsOk());
    if (!result.ok()) return {};
    EXPECT_EQ(result->exit, (ExitStatus{code, 0})) << args[2] << ": " << result->error;
    return *result;
  }
  // The model that serves; `known` gets how many are registered.
  std::string Champion(std::size_t* known = nullptr) {
    std::istringstream lines(Run({"list"}).output);
    std::string champion;
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
      const auto model = ParseJson(line);
      EXPECT_THAT(model, IsOk());
      if (model->at("champion").as_bool()) champion = TextAt(*model, "/id");
    }
    if (known != nullptr) *known = count;
    return champion;
  }
  std::string Folder(const std::string& name) { return server_.scratch() / name; }
  // The model that transcribed a new recording.
  std::string Heard() {
    const auto id = server_.client().Upload(SampleWav(2, 10'000 + seed_++), "a.wav");
    EXPECT_THAT(id, IsOk());
    const auto recording = server_.client().WaitUntilDone(*id);
    EXPECT_THAT(recording, IsOk());
    const auto transcript = server_.client().Get("/v1/recordings/" + *id + "/transcript");
    return transcript.ok() ? TextAt(*transcript, "/model_id") : transcript.status().ToString();
  }
  // Promotion takes effect a moment later.
  bool Serves(const std::string& model) {
    for (int i = 0; i < 100; ++i) {
      if (Heard() == model) return true;
    }
    return false;
  }

  SharedServer server_;
  std::atomic<std::uint64_t> seed_{0};
};

TEST_F(Models, AreAddedPromotedAndRolledBackUnderLoadWithNoRequestDropped) {
  tiny::WriteVangCtc(Folder("tiny"));
  const std::string shipped = Champion();
  ASSERT_FALSE(shipped.empty());

  std::atomic<bool> done{false};
  std::set<std::string> uploaded;
  std::string dropped;
  std::jthread load([&] {
    ApiClient client(server_.url());
    for (std::uint64_t i = 0; !done; ++i) {
      const auto id = client.Upload(SampleWav(2, i), "b.wav");
      const auto list = client.Send("GET", "/v1/search?q=xin");
      if (id.ok() && list.ok() && list->status == 200) {
        uploaded.insert(*id);
      } else {
        dropped += id.status().ToString() + list.status().ToString() + " ";
      }
      // As fast as they are transcribed, or the end would wait for a long queue.
      if (i % 3 == 2 && id.ok()) (void)client.WaitUntilDone(*id);
    }
  });
  Run({"add", Folder("tiny")});
  std::size_t known = 0;
  EXPECT_EQ(Champion(&known), shipped) << "added is not promoted";
  EXPECT_EQ(known, 2U);
  for (int round = 0; round < 2; ++round) {
    Run({"promote", "tiny"});
    EXPECT_EQ(Champion(), "tiny");
    EXPECT_TRUE(Serves("tiny"));
    Run({"rollback"});
    EXPECT_EQ(Champion(), shipped);
    EXPECT_TRUE(Serves(shipped));
  }
  done = true;
  load.join();
  EXPECT_EQ(dropped, "");
  EXPECT_GT(uploaded.size(), 3U);
  for (const std::string& id : uploaded) {
    const auto recording = server_.client().WaitUntilDone(id);
    VANG_ASSERT_OK(recording);
    EXPECT_FALSE(recording->at("stages").at("readable").is_null()) << WriteJson(*recording);
  }
  EXPECT_TRUE(server_.client().List("/v1/dead-letters")->empty());
  EXPECT_THAT(Run({"promote", "nobody"}, 5).error, HasSubstr("nobody"));
}

TEST_F(Models, AFolderThatIsNoModelIsRefusedAndTheOneBeforeGoesOn) {
  tiny::Write(Folder("cut") + "/model.onnx", tiny::CtcNetwork().substr(0, 500));
  tiny::Write(Folder("cut") + "/tokens.txt", tiny::kTokens);
  // The recogniser's child ends at this one.
  tiny::WriteNemoCtc(Folder("without-metadata"), false);
  std::filesystem::create_directories(Folder("empty"));
  const std::string shipped = Champion();
  for (const char* name : {"cut", "without-metadata", "empty"}) {
    EXPECT_THAT(Run({"add", Folder(name)}, 1).error, HasSubstr("model")) << name;
  }
  Run({"add", Folder("none")}, 5);
  std::size_t known = 0;
  EXPECT_EQ(Champion(&known), shipped);
  EXPECT_EQ(known, 1U) << "nothing was registered";
  EXPECT_EQ(Heard(), shipped);
  EXPECT_EQ(server_.client().Send("GET", "/readyz")->status, 200);

  // One that goes bad after it was added.
  tiny::WriteVangCtc(Folder("rotten"));
  Run({"add", Folder("rotten")});
  tiny::Write(Folder("rotten") + "/model.onnx", "not any more");
  Run({"promote", "rotten"}, 1);
  EXPECT_EQ(Champion(), shipped);
  EXPECT_EQ(Heard(), shipped);
  Run({"rollback"}, 1);
  EXPECT_EQ(Champion(), shipped) << "there is nothing before the first";
}

}  // namespace
}  // namespace vang
