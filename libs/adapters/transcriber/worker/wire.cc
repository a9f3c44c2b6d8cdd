#include "libs/adapters/transcriber/worker/wire.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "libs/base/utf8.h"

namespace vang::recognizer_wire {
namespace {

constexpr std::size_t kMaxText = 1024;
constexpr std::size_t kMaxItems = 20'000;
constexpr std::size_t kMaxMessage = 2'000;

template <typename T>
void Put(T value, std::string* out) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out->append(bytes, sizeof(T));
}

void PutText(std::string_view text, std::string* out) {
  Put(static_cast<std::uint32_t>(text.size()), out);
  out->append(text);
}

// Takes values off the front; after the first that is not there, everything is empty.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <typename T>
  T Take() {
    T value{};
    if (bytes_.size() < sizeof(T)) {
      Fail();
      return value;
    }
    std::memcpy(&value, bytes_.data(), sizeof(T));
    bytes_.remove_prefix(sizeof(T));
    return value;
  }

  std::string TakeText(std::size_t limit) {
    const auto size = Take<std::uint32_t>();
    if (size > limit || size > bytes_.size()) {
      Fail();
      return {};
    }
    std::string text(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    if (!IsValidUtf8(text)) Fail();
    return text;
  }

  std::size_t TakeCount() {
    const auto count = Take<std::uint32_t>();
    if (count > kMaxItems) Fail();
    return failed_ ? 0 : count;
  }

  void Fail() {
    failed_ = true;
    bytes_ = {};
  }
  bool failed() const { return failed_; }
  bool AtEnd() const { return !failed_ && bytes_.empty(); }

 private:
  std::string_view bytes_;
  bool failed_ = false;
};

// Text, times and confidence: what tokens and words have in common.
template <typename T>
void PutTimed(const T& item, std::string* out) {
  PutText(std::string_view(item.text).substr(0, kMaxText), out);
  Put(item.start, out);
  Put(item.end, out);
  Put(item.confidence, out);
}

template <typename T>
void TakeTimed(Reader* reader, T* item) {
  item->text = reader->TakeText(kMaxText);
  item->start = reader->Take<double>();
  item->end = reader->Take<double>();
  item->confidence = reader->Take<double>();
  const bool sane = std::isfinite(item->start) && std::isfinite(item->end) && item->start >= 0 &&
                    item->end >= item->start && item->end <= 60 && item->confidence >= 0 &&
                    item->confidence <= 1;
  if (!sane) reader->Fail();
}

}  // namespace

std::string EncodeMessage(MessageType type, std::string_view payload) {
  std::string message;
  message.reserve(kHeaderBytes + payload.size());
  Put(static_cast<std::uint32_t>(payload.size()), &message);
  Put(static_cast<std::uint8_t>(type), &message);
  message.append(payload);
  return message;
}

Result<Header> DecodeHeader(std::string_view bytes) {
  Reader reader(bytes);
  Header header;
  header.size = reader.Take<std::uint32_t>();
  const auto type = reader.Take<std::uint8_t>();
  header.type = static_cast<MessageType>(type);
  if (!reader.AtEnd() || type < 1 || type > 4 || header.size > kMaxPayload) {
    return DataLoss("a recogniser's message has a bad header");
  }
  return header;
}

std::string EncodeSamples(std::span<const float> samples) {
  return std::string(reinterpret_cast<const char*>(samples.data()), samples.size_bytes());
}

Result<std::vector<float>> DecodeSamples(std::string_view payload) {
  if (payload.size() % sizeof(float) != 0 || payload.size() / sizeof(float) > kMaxSamples) {
    return DataLoss("a message of " + std::to_string(payload.size()) + " bytes is not samples");
  }
  std::vector<float> samples(payload.size() / sizeof(float));
  if (!samples.empty()) std::memcpy(samples.data(), payload.data(), payload.size());
  return samples;
}

std::string EncodeRecognition(const Recognition& recognition) {
  std::string payload;
  Put(static_cast<std::uint32_t>(recognition.tokens.size()), &payload);
  for (const Token& token : recognition.tokens) PutTimed(token, &payload);
  Put(static_cast<std::uint32_t>(recognition.words.size()), &payload);
  for (const Word& word : recognition.words) {
    PutTimed(word, &payload);
    Put(word.first_token, &payload);
    Put(word.token_count, &payload);
  }
  return payload;
}

Result<Recognition> DecodeRecognition(std::string_view payload) {
  Reader reader(payload);
  Recognition recognition;
  const std::size_t tokens = reader.TakeCount();
  for (std::size_t i = 0; i < tokens && !reader.failed(); ++i) {
    TakeTimed(&reader, &recognition.tokens.emplace_back());
  }
  const std::size_t words = reader.TakeCount();
  for (std::size_t i = 0; i < words && !reader.failed(); ++i) {
    Word& word = recognition.words.emplace_back();
    TakeTimed(&reader, &word);
    word.first_token = reader.Take<std::uint32_t>();
    word.token_count = reader.Take<std::uint32_t>();
    if (std::uint64_t{word.first_token} + word.token_count > tokens) reader.Fail();
  }
  if (!reader.AtEnd()) return DataLoss("a recogniser's result is damaged");
  return recognition;
}

std::string EncodeFailure(const Status& status) {
  // Messages of libraries may hold any bytes; the other side wants UTF-8.
  std::string message =
      FromCodePoints(ToCodePoints(std::string_view(status.message()).substr(0, kMaxMessage)));
  std::string payload;
  Put(static_cast<std::uint8_t>(status.code()), &payload);
  PutText(message, &payload);
  return payload;
}

Status DecodeFailure(std::string_view payload) {
  Reader reader(payload);
  const auto code = reader.Take<std::uint8_t>();
  // A replaced byte becomes three.
  std::string message = reader.TakeText(3 * kMaxMessage);
  if (!reader.AtEnd() || code < 1 || code > 16) {
    return DataLoss("a recogniser's failure is damaged");
  }
  return Status(static_cast<Code>(code), std::move(message));
}

}  // namespace vang::recognizer_wire
