// The page in a real browser: upload, status by stage, a transcript that follows the player, search
// that jumps to the moment. VANG_SCREENSHOTS=FOLDER keeps what a person would have seen.
#include <gmock/gmock.h>

#include <fstream>
#include <set>

#include "libs/base/status_matchers.h"
#include "tests/e2e/shared_server.h"
#include "tests/support/browser.h"
#include "tests/support/sample_audio.h"

namespace vang {
namespace {

void Keep(Browser& browser, const std::string& name) {
  if (const char* folder = std::getenv("VANG_SCREENSHOTS")) {
    VANG_EXPECT_OK(browser.Screenshot(std::filesystem::path(folder) / (name + ".png")));
  }
}

TEST(Page, UploadsReadsFollowsAndFindsTheMoment) {
  auto started = Browser::Start();
  VANG_ASSERT_OK(started);
  Browser& browser = **started;
  SharedServer& server = SharedServer::Get();
  const std::string file = server.scratch() / "phỏng vấn.wav";
  std::ofstream(file, std::ios::binary) << SampleWav(1e9, 4'242);

  VANG_ASSERT_OK(browser.Open(server.url() + "/"));
  VANG_ASSERT_OK(browser.WaitFor("return document.querySelector('#files') !== null"));
  Keep(browser, "1-first");
  VANG_ASSERT_OK(browser.Type("#files", file));
  VANG_ASSERT_OK(browser.WaitFor("return location.hash.startsWith('#r/')"));
  Keep(browser, "2-uploaded");
  VANG_ASSERT_OK(browser.WaitFor("return document.querySelectorAll('#stages .done').length === 4"));
  VANG_ASSERT_OK(
      browser.WaitFor("return document.querySelectorAll('#transcript .word').length > 3"));
  Keep(browser, "3-read");

  // The word that is spoken is marked, and clicking a word goes there.
  VANG_ASSERT_OK(browser.WaitFor("return document.querySelector('#player').readyState >= 1"));
  VANG_ASSERT_OK(browser.Script(
      "const all = document.querySelectorAll('#transcript .word'); all[all.length - 1].click();"));
  VANG_ASSERT_OK(browser.WaitFor("return document.querySelector('#player').currentTime > 0.2"));
  VANG_ASSERT_OK(
      browser.WaitFor("return document.querySelector('#transcript .word.now') !== null"));
  Keep(browser, "4-follows");

  const auto word = browser.Script(
      "return [...document.querySelectorAll('#transcript .word')].slice(-2)"
      ".map(w => w.textContent).join(' ')");
  VANG_ASSERT_OK(word);
  VANG_ASSERT_OK(browser.Type("#query", std::string(word->as_string())));
  VANG_ASSERT_OK(browser.Click("#search button"));
  VANG_ASSERT_OK(browser.WaitFor("return document.querySelectorAll('#hits a').length > 0"));
  VANG_ASSERT_OK(browser.WaitFor("return document.querySelector('#hits mark') !== null"));
  Keep(browser, "5-search");
  VANG_ASSERT_OK(browser.Click("#hits a"));
  VANG_ASSERT_OK(browser.WaitFor("return /^#r\\/.*@[0-9.]+$/.test(location.hash)"));
  VANG_ASSERT_OK(browser.WaitFor("return !document.querySelector('#reader').hidden"));
  Keep(browser, "6-moment");
}

// A player and a link cannot send a key; the page sends it for them.
TEST(Page, PlaysAndDownloadsWithAKeyToo) {
  const TempFolder folder;
  VangServer::Options options;
  options.data = folder.path() / "data";
  options.listen = "0.0.0.0:0";
  const auto made = RunVang({"keys", "create", "tòa soạn", "--data", options.data});
  VANG_ASSERT_OK(made);
  const std::string key = made->output.substr(0, made->output.find('\n'));
  auto server = VangServer::Start(options);
  VANG_ASSERT_OK(server);
  const std::string url = "http://127.0.0.1" + server->url().substr(server->url().rfind(':'));
  ApiClient client(url, key);
  const auto id = client.Upload(SampleWav(1e9, 5'151), "họp.wav");
  VANG_ASSERT_OK(id);
  ASSERT_EQ(TextAt(*client.WaitUntilDone(*id), "/status"), "completed");

  auto started = Browser::Start();
  VANG_ASSERT_OK(started);
  Browser& browser = **started;
  VANG_ASSERT_OK(browser.Open(url + "/#r/" + *id));
  VANG_ASSERT_OK(browser.WaitFor("return document.querySelector('#access').open"));
  VANG_ASSERT_OK(browser.Type("#key", key));
  VANG_ASSERT_OK(browser.Click("#access summary"));
  VANG_ASSERT_OK(
      browser.WaitFor("return document.querySelectorAll('#transcript .word').length > 3"));
  VANG_ASSERT_OK(browser.WaitFor("return document.querySelector('#player').readyState >= 1"));
  VANG_ASSERT_OK(browser.Click("#downloads a"));
  VANG_ASSERT_OK(
      browser.WaitFor("return document.querySelector('#downloads a').href.startsWith('blob:')"));
  Keep(browser, "8-with-a-key");
}

TEST(Page, DeliveryRule5_DeadLettersAreReadRedrivenAndDropped) {
  SharedServer& server = SharedServer::Get();
  for (const char seed : {'1', '2'}) {
    std::string noise;
    for (unsigned i = 0; i < 50'000; ++i) {
      noise += static_cast<char>((i * 2'654'435'761U + static_cast<unsigned>(seed)) >> 13);
    }
    const auto id = server.client().Upload(noise, std::string(1, seed) + ".mp3");
    VANG_ASSERT_OK(id);
    ASSERT_EQ(TextAt(*server.client().WaitUntilDone(*id), "/status"), "failed");
  }
  auto started = Browser::Start();
  VANG_ASSERT_OK(started);
  Browser& browser = **started;
  VANG_ASSERT_OK(browser.Open(server.url() + "/"));
  const auto shown = [&](int count) {
    VANG_ASSERT_OK(browser.WaitFor("return document.querySelectorAll('#letters li').length === " +
                                   std::to_string(count)));
  };
  const auto letters = [&]() -> std::vector<JsonValue> {
    return *server.client().List("/v1/dead-letters");
  };
  shown(2);
  const auto reason = browser.Script("return document.querySelector('#letters span').textContent");
  VANG_ASSERT_OK(reason);
  EXPECT_EQ(std::string(reason->as_string()), TextAt(letters()[0], "/reason"));
  Keep(browser, "7-dead-letters");
  // What is delivered again fails again: the letter is another one then.
  const auto redriven = [&](const std::string& button, std::size_t changed) {
    std::set<std::string> before;
    for (const JsonValue& letter : letters()) before.insert(WriteJson(letter));
    VANG_ASSERT_OK(browser.Click(button));
    std::size_t fresh = 0;
    for (int i = 0; i < 3'000 && fresh != changed; ++i) {
      fresh = 0;
      for (const JsonValue& letter : letters()) fresh += before.contains(WriteJson(letter)) ? 0 : 1;
    }
    EXPECT_EQ(fresh, changed);
    VANG_ASSERT_OK(browser.Open(server.url() + "/"));
    shown(2);
  };
  redriven("#letters .redrive", 1);
  redriven("#redrive-all", 2);
  VANG_ASSERT_OK(browser.Click("#letters .drop"));
  shown(1);
  EXPECT_EQ(letters().size(), 1U);
  VANG_ASSERT_OK(browser.Click("#letters .drop"));
  VANG_ASSERT_OK(browser.WaitFor("return document.querySelector('#troubles').hidden"));
}

}  // namespace
}  // namespace vang
