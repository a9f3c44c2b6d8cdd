// Rows as the bodies that libs/common/schemas describes: recording, recording-rows, edit,
// deletion-receipt.
#pragma once

#include <string>

#include "libs/ports/metadata_store.h"

namespace vang::metadata {

// `rows.recording` must be there.
std::string RecordingBody(const RecordingRows& rows);
std::string RecordingRowsBody(const RecordingRows& rows);
std::string ReceiptBody(const DeletionReceipt& receipt);
// `version` is the number of the edit's version.
std::string EditBody(const TranscriptEdit& edit, std::int64_t version);

// A strong entity tag: equal bodies have equal tags.
std::string EntityTag(std::string_view body);
// Whether an If-Match header (a list of tags, or *) names `tag`: RFC 9110's strong comparison.
bool NamesTag(std::string_view header, std::string_view tag);
// Whether If-None-Match names it. There the RFC compares weakly: a tag that a proxy has marked W/
// on the way names the same thing.
bool NamesTagWeakly(std::string_view header, std::string_view tag);

// The version of that number or id; null when there is none.
const TranscriptVersion* FindVersion(const RecordingRows& rows, std::int64_t number);
const TranscriptVersion* FindVersion(const RecordingRows& rows, std::string_view version_id);

}  // namespace vang::metadata
