#include "apps/services/parts.h"
#include "apps/services/server_configs.h"

namespace vang::services {

constexpr Duration kOpenTimeout{10'000};

Result<S3ObjectStoreConfig> ObjectsConfig(const Settings& settings) {
  S3ObjectStoreConfig config;
  config.endpoint = settings.Text("s3.endpoint");
  config.bucket = settings.Text("s3.bucket");
  config.region = settings.Text("s3.region");
  VANG_ASSIGN_OR_RETURN(config.path_style, settings.Flag("s3.path_style"));
  VANG_ASSIGN_OR_RETURN(config.create_bucket, settings.Flag("s3.create_bucket"));
  config.ca_file = settings.Text("s3.ca_file");
  config.access_key_id_file = settings.Text("s3.access_key_id_file");
  config.secret_access_key_file = settings.Text("s3.secret_access_key_file");
  config.session_token_file = settings.Text("s3.session_token_file");
  config.spool_folder = settings.Text("s3.spool_folder");
  return config;
}

Result<ObjectStore*> Parts::Objects() {
  VANG_ASSIGN_OR_RETURN(const S3ObjectStoreConfig config, ObjectsConfig(*settings_));
  VANG_ASSIGN_OR_RETURN(auto objects,
                        OpenS3ObjectStore(Context().WithTimeout(kOpenTimeout), config));
  return Keep(std::move(objects));
}

}  // namespace vang::services
