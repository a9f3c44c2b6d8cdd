// The XML that S3 servers answer with, read strictly: well-formed, no document type and so no
// entities beyond the five built in, no deep nesting. The home of Expat.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/base/status.h"

namespace vang::s3 {

// An element without its attributes. `name` is without a namespace prefix.
struct XmlElement {
  std::string name;
  std::string text;  // what stands in the element itself
  std::vector<XmlElement> children;

  // The first child of that name; null when there is none.
  const XmlElement* Find(std::string_view child) const;
  // The text of that child; empty when there is none.
  std::string_view Text(std::string_view child) const;
};

// The root element. kDataLoss when `document` is not XML or passes a limit.
Result<XmlElement> ParseXml(std::string_view document);

// `text` as the content of an element.
std::string EscapeXml(std::string_view text);

}  // namespace vang::s3
