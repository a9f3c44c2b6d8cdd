// A headless Chromium, driven over WebDriver (W3C) through chromedriver.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "libs/base/subprocess.h"
#include "libs/base/temp_folder.h"
#include "libs/common/json.h"
#include "libs/net/http_client.h"

namespace vang {

class Browser {
 public:
  // kNotFound when chromium or chromedriver is not installed.
  static Result<std::unique_ptr<Browser>> Start();
  ~Browser();

  Status Open(const std::string& url);
  // The value of a script's `return`.
  Result<JsonValue> Script(const std::string& script);
  // Types into the element; for a file input, the path of the file to choose.
  Status Type(const std::string& css, const std::string& text);
  Status Click(const std::string& css);
  // Asks until the script returns true.
  Status WaitFor(const std::string& script, std::chrono::seconds limit = std::chrono::seconds(60));
  Status Screenshot(const std::filesystem::path& png);

 private:
  Browser(Subprocess driver, std::unique_ptr<net::HttpClient> client)
      : driver_(std::move(driver)), client_(std::move(client)) {}
  Result<JsonValue> Call(const std::string& method, const std::string& path,
                         const JsonValue& body = JsonObject());
  Result<std::string> Find(const std::string& css);

  TempFolder profile_;
  Subprocess driver_;
  std::unique_ptr<net::HttpClient> client_;
  std::string session_;
};

}  // namespace vang
