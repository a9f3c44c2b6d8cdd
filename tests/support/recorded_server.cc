#include "tests/support/recorded_server.h"

#include <gtest/gtest.h>

#include <sstream>

#include "libs/base/file.h"

namespace vang {
namespace {

// No code that a client would try again after.
constexpr int kDiffers = 418;
constexpr std::size_t kBodyLimit = std::size_t{64} << 20;

JsonValue ParseOrNull(const std::string& text) {
  auto value = ParseJson(text, kBodyLimit);
  return value.ok() ? *std::move(value) : JsonValue();
}

}  // namespace

Result<std::unique_ptr<RecordedServer>> RecordedServer::Play(const std::filesystem::path& file) {
  std::unique_ptr<RecordedServer> server(new RecordedServer(file));
  VANG_RETURN_IF_ERROR(server->Load());
  VANG_RETURN_IF_ERROR(server->Serve());
  return server;
}

Result<std::unique_ptr<RecordedServer>> RecordedServer::Record(const std::string& url,
                                                               const std::filesystem::path& file) {
  std::unique_ptr<RecordedServer> server(new RecordedServer(file));
  VANG_ASSIGN_OR_RETURN(server->real_, net::HttpClient::Create(url));
  VANG_RETURN_IF_ERROR(server->Serve());
  return server;
}

RecordedServer::~RecordedServer() {
  if (!server_) return;
  server_->Stop(Duration(0));
  if (real_) {
    const Status saved = Save();
    EXPECT_TRUE(saved.ok()) << saved.ToString();
  } else {
    EXPECT_EQ(next_, exchanges_.size()) << file_ << ": the last were not asked for";
  }
}

Status RecordedServer::Serve() {
  VANG_ASSIGN_OR_RETURN(server_, net::HttpServer::Start(
                                     {},
                                     [this](const Context& context, http::Request& request) {
                                       return Handle(context, request);
                                     },
                                     nullptr));
  return {};
}

Status RecordedServer::Load() {
  VANG_ASSIGN_OR_RETURN(const std::string text, ReadFile(file_));
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    VANG_ASSIGN_OR_RETURN(const JsonValue value, ParseJson(line, kBodyLimit));
    JsonReader reader(value);
    Exchange exchange{reader.String("method"), reader.String("target"), value.at("body"),
                      static_cast<int>(reader.Int("status")), value.at("answer")};
    VANG_RETURN_IF_ERROR(reader.status());
    exchanges_.push_back(std::move(exchange));
  }
  return {};
}

Status RecordedServer::Save() const {
  std::string text;
  for (const Exchange& exchange : exchanges_) {
    JsonWriter json;
    json.BeginObject().Field("method", exchange.method).Field("target", exchange.target);
    json.Key("body").Value(exchange.body).Field("status", exchange.status);
    json.Key("answer").Value(exchange.answer).EndObject();
    text += json.Take() + "\n";
  }
  return WriteFileDurably(file_, text);
}

http::Response RecordedServer::Handle(const Context& context, http::Request& request) {
  Exchange asked;
  asked.method = request.method;
  asked.target = request.path;
  for (const auto& [key, value] : request.query) {
    asked.target += (asked.target == request.path ? "?" : "&") + key + "=" + value;
  }
  if (request.body) {
    auto body = request.ReadBody(context, kBodyLimit);
    if (!body.ok()) return http::Problem(body.status());
    asked.body = ParseOrNull(*body);
    request.content_length = body->size();
    request.body = http::StringBody(*std::move(body));
  }
  return real_ ? PassOn(context, request, &asked) : Replay(asked);
}

http::Response RecordedServer::PassOn(const Context& context, http::Request& request,
                                      Exchange* asked) {
  request.headers.Remove("Host");
  auto answer = real_->Send(context, request);
  if (!answer.ok()) return http::Problem(answer.status());
  asked->status = answer->status;
  asked->answer = ParseOrNull(answer->body);
  std::lock_guard<std::mutex> lock(mutex_);
  exchanges_.push_back(std::move(*asked));
  return http::JsonResponse(answer->status, answer->body);
}

http::Response RecordedServer::Replay(const Exchange& asked) {
  std::lock_guard<std::mutex> lock(mutex_);
  const auto differs = [&](const std::string& how) {
    ADD_FAILURE() << file_ << ", line " << next_ + 1 << ": " << how << "\nasked: " << asked.method
                  << " " << asked.target << " " << WriteJson(asked.body);
    return http::TextResponse(kDiffers, "text/plain", "the request differs from the recorded one");
  };
  if (next_ == exchanges_.size()) return differs("the conversation is over");
  const Exchange& recorded = exchanges_[next_];
  if (asked.method != recorded.method || asked.target != recorded.target ||
      asked.body != recorded.body) {
    return differs("recorded was " + recorded.method + " " + recorded.target + " " +
                   WriteJson(recorded.body));
  }
  ++next_;
  return http::JsonResponse(recorded.status, WriteJson(recorded.answer));
}

}  // namespace vang
