#include "libs/adapters/embedder/static_vectors/vector_model.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "libs/base/sha256.h"
#include "libs/base/utf8.h"

namespace vang {
namespace {

static_assert(std::endian::native == std::endian::little, "the file is read as it lies");

constexpr std::string_view kMagic = "VANGVEC1";
constexpr std::size_t kHashBytes = 64;
constexpr std::uint32_t kMaxDimension = 4'096;
constexpr std::uint32_t kMaxUnits = 10'000'000;

template <typename T>
void Append(const T& value, std::string* out) {
  out->append(reinterpret_cast<const char*>(&value), sizeof(T));
}

template <typename T>
void AppendAll(const std::vector<T>& values, std::string* out) {
  out->append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

Status Damaged(std::string_view what) {
  return DataLoss("the word vectors are damaged: " + std::string(what));
}

// Takes values off the front; the first read past the end makes all later ones fail.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::string_view Bytes(std::size_t size) {
    if (size > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  template <typename T>
  T Value() {
    T value{};
    const std::string_view bytes = Bytes(sizeof(T));
    if (ok_) std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
  }
  template <typename T>
  std::vector<T> Values(std::size_t count) {
    const std::string_view bytes = Bytes(count * sizeof(T));
    if (!ok_) return {};
    std::vector<T> values(count);
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }
  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace

std::string EncodeVectorModel(const VectorModel& model) {
  std::string text;
  for (const std::string& unit : model.units) (text += unit) += '\n';
  std::string out(kMagic);
  Append(model.dimension, &out);
  Append(static_cast<std::uint32_t>(model.units.size()), &out);
  Append(static_cast<std::uint32_t>(model.id.size()), &out);
  Append(static_cast<std::uint32_t>(text.size()), &out);
  Append(model.rarity, &out);
  Append(model.total, &out);
  out += model.id;
  out += text;
  AppendAll(model.counts, &out);
  AppendAll(model.common, &out);
  AppendAll(model.rows, &out);
  return out + Sha256Hex(out);
}

Result<VectorModel> DecodeVectorModel(std::string_view bytes) {
  if (!bytes.starts_with(kMagic) || bytes.size() < kHashBytes) {
    return Damaged("this is no file of word vectors");
  }
  const std::string_view hash = bytes.substr(bytes.size() - kHashBytes);
  bytes.remove_suffix(kHashBytes);
  if (Sha256Hex(bytes) != hash) return Damaged("the checksum is another");
  Reader reader(bytes.substr(kMagic.size()));
  VectorModel model;
  model.dimension = reader.Value<std::uint32_t>();
  const auto units = reader.Value<std::uint32_t>();
  const auto id_bytes = reader.Value<std::uint32_t>();
  const auto text_bytes = reader.Value<std::uint32_t>();
  model.rarity = reader.Value<float>();
  model.total = reader.Value<std::uint64_t>();
  if (model.dimension == 0 || model.dimension > kMaxDimension || units == 0 || units > kMaxUnits) {
    return Damaged("impossible sizes");
  }
  model.id = reader.Bytes(id_bytes);
  std::string_view text = reader.Bytes(text_bytes);
  model.counts = reader.Values<std::uint32_t>(units);
  model.common = reader.Values<float>(model.dimension);
  model.rows = reader.Values<std::int8_t>(std::size_t{units} * model.dimension);
  if (!reader.ok() || !reader.at_end()) return Damaged("its length does not fit");
  if (!std::isfinite(model.rarity) || model.rarity <= 0 || model.total == 0 || model.id.empty()) {
    return Damaged("an impossible weight or no name");
  }
  for (const float component : model.common) {
    if (!std::isfinite(component)) return Damaged("a component that is no number");
  }
  if (!IsValidUtf8(text) || !IsValidUtf8(model.id)) return Damaged("its words are not UTF-8");
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == 0 || end == std::string_view::npos) return Damaged("an empty or unended unit");
    model.units.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  if (model.units.size() != units) return Damaged("it has more or fewer units than it says");
  return model;
}

}  // namespace vang
