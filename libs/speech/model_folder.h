// Which family of speech model a folder holds, told by its files' names and, where names do not
// tell, by the metadata of the ONNX file. Reads a few kilobytes and never loads a network, so that
// it is safe on a folder that a user brought.
//
//   vang_ctc       model.onnx, tokens.txt and model.json, lm.bin or our metadata (ctc_recognizer.h)
//   transducer     encoder*.onnx, decoder*.onnx, joiner*.onnx, tokens.txt
//   whisper        *-encoder*.onnx, *-decoder*.onnx, *tokens.txt
//   nemo_ctc       *.onnx, tokens.txt; metadata of NeMo's export
//   zipformer_ctc  *.onnx, tokens.txt; metadata of icefall's export, or none
//
// Of a file in two precisions the int8 one is taken.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "libs/base/status.h"

namespace vang {

struct ModelFolder {
  std::string family;
  std::filesystem::path tokens;
  std::filesystem::path model;  // CTC: the one network
  std::filesystem::path encoder, decoder, joiner;
};

// kNotFound when there is no such folder; kInvalidArgument, saying which files are missing or which
// type it is, for one that is none of these.
Result<ModelFolder> DetectModelFamily(const std::filesystem::path& folder);

// The metadata_props of an ONNX file. kInvalidArgument when its outer fields are not those of an
// ONNX file; what lies inside the graph is skipped unread.
Result<std::map<std::string, std::string>> ReadOnnxMetadata(const std::filesystem::path& path);

}  // namespace vang
