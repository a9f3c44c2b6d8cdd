// `vang serve` as a process: how it ends, and what keeps it from beginning.
#include <gmock/gmock.h>

#include <algorithm>
#include <thread>

#include "libs/base/descriptor_io.h"
#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"
#include "tests/support/api_client.h"
#include "tests/support/raw_connection.h"
#include "tests/support/sample_audio.h"
#include "tests/support/vang_server.h"

namespace vang {
namespace {

using testing::HasSubstr;

// An upload that is never finished.
FileDescriptor HalfAnUpload(const std::string& url) {
  FileDescriptor fd = ConnectTo(url);
  VANG_EXPECT_OK(
      SendAll(Context(), fd.get(),
              "POST /v1/recordings HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9000000\r\n\r\n" +
                  SampleWav(4, 9),
              Duration(10'000)));
  return fd;
}

std::size_t FilesIn(const std::filesystem::path& folder) {
  const std::filesystem::recursive_directory_iterator entries(folder);
  return static_cast<std::size_t>(std::count_if(
      begin(entries), end(entries), [](const auto& entry) { return entry.is_regular_file(); }));
}

class ServeEnds : public testing::TestWithParam<int> {};

TEST_P(ServeEnds, CleanlyWhileWorkIsUnderWayAndTheNextStartFinishesIt) {
  const TempFolder folder;
  VangServer::Options options;
  options.data = folder.path() / "data";
  auto server = VangServer::Start(options);
  VANG_ASSERT_OK(server);
  ApiClient client(server->url());
  std::vector<std::string> ids;
  for (std::uint64_t i = 0; i < 8; ++i) {
    const auto id = client.Upload(SampleWav(1e9, i), "a.wav");
    VANG_ASSERT_OK(id);
    ids.push_back(*id);
  }
  const FileDescriptor half = HalfAnUpload(server->url());
  while (FilesIn(options.data / "tmp") == 0) std::this_thread::yield();

  const auto exit = server->Terminate(GetParam());
  VANG_ASSERT_OK(exit);
  EXPECT_TRUE(exit->ok()) << exit->ToString();
  EXPECT_EQ(FilesIn(options.data / "tmp"), 0U) << "the upload that was cut off";

  auto again = VangServer::Start(options);
  VANG_ASSERT_OK(again);
  ApiClient second(again->url());
  EXPECT_EQ(second.List("/v1/recordings")->size(), ids.size());
  for (const std::string& id : ids) {
    const auto recording = second.WaitUntilDone(id);
    VANG_ASSERT_OK(recording);
    EXPECT_EQ(TextAt(*recording, "/status"), "completed") << WriteJson(*recording);
  }
  EXPECT_TRUE(second.List("/v1/dead-letters")->empty());
}

INSTANTIATE_TEST_SUITE_P(Signals, ServeEnds, testing::Values(SIGTERM, SIGINT),
                         [](const auto& signal) {
                           return signal.param == SIGTERM ? "Term" : "Int";
                         });

TEST(Serve, ASecondOneOnTheSameFolderIsRefusedAndTheFirstGoesOn) {
  const TempFolder folder;
  VangServer::Options options;
  options.data = folder.path() / "data";
  auto server = VangServer::Start(options);
  VANG_ASSERT_OK(server);
  const auto second =
      RunVang({"serve", "--data", options.data.string(), "--listen", "127.0.0.1:0"});
  VANG_ASSERT_OK(second);
  EXPECT_EQ(second->exit, (ExitStatus{1, 0}));
  EXPECT_EQ(second->output, "");
  EXPECT_THAT(second->error, HasSubstr("another process works on " + options.data.string()));
  EXPECT_THAT(second->error, HasSubstr(std::to_string(server->pid()) + " " + server->url()));
  VANG_EXPECT_OK(ApiClient(server->url()).List("/v1/recordings"));
}

TEST(Serve, APortInUseIsSaid) {
  const TempFolder folder;
  VangServer::Options options;
  options.data = folder.path() / "one";
  auto server = VangServer::Start(options);
  VANG_ASSERT_OK(server);
  const std::string address = "127.0.0.1" + server->url().substr(server->url().rfind(':'));
  const auto second = RunVang(
      {"serve", "--quiet", "--data", (folder.path() / "two").string(), "--listen", address});
  VANG_ASSERT_OK(second);
  EXPECT_EQ(second->exit, (ExitStatus{1, 0}));
  EXPECT_EQ(second->output, "");
  EXPECT_THAT(second->error, HasSubstr("vang: "));
  EXPECT_THAT(second->error, HasSubstr("cannot listen on " + address));
  EXPECT_THAT(second->error, HasSubstr("--listen"));
}

TEST(Serve, RefusesWhatItCannotUse) {
  const TempFolder folder;
  const std::string data = folder.path() / "data";
  const auto refused = [&](std::vector<std::string> args, int code, const std::string& why) {
    args.insert(args.begin(), "serve");
    const auto served = RunVang(args);
    VANG_ASSERT_OK(served);
    EXPECT_EQ(served->exit, (ExitStatus{code, 0})) << served->error;
    EXPECT_THAT(served->error, HasSubstr(why));
  };
  refused({"--data", data, "--listen", "nowhere"}, 1, "nowhere");
  refused({"--data", data, "--models", folder.path() / "none"}, 5, "no models");
  refused({"--data", "/proc/nobody"}, 5, "/proc/nobody");
  refused({"--colour"}, 2, "--colour");
  EXPECT_EQ(FilesIn(folder.path()), 0U);
}

TEST(OpenAddress, IsRefusedWithoutAnyKey) {
  const TempFolder folder;
  const auto served = RunVang({"serve", "--data", folder.path() / "data", "--listen", "0.0.0.0:0"});
  VANG_ASSERT_OK(served);
  EXPECT_FALSE(served->exit.ok());
  EXPECT_THAT(served->error,
              testing::ContainsRegex("keys create .*--data " + (folder.path() / "data").string()));
}

}  // namespace
}  // namespace vang
