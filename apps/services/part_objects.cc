#include "apps/services/parts.h"
#include "libs/adapters/object_store/s3/s3_object_store.h"

namespace vang::services {

constexpr Duration kOpenTimeout{10'000};

Result<ObjectStore*> Parts::Objects() {
  S3ObjectStoreConfig config;
  config.endpoint = settings_->Text("s3.endpoint");
  config.bucket = settings_->Text("s3.bucket");
  config.region = settings_->Text("s3.region");
  VANG_ASSIGN_OR_RETURN(config.path_style, settings_->Flag("s3.path_style"));
  VANG_ASSIGN_OR_RETURN(config.create_bucket, settings_->Flag("s3.create_bucket"));
  config.ca_file = settings_->Text("s3.ca_file");
  config.access_key_id_file = settings_->Text("s3.access_key_id_file");
  config.secret_access_key_file = settings_->Text("s3.secret_access_key_file");
  config.session_token_file = settings_->Text("s3.session_token_file");
  config.spool_folder = settings_->Text("s3.spool_folder");
  VANG_ASSIGN_OR_RETURN(auto objects,
                        OpenS3ObjectStore(Context().WithTimeout(kOpenTimeout), config));
  return Keep(std::move(objects));
}

}  // namespace vang::services
