#include "libs/vietnamese/units.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <vector>

namespace vang {
namespace {

constexpr std::size_t kMaxUnitWords = 5;

struct Spelling {
  std::string_view spoken;
  std::string_view written;
};

constexpr std::array<Spelling, 18> kPrefixes = {{{"ki lô", "k"},
                                                 {"kilo", "k"},
                                                 {"kí lô", "k"},
                                                 {"xăng ti", "c"},
                                                 {"xen ti", "c"},
                                                 {"cen ti", "c"},
                                                 {"centi", "c"},
                                                 {"mi li", "m"},
                                                 {"mili", "m"},
                                                 {"đề xi", "d"},
                                                 {"mê ga", "M"},
                                                 {"me ga", "M"},
                                                 {"mega", "M"},
                                                 {"gi ga", "G"},
                                                 {"giga", "G"},
                                                 {"tê ra", "T"},
                                                 {"te ra", "T"},
                                                 {"tera", "T"}}};

// Bases that take a prefix; the bare unit is in the second table, because it may be written out.
constexpr std::array<Spelling, 14> kBases = {{{"mét", "m"},
                                              {"mét vuông", "m²"},
                                              {"mét khối", "m³"},
                                              {"gam", "g"},
                                              {"gram", "g"},
                                              {"lít", "l"},
                                              {"oát", "W"},
                                              {"oát giờ", "Wh"},
                                              {"vôn", "V"},
                                              {"am pe", "A"},
                                              {"hẹc", "Hz"},
                                              {"héc", "Hz"},
                                              {"bai", "B"},
                                              {"byte", "B"}}};

constexpr std::array<Spelling, 34> kPlain = {{{"mét", "m"},
                                              {"mét vuông", "m²"},
                                              {"mét khối", "m³"},
                                              {"gam", "g"},
                                              {"gram", "g"},
                                              {"ki lô", "kg"},
                                              {"kí lô", "kg"},
                                              {"lít", "lít"},
                                              {"tấn", "tấn"},
                                              {"tạ", "tạ"},
                                              {"héc ta", "ha"},
                                              {"hecta", "ha"},
                                              {"oát", "W"},
                                              {"vôn", "V"},
                                              {"am pe", "A"},
                                              {"hẹc", "Hz"},
                                              {"héc", "Hz"},
                                              {"mã lực", "mã lực"},
                                              {"inch", "inch"},
                                              {"terabyte", "TB"},
                                              {"gigabyte", "GB"},
                                              {"megabyte", "MB"},
                                              {"kilobyte", "KB"},
                                              {"đô la", "đô la"},
                                              {"đô la mỹ", "đô la Mỹ"},
                                              {"ơ rô", "euro"},
                                              {"euro", "euro"},
                                              {"yên nhật", "yên Nhật"},
                                              {"bảng anh", "bảng Anh"},
                                              {"rupee", "rupee"},
                                              {"ki lô mét", "km"},
                                              {"cây số", "cây số"},
                                              {"đồng việt nam", "đồng Việt Nam"},
                                              {"usd", "USD"}}};

constexpr std::array<std::string_view, 8> kCommon = {"phút", "giây", "đồng", "đô",
                                                     "xu",   "tuổi", "độ",   "tiếng"};

constexpr std::array<Spelling, 9> kClose = {{{"phần trăm", "%"},
                                             {"độ c", "°C"},
                                             {"độ xê", "°C"},
                                             {"độ f", "°F"},
                                             {"độ ép", "°F"},
                                             {"độ k", "°K"},
                                             {"độ ca", "°K"},
                                             {"phần nghìn", "‰"},
                                             {"phần ngàn", "‰"}}};

const std::unordered_map<std::string, Unit>& Units() {
  static const std::unordered_map<std::string, Unit> units = [] {
    std::unordered_map<std::string, Unit> made;
    for (const Spelling& prefix : kPrefixes) {
      for (const Spelling& base : kBases) {
        std::string written = std::string(prefix.written) + std::string(base.written);
        if (written == "kB") written = "KB";
        made[std::string(prefix.spoken) + " " + std::string(base.spoken)] = {0, written, false,
                                                                             false};
      }
    }
    for (const Spelling& unit : kPlain) {
      made[std::string(unit.spoken)] = {0, std::string(unit.written), false, false};
    }
    for (const std::string_view unit : kCommon) {
      made[std::string(unit)] = {0, std::string(unit), false, true};
    }
    for (const Spelling& unit : kClose) {
      made[std::string(unit.spoken)] = {0, std::string(unit.written), true, false};
    }
    return made;
  }();
  return units;
}

// Whether the common unit at `at` is the first half of another word: hai đồng chí.
bool IsOtherWord(SpokenWords words, std::size_t at) {
  static constexpr std::array<std::string_view, 14> kAfterDong = {
      "chí",  "nghiệp", "hồ",   "bào",   "đội",  "thời", "ý",
      "lòng", "minh",   "bằng", "ruộng", "phục", "đều",  "tình"};
  static constexpr std::array<std::string_view, 4> kAfterTieng = {"việt", "anh", "nói", "pháp"};
  static constexpr std::array<std::string_view, 3> kAfterDo = {"thị", "vật", "thành"};
  const std::string_view next = WordAt(words, at + 1);
  const auto holds = [&](const auto& list) {
    return std::find(list.begin(), list.end(), next) != list.end();
  };
  if (words[at] == "đồng") return holds(kAfterDong);
  if (words[at] == "tiếng") return holds(kAfterTieng);
  return words[at] == "đô" && holds(kAfterDo);
}

std::optional<Unit> FindOne(SpokenWords words, std::size_t at) {
  std::string spoken;
  std::optional<Unit> best;
  for (std::size_t i = at; i < words.size() && i < at + kMaxUnitWords; ++i) {
    if (i > at) spoken += ' ';
    spoken += words[i];
    const auto found = Units().find(spoken);
    if (found == Units().end()) continue;
    best = found->second;
    best->count = i + 1 - at;
  }
  if (best && best->count == 1 && best->common && IsOtherWord(words, at)) return std::nullopt;
  return best;
}

}  // namespace

std::optional<Unit> FindUnit(SpokenWords words, std::size_t at) {
  std::optional<Unit> unit = FindOne(words, at);
  if (!unit || unit->close || unit->common || WordAt(words, at + unit->count) != "trên") {
    return unit;
  }
  const std::string_view per = WordAt(words, at + unit->count + 1);
  if (per == "giờ" || per == "giây" || per == "phút") {
    unit->written += per == "giờ" ? "/h" : per == "giây" ? "/s" : "/phút";
    unit->count += 2;
  } else if (const auto other = FindOne(words, at + unit->count + 1);
             other && !other->close && !other->common) {
    unit->written += "/" + other->written;
    unit->count += 1 + other->count;
  }
  return unit;
}

}  // namespace vang
