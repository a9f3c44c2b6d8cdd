#include "tests/support/browser.h"

#include <thread>

#include "libs/base/descriptor_io.h"

namespace vang {
namespace {

// WebDriver's name for an element's id.
constexpr char kElement[] = "element-6066-11e4-a52e-4f735466cecf";

std::string DecodeBase64(std::string_view text) {
  static const std::string kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string::npos) break;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 0xFF);
  }
  return bytes;
}

// "… started successfully on port 12345."
Result<std::string> DriverPort(Subprocess& driver) {
  std::string text;
  const Context context = Context().WithTimeout(std::chrono::seconds(60));
  while (true) {
    char buffer[1024];
    VANG_ASSIGN_OR_RETURN(const std::size_t n,
                          ReadSome(context, driver.output_fd(), buffer, Duration(60'000)));
    if (n == 0) return Unavailable("chromedriver ended: " + text);
    text.append(buffer, n);
    const std::size_t at = text.find("successfully on port ");
    if (at == std::string::npos || text.find('.', at) == std::string::npos) continue;
    const std::size_t begin = at + std::string("successfully on port ").size();
    return text.substr(begin, text.find('.', begin) - begin);
  }
}

}  // namespace

Result<std::unique_ptr<Browser>> Browser::Start() {
  Subprocess::Options options;
  options.program = "/usr/bin/chromedriver";
  options.args = {"--port=0"};
  options.env = {"PATH=/usr/bin:/bin", "HOME=/tmp", "LANG=C.UTF-8"};
  options.capture_error = false;
  VANG_ASSIGN_OR_RETURN(Subprocess driver, Subprocess::Start(std::move(options)));
  VANG_ASSIGN_OR_RETURN(const std::string port, DriverPort(driver));
  VANG_ASSIGN_OR_RETURN(auto client, net::HttpClient::Create("http://127.0.0.1:" + port));
  std::unique_ptr<Browser> browser(new Browser(std::move(driver), std::move(client)));
  JsonArray arguments = {"--headless",
                         "--no-sandbox",
                         "--disable-gpu",
                         "--disable-quic",
                         "--disable-dev-shm-usage",
                         "--no-first-run",
                         "--disable-background-networking",
                         "--disable-component-update",
                         "--disable-sync",
                         "--autoplay-policy=no-user-gesture-required",
                         "--window-size=1200,900"};
  arguments.emplace_back("--user-data-dir=" + browser->profile_.path().string());
  const JsonValue capabilities = {
      {"capabilities",
       {{"alwaysMatch",
         {{"goog:chromeOptions", {{"args", arguments}, {"binary", "/usr/bin/chromium"}}}}}}}};
  VANG_ASSIGN_OR_RETURN(const JsonValue session, browser->Call("POST", "/session", capabilities));
  browser->session_ = "/session/" + std::string(session.at("sessionId").as_string());
  return browser;
}

Browser::~Browser() {
  if (!session_.empty()) [[maybe_unused]]
    const auto ended = Call("DELETE", session_);
}

Result<JsonValue> Browser::Call(const std::string& method, const std::string& path,
                                const JsonValue& body) {
  http::Request request;
  request.method = method;
  request.path = path;
  if (method == "POST") {
    std::string text = WriteJson(body);
    request.content_length = text.size();
    request.headers.Set("Content-Type", "application/json");
    request.body = http::StringBody(std::move(text));
  }
  VANG_ASSIGN_OR_RETURN(const http::Response response,
                        client_->Send(Context().WithTimeout(std::chrono::seconds(60)), request));
  VANG_ASSIGN_OR_RETURN(const JsonValue answer, ParseJson(response.body));
  if (response.status != 200) return Internal(path + ": " + WriteJson(answer));
  return answer.at("value");
}

Status Browser::Open(const std::string& url) {
  return Call("POST", session_ + "/url", {{"url", url}}).status();
}

Result<JsonValue> Browser::Script(const std::string& script) {
  return Call("POST", session_ + "/execute/sync", {{"script", script}, {"args", JsonArray()}});
}

Result<std::string> Browser::Find(const std::string& css) {
  VANG_ASSIGN_OR_RETURN(const JsonValue element, Call("POST", session_ + "/element",
                                                      {{"using", "css selector"}, {"value", css}}));
  return session_ + "/element/" + std::string(element.at(kElement).as_string());
}

Status Browser::Type(const std::string& css, const std::string& text) {
  VANG_ASSIGN_OR_RETURN(const std::string element, Find(css));
  return Call("POST", element + "/value", {{"text", text}}).status();
}

Status Browser::Click(const std::string& css) {
  VANG_ASSIGN_OR_RETURN(const std::string element, Find(css));
  return Call("POST", element + "/click").status();
}

Status Browser::WaitFor(const std::string& script, std::chrono::seconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (std::chrono::steady_clock::now() < end) {
    VANG_ASSIGN_OR_RETURN(const JsonValue value, Script(script));
    if (value.is_bool() && value.get_bool()) return {};
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return DeadlineExceeded("never true: " + script);
}

Status Browser::Screenshot(const std::filesystem::path& png) {
  VANG_ASSIGN_OR_RETURN(const JsonValue value, Call("GET", session_ + "/screenshot"));
  const std::string bytes = DecodeBase64(value.as_string());
  return WriteFileDurably(png, bytes);
}

}  // namespace vang
