// The module with a real object store on disk; metadata is played by a class that remembers.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "libs/adapters/object_store/fs/fs_object_store.h"
#include "libs/base/sha256.h"
#include "libs/base/status_matchers.h"
#include "libs/base/temp_folder.h"
#include "libs/common/event_data.h"
#include "libs/common/schema.h"
#include "libs/common/transcript.h"
#include "services/ingestion/module.h"

namespace vang {
namespace {

using std::string_literals::operator""s;

const std::string kSound = "RIFF\x24\0\0\0WAVEfmt "s + std::string(200'000, '\x80');

class FakeMetadata : public Upstream {
 public:
  Result<http::Response> Send(const Context& context, http::Request& request) override {
    VANG_RETURN_IF_ERROR(context.Check());
    if (!failure.ok()) return failure;
    if (request.method == "DELETE") {
      EXPECT_TRUE(request.path.starts_with("/internal/v1/objects/")) << request.path;
      const std::string sha256 = request.path.substr(request.path.rfind('/') + 1);
      ++removals;
      if (!removal_failure.ok()) return http::Problem(removal_failure);
      const std::string id = RecordingId(request.tenant, sha256);
      if (std::find(ids.begin(), ids.end(), id) == ids.end()) {
        VANG_RETURN_IF_ERROR(objects->Delete(context, AudioKey(request.tenant, sha256)));
      }
      http::Response response;
      response.status = 204;
      return response;
    }
    EXPECT_EQ(request.path, "/internal/v1/recordings");
    VANG_ASSIGN_OR_RETURN(last, request.ReadJson(context));
    VANG_EXPECT_OK(objects->Stat(context, JsonReader(last).String("object_key")))
        << "the audio is stored before its event";
    VANG_EXPECT_OK(CheckSchema("recording-registration", last));
    tenant = request.tenant;
    if (refuse_with != 0) {
      return http::Problem(refuse_with, PermissionDenied("refused"), request.request_id);
    }
    const std::string id = JsonReader(last).String("recording_id");
    const bool known = std::find(ids.begin(), ids.end(), id) != ids.end();
    if (!known) ids.push_back(id);
    return http::JsonResponse(known ? 200 : 201, "{\"id\":\"" + id + "\"}");
  }

  std::vector<std::string> ids;
  JsonValue last;
  std::string tenant;
  Status failure;
  int refuse_with = 0;
  // What removals work on.
  ObjectStore* objects = nullptr;
  Status removal_failure;
  int removals = 0;
};

// A store whose disk takes `room` bytes.
class SmallStore : public ObjectStore {
 public:
  SmallStore(ObjectStore* real, std::uint64_t room) : real_(real), room_(room) {}

  Result<std::unique_ptr<ObjectWriter>> Create(const Context& context) override {
    VANG_ASSIGN_OR_RETURN(auto writer, real_->Create(context));
    return std::unique_ptr<ObjectWriter>(std::make_unique<Writer>(std::move(writer), room_));
  }
  Status Put(const Context&, const std::string&, std::string_view) override { return Full(); }
  Result<std::string> Get(const Context& c, const std::string& k, std::size_t limit) override {
    return real_->Get(c, k, limit);
  }
  Result<FileDescriptor> OpenFile(const Context& c, const std::string& k) override {
    return real_->OpenFile(c, k);
  }
  Result<ObjectInfo> Stat(const Context& c, const std::string& k) override {
    return real_->Stat(c, k);
  }
  Status Delete(const Context& c, const std::string& k) override { return real_->Delete(c, k); }
  Result<std::vector<ObjectInfo>> List(const Context& c, const std::string& p, const std::string& a,
                                       int max) override {
    return real_->List(c, p, a, max);
  }
  Status Ping(const Context&) override { return Full(); }

 private:
  static Status Full() { return ResourceExhausted("No space left on device"); }
  class Writer : public ObjectWriter {
   public:
    Writer(std::unique_ptr<ObjectWriter> real, std::uint64_t room)
        : real_(std::move(real)), room_(room) {}
    Status Write(std::string_view bytes) override {
      return real_->size() + bytes.size() > room_ ? Full() : real_->Write(bytes);
    }
    std::uint64_t size() const override { return real_->size(); }
    Result<bool> Commit(const Context& context, const std::string& key) override {
      return real_->Commit(context, key);
    }

   private:
    std::unique_ptr<ObjectWriter> real_;
    const std::uint64_t room_;
  };
  ObjectStore* const real_;
  const std::uint64_t room_;
};

// Gives `bytes`, then fails as a socket does whose peer went away.
class CutBody : public http::BodyReader {
 public:
  explicit CutBody(std::string bytes) : bytes_(http::StringBody(std::move(bytes))) {}
  Result<std::size_t> Read(const Context& context, char* buffer, std::size_t size) override {
    VANG_ASSIGN_OR_RETURN(const std::size_t n, bytes_->Read(context, buffer, size));
    if (n == 0) return InvalidArgument("the body ended before its length");
    return n;
  }

 private:
  std::unique_ptr<http::BodyReader> bytes_;
};

class Ingestion : public testing::Test {
 protected:
  Ingestion() {
    auto store = OpenFsObjectStore({folder_.path()});
    EXPECT_TRUE(store.ok());
    store_ = std::move(*store);
    metadata_.objects = store_.get();
    Make(store_.get(), 1'000'000);
  }

  void Make(ObjectStore* objects, std::uint64_t max_bytes) {
    module_ = MakeIngestion({objects, &metadata_, &metrics_}, {max_bytes});
  }

  http::Request RawRequest(std::string body) {
    http::Request request;
    request.method = "POST";
    request.path = "/v1/recordings";
    request.tenant = "acme";
    request.request_id = "r1";
    request.content_length = body.size();
    request.body = http::StringBody(std::move(body));
    return request;
  }

  http::Request FormRequest(const std::vector<std::pair<std::string, std::string>>& parts) {
    std::string body;
    for (const auto& [disposition, content] : parts) {
      body +=
          "--b\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + content + "\r\n";
    }
    http::Request request = RawRequest(body + "--b--\r\n");
    request.headers.Set("Content-Type", "multipart/form-data; boundary=b");
    return request;
  }

  http::Response Send(http::Request request) {
    return module_->router()->Handle(Context(), request);
  }

  // Files in the store's folder, unfinished ones too.
  int Files() const {
    return static_cast<int>(
        std::count_if(std::filesystem::recursive_directory_iterator(folder_.path()),
                      std::filesystem::recursive_directory_iterator(),
                      [](const auto& entry) { return entry.is_regular_file(); }));
  }

  std::string Said(std::string_view member) { return JsonReader(metadata_.last).String(member); }

  // The upload is answered with the problem, nothing is stored and nobody was told.
  void ExpectRefused(http::Request request, int status, const std::string& words) {
    const http::Response response = Send(std::move(request));
    EXPECT_EQ(response.status, status) << response.body;
    EXPECT_EQ(response.headers.Get("Content-Type"), "application/problem+json");
    EXPECT_THAT(response.body, testing::HasSubstr(words));
    EXPECT_THAT(response.body, testing::HasSubstr("\"request_id\":\"r1\""));
    EXPECT_EQ(Files(), 0);
    EXPECT_TRUE(metadata_.ids.empty());
  }

  TempFolder folder_;
  std::unique_ptr<ObjectStore> store_;
  FakeMetadata metadata_;
  Metrics metrics_;
  std::unique_ptr<Module> module_;
};

TEST_F(Ingestion, StoresARawBodyUnderItsContentAddressAndRegistersIt) {
  http::Request request = RawRequest(kSound);
  request.query = {{"title", "Họp sáng"}, {"file_name", "hop.wav"}};
  const http::Response response = Send(std::move(request));
  const std::string id = RecordingId("acme", Sha256Hex(kSound));
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(response.headers.Get("Location"), "/v1/recordings/" + id);
  EXPECT_THAT(response.body, testing::HasSubstr(id));
  EXPECT_EQ(*store_->Get(Context(), AudioKey("acme", Sha256Hex(kSound))), kSound);
  EXPECT_EQ(Said("title"), "Họp sáng");
  EXPECT_EQ(Said("file_name"), "hop.wav");
  EXPECT_EQ(Said("media_type"), "audio/wav");
  EXPECT_EQ(metadata_.tenant, "acme");
  EXPECT_THAT(metrics_.Expose(), testing::HasSubstr("vang_uploads_total{result=\"new\"} 1"));
}

TEST_F(Ingestion, TakesTheFieldsOfAFormInAnyOrder) {
  EXPECT_EQ(Send(FormRequest({{"name=\"title\"", "Trước"},
                              {"name=\"file\"; filename=\"ghi âm.wav\"", kSound}}))
                .status,
            202);
  EXPECT_EQ(Said("title"), "Trước");
  EXPECT_EQ(Said("file_name"), "ghi âm.wav");
  EXPECT_EQ(Send(FormRequest({{"name=\"file\"; filename=\"b.wav\"", kSound + "b"},
                              {"name=\"title\"", "Sau"}}))
                .status,
            202);
  EXPECT_EQ(Said("title"), "Sau");
  EXPECT_EQ(*store_->Get(Context(), AudioKey("acme", Sha256Hex(kSound + "b"))), kSound + "b");
}

TEST_F(Ingestion, FindsTheFileByItsFileNameWhateverTheFieldIsCalled) {
  EXPECT_EQ(Send(FormRequest({{"name=\"audio\"; filename=\"a.wav\"", kSound}})).status, 202);
  EXPECT_EQ(Said("title"), "a");
}

TEST_F(Ingestion, TheSameAudioAgainIsTheSameRecording) {
  const http::Response first = Send(RawRequest(kSound));
  const http::Response second = Send(RawRequest(kSound));
  EXPECT_EQ(first.status, 202);
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(first.headers.Get("Location"), second.headers.Get("Location"));
  EXPECT_EQ(Files(), 1);
}

TEST_F(Ingestion, RemovesThePathFromAFileName) {
  EXPECT_EQ(
      Send(FormRequest({{"name=\"file\"; filename=\"../../etc/cron.d/x.wav\"", kSound}})).status,
      202);
  EXPECT_EQ(Said("file_name"), "x.wav");
}

TEST_F(Ingestion, RefusesWhatIsEmpty) {
  ExpectRefused(RawRequest(""), 400, "no body");
  http::Request chunked = RawRequest("");
  chunked.content_length.reset();
  ExpectRefused(std::move(chunked), 400, "empty");
  ExpectRefused(FormRequest({{"name=\"file\"; filename=\"a.wav\"", ""}}), 400, "empty");
  ExpectRefused(FormRequest({{"name=\"title\"", "a"}}), 400, "no file");
}

TEST_F(Ingestion, RefusesTextNamedMp3) {
  http::Request request = RawRequest("Đây không phải âm thanh.");
  request.query = {{"file_name", "bai.mp3"}};
  ExpectRefused(std::move(request), 415, "this is text");
  ExpectRefused(
      FormRequest({{"name=file; filename=\"a.mp3\"", "PK\3\4" + std::string(9'000, 'x')}}), 415,
      "ZIP");
}

TEST_F(Ingestion, RefusesUnknownFieldsByName) {
  ExpectRefused(
      FormRequest({{"name=\"file\"; filename=\"a.wav\"", kSound}, {"name=\"colour\"", "red"}}), 400,
      "\"pointer\":\"/colour\"");
  http::Request request = RawRequest(kSound);
  request.query = {{"colour", "red"}};
  ExpectRefused(std::move(request), 400, "'colour'");
  ExpectRefused(FormRequest({{"name=file; filename=a", kSound}, {"name=file; filename=b", kSound}}),
                400, "one file");
}

TEST_F(Ingestion, RefusesATitleThatIsNotUtf8OrTooLong) {
  ExpectRefused(FormRequest({{"name=file; filename=a", kSound}, {"name=title", "\xFF\xFE"}}), 400,
                "title is not valid UTF-8");
  ExpectRefused(
      FormRequest({{"name=file; filename=a", kSound}, {"name=title", std::string(501, 'x')}}), 400,
      "500 characters");
  ExpectRefused(
      FormRequest({{"name=file; filename=a", kSound}, {"name=title", std::string(20'000, 'x')}}),
      413, "form field");
}

TEST_F(Ingestion, RefusesWhatIsLargerThanAllowed) {
  Make(store_.get(), 100'000);
  ExpectRefused(RawRequest(kSound), 413, "100000");
  http::Request chunked = RawRequest(kSound);
  chunked.content_length.reset();
  ExpectRefused(std::move(chunked), 413, "100000");
  http::Request form = FormRequest({{"name=file; filename=a", kSound}});
  form.content_length.reset();
  ExpectRefused(std::move(form), 413, "100000");
}

TEST_F(Ingestion, ABodyCutShortLeavesNothing) {
  http::Request raw = RawRequest(kSound);
  raw.body = std::make_shared<CutBody>(kSound.substr(0, 150'000));
  ExpectRefused(std::move(raw), 400, "before its length");
  http::Request form = FormRequest({{"name=file; filename=a", kSound}});
  form.body = http::StringBody(
      "--b\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\n" + kSound);
  ExpectRefused(std::move(form), 400, "cut short");
}

TEST_F(Ingestion, RefusesABadForm) {
  http::Request request = FormRequest({{"name=file; filename=a", kSound}});
  request.headers.Set("Content-Type", "multipart/form-data");
  ExpectRefused(std::move(request), 400, "boundary");
  http::Request mixed = FormRequest({{"name=file; filename=a", kSound}});
  mixed.headers.Set("Content-Type", "multipart/mixed; boundary=b");
  ExpectRefused(std::move(mixed), 400, "multipart/form-data");
  http::Request compressed = RawRequest(kSound);
  compressed.headers.Set("Content-Encoding", "gzip");
  ExpectRefused(std::move(compressed), 415, "Content-Encoding");
}

TEST_F(Ingestion, AFullDiskIsSaidAndLeavesNothing) {
  SmallStore small(store_.get(), 150'000);
  Make(&small, 1'000'000);
  ExpectRefused(RawRequest(kSound), 507, "free space");
  EXPECT_FALSE(module_->Check(Context())[0].ready);
}

TEST_F(Ingestion, ARefusalOfMetadataTakesTheNewObjectBack) {
  metadata_.refuse_with = 403;
  ExpectRefused(RawRequest(kSound), 403, "refused");
  EXPECT_EQ(metadata_.removals, 1);
}

// Whether the audio is still needed is for metadata to say; here nothing is ever deleted.
TEST_F(Ingestion, ARefusalWhoseRemovalFailsIsStillTheRefusalAndTheAudioStays) {
  metadata_.refuse_with = 403;
  metadata_.removal_failure = Unavailable("busy");
  EXPECT_EQ(Send(RawRequest(kSound)).status, 403);
  EXPECT_EQ(metadata_.removals, 1);
  EXPECT_EQ(Files(), 1);
}

TEST_F(Ingestion, ARefusalOfMetadataLeavesAnObjectThatWasThere) {
  EXPECT_EQ(Send(RawRequest(kSound)).status, 202);
  metadata_.refuse_with = 403;
  EXPECT_EQ(Send(RawRequest(kSound)).status, 403);
  EXPECT_EQ(Files(), 1);
}

TEST_F(Ingestion, DeliveryRule3_No202WithoutTheEventAndTheRepeatedUploadIsTakenOnce) {
  metadata_.failure = Unavailable("metadata is away");
  const http::Response first = Send(RawRequest(kSound));
  EXPECT_EQ(first.status, 503);
  EXPECT_TRUE(first.headers.Has("Retry-After"));
  EXPECT_THAT(first.body, testing::HasSubstr("send it again"));
  metadata_.failure = {};
  EXPECT_EQ(Send(RawRequest(kSound)).status, 202);
  EXPECT_EQ(Send(RawRequest(kSound)).status, 200);
  EXPECT_EQ(Files(), 1);
  EXPECT_EQ(metadata_.ids.size(), 1u);
}

TEST_F(Ingestion, TwoTenantsHaveTwoRecordingsOfTheSameAudio) {
  http::Request other = RawRequest(kSound);
  other.tenant = "other";
  EXPECT_NE(Send(RawRequest(kSound)).headers.Get("Location"),
            Send(std::move(other)).headers.Get("Location"));
  EXPECT_EQ(Files(), 2);
}

TEST_F(Ingestion, RefusesARequestOfNobody) {
  http::Request request = RawRequest(kSound);
  request.tenant.clear();
  ExpectRefused(std::move(request), 401, "tenant");
}

}  // namespace
}  // namespace vang
