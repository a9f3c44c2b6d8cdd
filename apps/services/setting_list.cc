#include "apps/services/settings.h"

namespace vang::services {

const std::vector<SettingInfo>& AllSettings() {
  static const std::vector<SettingInfo> kAll = {
      {"service.listen", "", "ADDRESS:PORT; else all addresses and the service's own port"},
      {"service.secret", "", "shared by all services, at least 32 characters; required"},
      {"service.log", "json", "json or text"},
      {"service.drain_seconds", "10", "how long a stop waits for what is under way"},

      {"ingestion.urls", "http://127.0.0.1:8001", "instances of ingestion"},
      {"metadata.urls", "http://127.0.0.1:8002", "instances of metadata"},
      {"asr.urls", "http://127.0.0.1:8003", "instances of asr"},
      {"embeddings.urls", "http://127.0.0.1:8005", "instances of embeddings"},
      {"search.urls", "http://127.0.0.1:8006", "instances of search"},
      {"training.urls", "http://127.0.0.1:8007", "instances of training-orchestrator"},

      {"gateway.require_key", "true",
       "false lets everybody in as one tenant: for one machine only"},
      {"gateway.requests_per_second", "50", "of one key, sustained"},
      {"gateway.burst", "200", "of one key, at once"},
      {"gateway.max_concurrent", "256", "requests under way"},
      {"gateway.max_uploads", "32", "uploads under way"},
      {"ingestion.max_upload_mib", "8192", "largest recording"},
      {"asr.recognizers", "0", "recognising children; 0 = one per core, at most 4"},
      {"asr.instance", "", "one name for each of several instances; else the host's name"},
      {"asr.max_hours", "4", "longest recording"},
      {"models.folder", "", "the models that ship; else found beside the program"},

      {"nats.url", "nats://127.0.0.1:4222", "one or several servers of a cluster"},
      {"nats.user", "", "and password; or a token; or a credentials file"},
      {"nats.password", "", ""},
      {"nats.token", "", ""},
      {"nats.credentials_file", "", ""},
      {"nats.ca_file", "", "certificate authority; makes TLS required"},
      {"nats.replicas", "1", "copies of each stream: 1, 3 or 5"},
      {"nats.monitor_url", "", "http://HOST:8222: tells /readyz what a power loss would cost"},

      {"postgres.host", "127.0.0.1", "several with commas: the one that takes writes is used"},
      {"postgres.port", "5432", ""},
      {"postgres.database", "vang", ""},
      {"postgres.user", "vang", ""},
      {"postgres.password_file", "", "read anew for each connection"},
      {"postgres.schema", "vang", "holds all tables; made when missing"},
      {"postgres.tls", "prefer", "disable, prefer, require, verify-ca or verify-full"},
      {"postgres.ca_file", "", "certificate authority"},
      {"postgres.connections", "8", "at most, for each store of a process"},

      {"s3.endpoint", "http://127.0.0.1:9000", ""},
      {"s3.region", "us-east-1", ""},
      {"s3.bucket", "vang", ""},
      {"s3.create_bucket", "false", "makes the bucket when it is missing"},
      {"s3.access_key_id_file", "", "read again when it changes"},
      {"s3.secret_access_key_file", "", "read again when it changes"},
      {"s3.session_token_file", "", "of temporary credentials"},
      {"s3.path_style", "true", "false puts the bucket into the host name"},
      {"s3.ca_file", "", "certificate authority"},
      {"s3.spool_folder", "",
       "where large objects pass through; else the system's for temporary files"},

      {"qdrant.url", "", "empty: the embeddings service keeps the index itself"},
      {"qdrant.api_key", "", "empty when the server wants none"},
      {"qdrant.collection", "vang", "an alias; the collections are vang-1, vang-2, …"},
      {"qdrant.ca_file", "", "certificate authority"},
      {"index.folder", "", "where embeddings keeps the index when there is no Qdrant"},
  };
  return kAll;
}

}  // namespace vang::services
