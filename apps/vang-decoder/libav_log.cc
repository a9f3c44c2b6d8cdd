#include "apps/vang-decoder/libav_log.h"

extern "C" {
#include <libavutil/log.h>
}

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <initializer_list>
#include <string_view>

namespace vang::libav_log {
namespace {

Heard g_heard;

bool Holds(std::string_view text, std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts) {
    if (text.find(part) != std::string_view::npos) return true;
  }
  return false;
}

void Hear(void*, int level, const char* format, va_list arguments) {
  if (level > AV_LOG_WARNING) return;
  char text[sizeof(g_heard.error)];
  if (std::vsnprintf(text, sizeof(text), format, arguments) < 0) return;
  // MP4 and Matroska.
  if (Holds(text, {"partial file", "File ended prematurely"})) g_heard.cut_off = true;
  // Not for people: the decoders of pictures are switched off on purpose.
  if (level > AV_LOG_ERROR || Holds(text, {"not on whitelist", "Invalid data found"})) return;
  char* out = g_heard.error;
  for (const char* in = text; *in != '\0' && *in != '\n'; ++in) {
    *out++ = *in >= ' ' && *in <= '~' ? *in : '?';
  }
  *out = '\0';
}

}  // namespace

void Listen() {
  g_heard = {};
  ::av_log_set_callback(&Hear);
}

const Heard& Get() { return g_heard; }

}  // namespace vang::libav_log
