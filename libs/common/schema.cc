#include "libs/common/schema.h"

#include <algorithm>
#include <climits>
#include <locale>
#include <map>
#include <memory>
#include <mutex>

#include "libs/common/embedded_schemas.h"

// valijson compiles slowly and warns; this is the only file that sees it.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wunused-parameter"
// Else it ends the process where it now throws.
#define VALIJSON_USE_EXCEPTIONS 1
#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>
#pragma GCC diagnostic pop

namespace vang {
namespace {

using Adapter = valijson::adapters::BoostJsonAdapter;

// A parsed schema keeps pointers into its document, so both live together, for ever.
struct Compiled {
  JsonValue document;
  valijson::Schema schema;
};

// libstdc++ remembers each character that a regular expression asks the locale about, and writes
// that down without a lock. Asked for all of them first, it only reads from then on.
void AskTheLocaleForAllCharacters() {
  [[maybe_unused]] static const bool asked = [] {
    const auto& characters = std::use_facet<std::ctype<char>>(std::locale());
    for (int c = 0; c <= UCHAR_MAX; ++c) characters.narrow(static_cast<char>(c), '\0');
    characters.widen('a');
    return true;
  }();
}

// Throws what valijson throws.
std::unique_ptr<Compiled> Compile(JsonValue schema) {
  auto compiled = std::make_unique<Compiled>();
  compiled->document = std::move(schema);
  valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
  parser.populateSchema(Adapter(compiled->document), compiled->schema);
  return compiled;
}

const Compiled& CompiledSchema(std::string_view name) {
  static std::mutex mutex;
  static std::map<std::string, std::unique_ptr<Compiled>, std::less<>> cache;
  std::lock_guard<std::mutex> lock(mutex);
  auto found = cache.find(name);
  if (found != cache.end()) return *found->second;
  // The schemas are ours and tested: one that does not parse is a bug, not a condition.
  auto compiled = Compile(ParseJson(SchemaText(name).value()).value());
  return *cache.emplace(name, std::move(compiled)).first->second;
}

// valijson gives ["<root>", "[data]", "[bytes]"]; RFC 6901 has "/data/bytes".
std::string PointerOf(const std::vector<std::string>& context) {
  std::string pointer;
  for (std::size_t i = 1; i < context.size(); ++i) {
    std::string_view part = context[i];
    if (part.size() >= 2 && part.front() == '[' && part.back() == ']') {
      part = part.substr(1, part.size() - 2);
    }
    pointer += '/';
    for (char c : part) {
      if (c == '~') {
        pointer += "~0";
      } else if (c == '/') {
        pointer += "~1";
      } else {
        pointer += c;
      }
    }
  }
  return pointer;
}

// Empty when `value` conforms.
std::vector<SchemaFault> Faults(valijson::Validator& validator, const Compiled& compiled,
                                const JsonValue& value) {
  valijson::ValidationResults results;
  if (validator.validate(compiled.schema, Adapter(value), &results)) return {};
  std::vector<SchemaFault> faults;
  valijson::ValidationResults::Error error;
  while (results.popError(error)) {
    faults.push_back({PointerOf(error.context), error.description});
  }
  if (faults.empty()) faults.push_back({"", "does not conform to the schema"});
  return faults;
}

}  // namespace

std::vector<std::string> SchemaNames() {
  std::vector<std::string> names;
  for (const auto& schema : kEmbeddedSchemas) names.emplace_back(schema.name);
  return names;
}

Result<std::string_view> SchemaText(std::string_view name) {
  for (const auto& schema : kEmbeddedSchemas) {
    if (schema.name == name) return schema.text;
  }
  return NotFound("there is no schema named '" + std::string(name) + "'");
}

std::vector<SchemaFault> ValidateSchema(std::string_view name, const JsonValue& value) {
  try {
    // It keeps each pattern it has compiled, and compiling them is nearly all the work. The
    // patterns are those of our schemas, so what it keeps is bounded.
    AskTheLocaleForAllCharacters();
    thread_local valijson::Validator validator(valijson::Validator::kStrongTypes);
    return Faults(validator, CompiledSchema(name), value);
  } catch (const std::exception& exception) {
    return {{"", exception.what()}};
  }
}

std::vector<SchemaFault> ValidateAgainst(const JsonValue& schema, const JsonValue& value) {
  try {
    AskTheLocaleForAllCharacters();
    valijson::Validator validator(valijson::Validator::kStrongTypes);
    return Faults(validator, *Compile(schema), value);
  } catch (const std::exception& exception) {
    return {{"", exception.what()}};
  }
}

Status CheckSchema(std::string_view name, const JsonValue& value) {
  const std::vector<SchemaFault> faults = ValidateSchema(name, value);
  if (faults.empty()) return {};
  // Faults of enclosing objects only repeat the innermost one.
  const auto deepest = std::max_element(
      faults.begin(), faults.end(), [](const SchemaFault& a, const SchemaFault& b) {
        return std::count(a.pointer.begin(), a.pointer.end(), '/') <
               std::count(b.pointer.begin(), b.pointer.end(), '/');
      });
  return InvalidArgument((deepest->pointer.empty() ? "the document" : deepest->pointer) + ": " +
                         deepest->detail);
}

}  // namespace vang
