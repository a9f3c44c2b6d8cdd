#include "libs/adapters/object_store/s3/capabilities.h"

#include "libs/adapters/object_store/s3/answers.h"
#include "libs/adapters/object_store/s3/crc32c.h"
#include "libs/adapters/object_store/s3/multipart_upload.h"
#include "libs/base/uuid.h"

namespace vang::s3 {
namespace {

constexpr std::string_view kBytes = "probe";

// One run of the probe: its objects, each gone when it ends well.
class Probe {
 public:
  Probe(const Context& context, Client& client, const std::string& folder)
      : context_(context), client_(client), folder_(folder + RandomHex(16) + "/") {}

  Result<Capabilities> Run() {
    const Status status = Ask();
    // What could not be removed is swept by a later start.
    for (const char* name : {"a/b", "a-b", "c"}) {
      const Status removed =
          client_.SendOk(context_, {.method = "DELETE", .key = folder_ + name}).status();
      if (status.ok() && !removed.ok() && removed.code() != Code::kNotFound) {
        return removed.Wrap("an object that was written cannot be deleted");
      }
    }
    VANG_RETURN_IF_ERROR(status);
    return found_;
  }

 private:
  Status Ask() {
    VANG_RETURN_IF_ERROR(AskToWrite());
    VANG_RETURN_IF_ERROR(AskConditions());
    VANG_RETURN_IF_ERROR(AskChecksums());
    VANG_RETURN_IF_ERROR(AskParts());
    VANG_RETURN_IF_ERROR(AskOrder());
    return AskVersioning();
  }

  Result<Answer> Put(const char* name, const Fields& headers) {
    return client_.Send(
        context_, {.method = "PUT", .key = folder_ + name, .headers = headers, .bytes = kBytes});
  }

  // An answer to an experiment: a server that is away or faulty is no answer.
  Result<bool> Accepted(const Result<Answer>& answer) {
    VANG_RETURN_IF_ERROR(answer.status());
    if (answer->ok()) return true;
    const bool faulty =
        answer->status() == 429 || (answer->status() >= 500 && answer->status() != 501);
    if (faulty) return Unavailable("the server answered HTTP " + std::to_string(answer->status()));
    return false;
  }

  // As plainly as possible: what fails here is no lack of the server but a fault to mend.
  Status AskToWrite() {
    const Call call{.method = "PUT", .key = folder_ + "a/b", .bytes = kBytes};
    VANG_ASSIGN_OR_RETURN(const Answer answer, client_.SendOk(context_, call));
    found_.server = Printable(answer.response.headers.Get("Server"), 60);
    return {};
  }

  Status AskConditions() {
    VANG_ASSIGN_OR_RETURN(const Answer refused, Put("a/b", {{"If-None-Match", "*"}}));
    VANG_RETURN_IF_ERROR(Accepted(refused).status());
    if (refused.status() != 412) return {};
    // One that refuses always would be of no use.
    VANG_ASSIGN_OR_RETURN(found_.conditional_put, Accepted(Put("a-b", {{"If-None-Match", "*"}})));
    return {};
  }

  Status AskChecksums() {
    const std::uint32_t crc = Crc32c(0, kBytes);
    VANG_ASSIGN_OR_RETURN(found_.checksum_accepted,
                          Accepted(Put("a-b", {{kChecksumHeader, Crc32cText(crc)}})));
    if (!found_.checksum_accepted) return {};
    // A wrong one may be answered as a fault of the network, which would be tried again.
    const Call call{.method = "PUT",
                    .key = folder_ + "a-b",
                    .headers = {{kChecksumHeader, Crc32cText(crc + 1)}},
                    .bytes = kBytes,
                    .retry = false};
    VANG_ASSIGN_OR_RETURN(const bool accepted, Accepted(client_.Send(context_, call)));
    found_.checksum_verified = !accepted;
    return {};
  }

  // Uploads "c" in one part, on the condition that it is not there.
  Result<Answer> Upload(bool checksum) {
    const std::uint32_t crc = Crc32c(0, kBytes);
    const Part part{.offset = 0, .size = kBytes.size(), .sha256 = "", .crc32c = crc};
    MultipartUpload upload(&client_, folder_ + "c", checksum);
    VANG_ASSIGN_OR_RETURN(const Answer begun, upload.Begin(context_, {}));
    if (!begun.ok()) return begun;
    const Status sent = upload.SendPart(context_, 1, part, kBytes);
    if (!sent.ok()) {
      VANG_RETURN_IF_ERROR(upload.Abort());
      return sent;
    }
    auto answer = upload.Complete(context_, crc, true);
    if (!answer.ok() || !answer->ok()) {
      const Status aborted = upload.Abort();
      if (!aborted.ok() && aborted.code() != Code::kNotFound) return aborted;
    }
    return answer;
  }

  Status AskParts() {
    if (found_.checksum_accepted) {
      const auto with_checksum = Upload(true);
      found_.checksum_of_parts = with_checksum.ok() && with_checksum->ok();
    }
    if (!found_.checksum_of_parts) {
      VANG_ASSIGN_OR_RETURN(const bool accepted, Accepted(Upload(false)));
      if (!accepted) return {};
    }
    VANG_ASSIGN_OR_RETURN(const Answer again, Upload(found_.checksum_of_parts));
    found_.conditional_complete = again.status() == 412;
    return {};
  }

  // "a-b" comes before "a/b", and a server that walks folders by their names has it the other way.
  Status AskOrder() {
    VANG_RETURN_IF_ERROR(Accepted(Put("a-b", {})).status());
    const Call call{.method = "GET",
                    .query = {{"list-type", "2"}, {"prefix", folder_}, {"max-keys", "10"}}};
    VANG_ASSIGN_OR_RETURN(const Answer answer, client_.SendOk(context_, call));
    VANG_ASSIGN_OR_RETURN(const ObjectPage page, ParseObjectPage(answer.response.body));
    if (page.entries.size() < 2)
      return DataLoss("the server lists other objects than were written");
    found_.ordered_list =
        page.entries[0].key == folder_ + "a-b" && page.entries[1].key == folder_ + "a/b";
    return {};
  }

  // Many may not ask this; then it is not known.
  Status AskVersioning() {
    const Call call{.method = "GET", .query = {{"versioning", ""}}};
    VANG_ASSIGN_OR_RETURN(const Answer answer, client_.Send(context_, call));
    if (!answer.ok()) return {};
    const auto enabled = ParseVersioning(answer.response.body);
    found_.versioning = enabled.ok() && *enabled;
    return {};
  }

  const Context context_;
  Client& client_;
  const std::string folder_;
  Capabilities found_;
};

}  // namespace

std::string Capabilities::ToString() const {
  std::string text = "S3 server ";
  text += server.empty() ? "without a name" : server;
  if (conditional_put && conditional_complete) {
    text += "; conditional create";
  } else {
    text += "; no conditional create for ";
    text += conditional_put ? "large objects" : conditional_complete ? "small objects" : "objects";
    text += " (two processes that write one key at once may both succeed)";
  }
  text += checksum_verified ? "; CRC32C verified" : "; CRC32C not verified";
  if (checksum_verified && !checksum_of_parts) text += " for large objects";
  if (!ordered_list) text += "; lists out of order (listing reads all keys of a prefix)";
  if (versioning) {
    text +=
        "; versioning is on: deleted audio stays in the bucket until a lifecycle rule removes "
        "old versions";
  }
  return text;
}

Result<Capabilities> ProbeCapabilities(const Context& context, Client& client,
                                       const std::string& folder) {
  return Probe(context, client, folder).Run();
}

}  // namespace vang::s3
