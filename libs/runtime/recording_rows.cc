#include "libs/runtime/recording_rows.h"

#include "libs/base/clock.h"
#include "libs/common/http.h"
#include "libs/common/schema.h"

namespace vang {
namespace {

constexpr Duration kTimeout{10'000};
constexpr std::size_t kLimit = std::size_t{64} << 20;

}  // namespace

Result<std::optional<JsonValue>> FetchRecordingRows(const Context& context, Upstream* metadata,
                                                    const std::string& tenant,
                                                    const std::string& recording_id) {
  const std::string what = "looking up recording " + recording_id;
  http::Request request;
  request.method = "GET";
  request.path = "/internal/v1/recordings/" + recording_id;
  request.tenant = tenant;
  auto response = metadata->Send(context.WithTimeout(kTimeout), request);
  if (!response.ok()) return response.status().Wrap(what);
  if (response->status == 404) return std::optional<JsonValue>();
  if (Status status = http::StatusOfResponse(*response); !status.ok()) return status.Wrap(what);
  auto body = ParseJson(response->body, kLimit);
  if (!body.ok()) return DataLoss(what + ": " + body.status().message());
  if (Status status = CheckSchema("recording-rows", *body); !status.ok()) {
    return DataLoss(what + ": " + status.message());
  }
  return std::optional<JsonValue>(*std::move(body));
}

}  // namespace vang
