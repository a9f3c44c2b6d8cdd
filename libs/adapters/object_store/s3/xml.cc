#include "libs/adapters/object_store/s3/xml.h"

#include <expat.h>

#include <memory>

namespace vang::s3 {
namespace {

constexpr std::size_t kMaxBytes = 8 << 20;
constexpr std::size_t kMaxDepth = 16;
// A page of a thousand keys has some ten thousand.
constexpr std::size_t kMaxElements = 100'000;

struct Builder {
  XML_Parser parser = nullptr;
  std::vector<XmlElement> open = std::vector<XmlElement>(1);  // the first holds the root
  std::size_t elements = 0;
  std::string failure;

  void Fail(const char* why) {
    if (!failure.empty()) return;
    failure = why;
    XML_StopParser(parser, XML_FALSE);
  }
};

void OnBegin(void* opaque, const XML_Char* name, const XML_Char**) {
  auto* builder = static_cast<Builder*>(opaque);
  if (builder->open.size() > kMaxDepth) return builder->Fail("it nests too deeply");
  if (++builder->elements > kMaxElements) return builder->Fail("it has too many elements");
  const std::string_view full(name);
  const std::size_t colon = full.rfind(':');
  builder->open.emplace_back().name =
      colon == std::string_view::npos ? full : full.substr(colon + 1);
}

void OnEnd(void* opaque, const XML_Char*) {
  auto* builder = static_cast<Builder*>(opaque);
  // Expat may report the end of an element whose begin was refused.
  if (builder->open.size() < 2 || !builder->failure.empty()) return;
  XmlElement element = std::move(builder->open.back());
  builder->open.pop_back();
  builder->open.back().children.push_back(std::move(element));
}

void OnText(void* opaque, const XML_Char* text, int size) {
  auto* builder = static_cast<Builder*>(opaque);
  builder->open.back().text.append(text, static_cast<std::size_t>(size));
}

void OnDocumentType(void* opaque, const XML_Char*, const XML_Char*, const XML_Char*, int) {
  static_cast<Builder*>(opaque)->Fail("it declares a document type");
}

}  // namespace

const XmlElement* XmlElement::Find(std::string_view child) const {
  for (const XmlElement& element : children) {
    if (element.name == child) return &element;
  }
  return nullptr;
}

std::string_view XmlElement::Text(std::string_view child) const {
  const XmlElement* element = Find(child);
  return element == nullptr ? std::string_view() : std::string_view(element->text);
}

Result<XmlElement> ParseXml(std::string_view document) {
  if (document.size() > kMaxBytes) return DataLoss("the XML is too long");
  const std::unique_ptr<XML_ParserStruct, decltype(&::XML_ParserFree)> parser(
      ::XML_ParserCreate("UTF-8"), &::XML_ParserFree);
  if (!parser) return ResourceExhausted("no memory for an XML parser");
  Builder builder;
  builder.parser = parser.get();
  ::XML_SetUserData(parser.get(), &builder);
  ::XML_SetElementHandler(parser.get(), &OnBegin, &OnEnd);
  ::XML_SetCharacterDataHandler(parser.get(), &OnText);
  ::XML_SetStartDoctypeDeclHandler(parser.get(), &OnDocumentType);
  const XML_Status status =
      ::XML_Parse(parser.get(), document.data(), static_cast<int>(document.size()), XML_TRUE);
  if (!builder.failure.empty()) return DataLoss("the XML was refused: " + builder.failure);
  if (status != XML_STATUS_OK) {
    return DataLoss("this is not XML: " +
                    std::string(::XML_ErrorString(::XML_GetErrorCode(parser.get()))));
  }
  return std::move(builder.open.front().children.front());
}

std::string EscapeXml(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

}  // namespace vang::s3
