#include "libs/adapters/metadata_store/folded_title.h"

#include "libs/vietnamese/plain_text.h"

namespace vang {

std::string FoldTitle(std::string_view title) { return Unaccented(title); }

}  // namespace vang
