// The page in a real browser: upload, status by stage, a transcript that follows the player, search
// that jumps to the moment. VANG_SCREENSHOTS=FOLDER keeps what a person would have seen.
#include <gmock/gmock.h>

#include <fstream>

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

}  // namespace
}  // namespace vang
