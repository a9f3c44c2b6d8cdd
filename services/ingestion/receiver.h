// POST /v1/recordings: takes the body, stores the audio, registers it with metadata.
#pragma once

#include "libs/common/http.h"
#include "services/ingestion/audio_upload.h"
#include "services/ingestion/module.h"

namespace vang {

// Thread-safe: one object serves all uploads.
class Receiver {
 public:
  Receiver(const IngestionPorts& ports, const IngestionOptions& options)
      : ports_(ports), options_(options) {}

  http::Response Receive(const Context& context, http::Request& request) const;

 private:
  struct Upload {
    StoredAudio audio;
    std::string title;
    std::string file_name;
  };

  Result<Upload> Store(const Context& context, http::Request& request) const;
  // What the body says, fed to `upload`.
  Status ReadForm(const Context& context, http::Request& request, AudioUpload* upload,
                  Upload* said) const;
  Status ReadRaw(const Context& context, http::Request& request, AudioUpload* upload,
                 Upload* said) const;
  http::Response Register(const Context& context, const http::Request& request,
                          const Upload& upload) const;
  // Asks metadata to remove the audio unless a recording needs it; only there can the two not race.
  void TakeBack(const Context& context, const http::Request& request, const Upload& upload) const;
  void Count(const std::string& result) const;

  const IngestionPorts ports_;
  const IngestionOptions options_;
};

}  // namespace vang
