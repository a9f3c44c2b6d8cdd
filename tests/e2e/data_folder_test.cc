// Refusals, and what is left of them in a data folder.
#include <gmock/gmock.h>

#include "libs/adapters/event_bus/sqlite/sqlite_event_bus.h"
#include "libs/base/status_matchers.h"
#include "tests/e2e/shared_server.h"
#include "tests/support/raw_connection.h"
#include "tests/support/sample_audio.h"

namespace vang {
namespace {

using testing::HasSubstr;

// The kernel's limit on file size stands in for a full disk.
TEST(Refusals, AFullDiskIsSaidAndRoomAgainIsEnough) {
  const TempFolder folder;
  VangServer::Options options;
  options.data = folder.path() / "data";
  options.shell = "trap '' XFSZ; ulimit -f 8192";
  auto server = VangServer::Start(options);
  VANG_ASSERT_OK(server);
  ApiClient client(server->url());
  const auto refused =
      client.Send("POST", "/v1/recordings", "RIFF....WAVE" + std::string(9 << 20, '\0'));
  VANG_ASSERT_OK(refused);
  EXPECT_EQ(refused->status, 507) << refused->body;
  EXPECT_THAT(refused->body, HasSubstr("no room left"));
  EXPECT_TRUE(FilesOf(options.data).empty());
  EXPECT_TRUE(client.List("/v1/recordings")->empty());
  const auto id = client.Upload(SampleWav(2, 81), "a.wav");
  VANG_ASSERT_OK(id);
  EXPECT_EQ(TextAt(*client.WaitUntilDone(*id), "/status"), "completed");
}

// Uploads that end in the middle or were refused at the door, and then the whole folder looked at.
TEST(Refusals, LeaveNoObjectNoRowNoEventAndNoFile) {
  const TempFolder folder;
  VangServer::Options options;
  options.data = folder.path() / "data";
  auto server = VangServer::Start(options);
  VANG_ASSERT_OK(server);
  ApiClient client(server->url());
  const std::string wav = SampleWav(2, 82);
  const auto form = [](const std::string& parts) { return "--b\r\n" + parts + "--b--\r\n"; };
  const std::string file =
      "Content-Disposition: form-data; name=\"file\"; filename=\"../a.wav\"\r\n\r\n" + wav + "\r\n";
  const std::string head = "--b\r\nContent-Disposition: form-data; name=";
  const std::vector<std::string> forms = {
      form(file + head + "colour\r\n\r\nred\r\n"),
      form(file + head + "title\r\n\r\n\xC3\x28\r\n"),
      form(file + head + "title\r\n\r\n" + std::string(501, 'x') + "\r\n"),
      form(file + "--b\r\n" + file),
      "--b\r\n" + file,
  };
  for (const std::string& body : forms) {
    const auto response = client.Send("POST", "/v1/recordings", body,
                                      {{"Content-Type", "multipart/form-data; boundary=b"}});
    VANG_ASSERT_OK(response);
    EXPECT_EQ(response->status, 400) << response->body;
  }
  for (const char* query : {"colour=red", "title=%C3%28", "file_name=%00"}) {
    EXPECT_THAT(Exchange(server->url(), "POST /v1/recordings?" + std::string(query) +
                                            " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " +
                                            std::to_string(wav.size()) + "\r\n\r\n" + wav),
                HasSubstr(" 400 "))
        << query;
  }
  EXPECT_EQ(client.Send("POST", "/v1/recordings", "Chỉ là chữ.")->status, 415);
  const std::string begin = "POST /v1/recordings HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  Exchange(server->url(), begin + "Content-Length: 90000\r\n\r\n" + wav);
  Exchange(server->url(), begin + "Transfer-Encoding: chunked\r\n\r\n4000\r\n" +
                              wav.substr(0, 0x4000) + "\r\nzz\r\n");
  EXPECT_TRUE(client.List("/v1/recordings")->empty());
  VANG_ASSERT_OK(server->Terminate());
  EXPECT_TRUE(FilesOf(options.data).empty());
  const auto bus = OpenSqliteEventBus({(options.data / "events.db").string()});
  VANG_ASSERT_OK(bus);
  const auto events = (*bus)->Read(Context(), 0, 100);
  VANG_ASSERT_OK(events);
  for (const auto& [sequence, event] : *events) {
    EXPECT_EQ(event.subject, "model.promoted") << "the model that ships";
  }
}

}  // namespace
}  // namespace vang
