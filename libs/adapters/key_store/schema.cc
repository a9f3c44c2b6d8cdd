#include "libs/adapters/key_store/schema.h"

namespace vang {

const sql::Schema& KeySchema() {
  static const sql::Schema schema = {"keys", {R"sql(
CREATE TABLE keys(
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  tenant TEXT NOT NULL,
  scopes TEXT NOT NULL,
  secret_hash TEXT NOT NULL UNIQUE,
  prefix TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  revoked_at BIGINT);
CREATE INDEX keys_tenant ON keys(tenant, created_at);
)sql"}};
  return schema;
}

}  // namespace vang
