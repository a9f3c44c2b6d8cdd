// The text stage on whatever words a model may give, one a line; an empty line begins a segment.
#include <cstdint>

#include "libs/base/utf8.h"
#include "libs/vietnamese/readable_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto model = vang::TextModel::Parse(
      vang::SerializeNames({{"hà nội", "Hà Nội", 0.99}}), "UBND\tu bê en đê\n");
  std::string_view text(reinterpret_cast<const char*>(data), size);
  // The wire lets nothing else through.
  if (!vang::IsValidUtf8(text)) return 0;
  std::vector<vang::RawSegment> segments(1);
  std::size_t words = 0;
  double now = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end == 0) {
      segments.emplace_back();
      now += 1;
    } else {
      segments.back().words.push_back(
          {std::string(text.substr(0, end)), now, now + 0.3, 0.9, 0, 0});
      now += 0.35;
      ++words;
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  std::size_t said = 0;
  for (const auto& segment : vang::MakeReadable(segments, *model.value()).segments) {
    for (const vang::TextSpan& span : segment.spans) {
      if (span.begin > span.end || span.end > segment.text.size()) __builtin_trap();
      if (span.first_word != said) __builtin_trap();
      said += span.word_count;
    }
  }
  if (said != words) __builtin_trap();
  return 0;
}
