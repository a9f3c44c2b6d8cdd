// What the chaos tests of the distributed shape share: one cluster, patient clients of a tenant of
// the test's own, and the judgement at the end.
//
// VANG_CHAOS_FULL=1 makes the long form; VANG_CHAOS_SEED sets the moments.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>

#include "tests/chaos/inspection.h"
#include "tests/chaos/readiness_watch.h"
#include "tests/chaos/uploads.h"
#include "tests/support/vang_cluster.h"

namespace vang {

// Those that cannot do their work without it, and who asks them.
inline const std::set<std::string> kWithoutBus = {
    "metadata", "asr", "nlp-post", "embeddings", "training-orchestrator", "api-gateway"};
inline const std::set<std::string> kWithoutTables = {"metadata", "training-orchestrator",
                                                     "api-gateway"};
inline const std::set<std::string> kWithoutObjects = {"ingestion", "metadata",   "asr",
                                                      "nlp-post",  "embeddings", "api-gateway"};
inline const std::set<std::string> kWithoutIndex = {"embeddings", "search", "api-gateway"};

class DistributedChaos : public testing::Test {
 protected:
  // The first test of the program starts the cluster; it ends with the program.
  void SetUp() override;
  void TearDown() override;

  // Whether this is the long form.
  static bool full();
  static int Choose(int short_form, int long_form) { return full() ? long_form : short_form; }
  static int uploads() { return Choose(4, 200); }
  // How long what is broken stays broken once that was noticed.
  static Duration outage() { return Duration(Choose(0, 30'000)); }
  // Log-uniform: mostly soon, sometimes late.
  static Duration RandomMoment(Duration longest);

  static VangCluster& cluster() { return *cluster_; }
  static std::mt19937_64& random() { return random_; }

  // What the test needs; the cluster stays so until a test needs something else.
  static void Wire(const VangCluster::Wiring& wiring);

  // Starts clients of a new tenant and watches the services, however many there are now.
  void Begin(std::set<int> not_now = {});
  PatientClients& clients() { return *clients_; }
  ReadinessWatch& watch() { return *watch_; }
  const std::string& tenant() const { return tenant_; }

  // Breaks something while uploads are under way, sees these services turn red, waits as long as
  // the outage lasts, and mends it. The clients have `more` to upload meanwhile.
  void Outage(const std::function<void()>& break_it, const std::function<void()>& mend_it,
              const std::set<std::string>& red, int more);

  // Every instance is ready again.
  void ExpectGreen();
  // Every acknowledged upload is transcribed, searchable and there once; nobody saw a failure that
  // sending it again would not have mended. Prints the figures. A log that has lost events and was
  // repaired may say twice what followed from them.
  void Judge(int rounds, bool log_was_repaired = false);
  // What there is of the tenant.
  Result<Inspection> Look();

 private:
  friend class ClusterEnd;
  static void StartCluster();
  static void EndCluster();
  void WaitUntilDone();
  // How many of them a search for their own first words does not find.
  std::set<std::string> NotFound(const std::set<std::string>& ids);

  inline static std::unique_ptr<VangCluster> cluster_;
  inline static VangCluster::Wiring wiring_;
  inline static std::mt19937_64 random_;
  // What the tests before have read in the same audio, by its SHA-256.
  inline static std::map<std::string, std::string> texts_;

  std::string tenant_;
  std::string key_;
  std::unique_ptr<PatientClients> clients_;
  std::unique_ptr<ReadinessWatch> watch_;
};

}  // namespace vang
