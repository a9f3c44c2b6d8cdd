#include "services/asr/champion.h"

#include <algorithm>

#include "libs/common/http.h"
#include "libs/runtime/log.h"

namespace vang::asr {
namespace {

constexpr Duration kFirstPause{50};
constexpr Duration kLongestPause{5'000};
constexpr Duration kAskTimeout{10'000};

Result<SpeechModel> Ask(const Context& context, Upstream* training) {
  http::Request request;
  request.method = "GET";
  request.path = "/internal/v1/models/champion";
  VANG_ASSIGN_OR_RETURN(const http::Response response,
                        training->Send(context.WithTimeout(kAskTimeout), request));
  if (response.status != 200) return http::StatusOfResponse(response);
  VANG_ASSIGN_OR_RETURN(const JsonValue body, ParseJson(response.body, 1 << 20));
  JsonReader reader(body);
  SpeechModel model;
  model.id = reader.String("id");
  model.family = reader.String("family");
  model.folder = reader.String("folder");
  VANG_RETURN_IF_ERROR(reader.status());
  if (model.id.empty()) return InvalidArgument("the champion has no id");
  return model;
}

}  // namespace

Champion::Champion(Upstream* training, Transcriber* transcriber)
    : training_(training), transcriber_(transcriber) {}

void Champion::Start(std::function<Status()> then) {
  thread_ = std::jthread([this, then = std::move(then)](std::stop_token stop) {
    const Context context = Context().WithStop(stop);
    for (Duration pause = kFirstPause; !stop.stop_requested();
         pause = std::min(pause * 2, kLongestPause)) {
      // A model that another call has loaded will do.
      Status status = transcriber_->current().id.empty() ? Refresh(context) : Status();
      if (status.ok()) status = then();
      Note(status);
      if (status.ok()) return;
      std::unique_lock<std::mutex> lock(mutex_);
      changed_.wait_for(lock, stop, pause, [] { return false; });
    }
  });
}

void Champion::Stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

Status Champion::Refresh(const Context& context) {
  std::lock_guard<std::mutex> one_at_a_time(refreshing_);
  Status status = AskAndLoad(context);
  Note(status);
  return status;
}

Status Champion::AskAndLoad(const Context& context) {
  VANG_ASSIGN_OR_RETURN(const SpeechModel model, Ask(context, training_));
  const SpeechModel current = transcriber_->current();
  if (current.id == model.id && current.folder == model.folder && current.family == model.family) {
    return {};
  }
  return transcriber_->Load(context, model);
}

void Champion::Note(const Status& status) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (!status.ok() && status.message() != problem_ && status.code() != Code::kCancelled) {
    // While the process starts, nobody answers or no model is there yet.
    const bool early = status.code() == Code::kUnavailable || status.code() == Code::kNotFound;
    Log(early ? LogLevel::kInfo : LogLevel::kError, "asr", "the champion model does not serve",
        {{"serving", transcriber_->current().id}, {"error", status.ToString()}});
  }
  problem_ = status.ok() ? "" : status.message();
}

std::string Champion::problem() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return problem_;
}

}  // namespace vang::asr
