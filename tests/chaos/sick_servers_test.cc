// The distributed shape on servers that refuse, crawl, break off or have no room, by proxies in
// front of them and a small disk below.
#include <sys/mount.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "libs/base/status_matchers.h"
#include "tests/chaos/scenario.h"
#include "tests/support/tcp_proxy.h"

namespace vang {
namespace {

class SickServers : public DistributedChaos {
 protected:
  static void TearDownTestSuite() {
    Wire({});
    proxies_.clear();
  }

  void SetUp() override {
    DistributedChaos::SetUp();
    std::vector<int> ports = {PortOf(cluster().nats().url()), cluster().postgres().port(),
                              PortOf(cluster().s3().url())};
    const bool qdrant = !VangCluster::qdrant_url().empty();
    if (qdrant) ports.push_back(PortOf(VangCluster::qdrant_url()));
    for (std::size_t i = proxies_.size(); i < ports.size(); ++i) {
      auto proxy = TcpProxy::Start(ports[i]);
      VANG_ASSERT_OK(proxy);
      proxies_.push_back(*std::move(proxy));
    }
    VangCluster::Wiring wiring;
    wiring.nats_port = proxies_[0]->port();
    wiring.postgres_port = proxies_[1]->port();
    wiring.s3_port = proxies_[2]->port();
    if (qdrant) wiring.qdrant_port = proxies_[3]->port();
    Wire(wiring);
  }

  static int PortOf(const std::string& url) { return std::stoi(url.substr(url.rfind(':') + 1)); }

  // One server after the other.
  void EachSick(const std::function<void(TcpProxy&)>& sicken) {
    Begin();
    const std::pair<const char*, std::set<std::string>> servers[] = {{"NATS", kWithoutBus},
                                                                     {"PostgreSQL", kWithoutTables},
                                                                     {"S3", kWithoutObjects},
                                                                     {"Qdrant", kWithoutIndex}};
    for (std::size_t i = 0; i < proxies_.size(); ++i) {
      SCOPED_TRACE(servers[i].first);
      TcpProxy& proxy = *proxies_[i];
      Outage([&] { sicken(proxy); }, [&] { proxy.Pass(); }, servers[i].second, Choose(2, 70));
    }
    Judge(static_cast<int>(proxies_.size()));
  }

  inline static std::vector<std::unique_ptr<TcpProxy>> proxies_;
};

TEST_F(SickServers, EachServerMayRefuseConnections) {
  EachSick([](TcpProxy& proxy) { proxy.Refuse(); });
}

TEST_F(SickServers, EachServerMayCrawl) {
  EachSick([](TcpProxy& proxy) { proxy.Slow(Duration(2'000)); });
}

TEST_F(SickServers, EachServersAnswersMayBreakOffInTheMiddle) {
  EachSick([](TcpProxy& proxy) { proxy.CutAfter(1 + random()() % 100); });
}

class RestartedDatabase : public DistributedChaos {
 protected:
  // The tables of a schema, as text.
  static std::string TablesOf(const std::string& schema) {
    const auto columns = cluster().postgres().Run(
        "psql", {"-d", "postgres", "-Atc",
                 "SELECT table_name, column_name, data_type FROM information_schema.columns "
                 "WHERE table_schema='" +
                     schema + "' ORDER BY 1, 2"});
    EXPECT_THAT(columns, IsOk());
    return columns.ok() ? *columns : "";
  }
};

// A second metadata service, with a log of its own, makes its tables while the server under it, and
// under the first one, is restarted.
TEST_F(RestartedDatabase, PostgresMayRestartDuringAMigration) {
  Wire({});
  Begin();
  TempFolder folder;
  auto log = NatsServer::Start({folder.path()});
  VANG_ASSERT_OK(log);
  const auto proxy = TcpProxy::Start(cluster().postgres().port());
  VANG_ASSERT_OK(proxy);
  const auto migrate = [&](const std::string& schema) {
    return cluster().RestartWith("metadata-2",
                                 {"VANG_POSTGRES_SCHEMA=" + schema, "VANG_NATS_URL=" + log->url(),
                                  "VANG_POSTGRES_PORT=" + std::to_string((*proxy)->port())});
  };
  VANG_ASSERT_OK(migrate("calm"));
  VANG_ASSERT_OK(cluster().WaitUntilReady("metadata-2"));
  const std::string whole = TablesOf("calm");
  ASSERT_FALSE(whole.empty());
  int cut_short = 0;
  // The bytes of a connection's answers after which the server dies.
  std::uint64_t most = 2'000;
  for (int round = 1; cut_short < Choose(1, 25); ++round) {
    ASSERT_LT(round, 500) << "no restart hits a migration";
    const std::string schema = "migrated_" + std::to_string(round);
    clients().Add(Choose(1, 8));
    const std::uint64_t cuts = (*proxy)->cuts();
    (*proxy)->CutAfter(most / 2 + random()() % (most / 2));
    VANG_ASSERT_OK(migrate(schema));
    while ((*proxy)->cuts() == cuts && TablesOf(schema) != whole) {
    }
    cluster().postgres().Kill();
    (*proxy)->Refuse();
    VANG_ASSERT_OK(cluster().postgres().Restart());
    if (TablesOf(schema) == whole) {
      most -= most / 16;  // it was too late
    } else {
      ++cut_short;
    }
    (*proxy)->Pass();
    VANG_ASSERT_OK(cluster().WaitUntilReady("metadata-2"));
    EXPECT_EQ(TablesOf(schema), whole);
  }
  cluster().Remove("metadata-2");
  Judge(cut_short);
}

// A file system of 96 MiB in memory.
class SmallDisk {
 public:
  SmallDisk() { mounted_ = ::mount("small-disk", path().c_str(), "tmpfs", 0, "size=96m") == 0; }
  ~SmallDisk() {
    if (mounted_) ::umount2(path().c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  const std::filesystem::path& path() const { return folder_.path(); }

  void Fill() const {
    std::ofstream file(path() / "filler", std::ios::binary);
    const std::string block(1 << 16, 'x');
    while (file.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
  }
  void MakeRoom() const { std::filesystem::remove(path() / "filler"); }

 private:
  TempFolder folder_;
  bool mounted_ = false;
};

class FullDisk : public DistributedChaos {
 protected:
  // Nothing may be wired to the small disk's server when that goes.
  void TearDown() override {
    DistributedChaos::TearDown();
    Wire({});
    server_.reset();
  }
  SmallDisk disk_;
  std::optional<S3Server> server_;
};

TEST_F(FullDisk, ObjectsWithoutRoomAreSaidToHaveNoneAndRoomAgainIsEnough) {
  if (!disk_.mounted()) GTEST_SKIP() << "mounting a small disk takes root and its rights";
  S3Server::Options options;
  options.folder = disk_.path();
  auto server = S3Server::Start(options);
  VANG_ASSERT_OK(server);
  server_.emplace(*std::move(server));
  VangCluster::Wiring wiring;
  wiring.s3 = &*server_;
  Wire(wiring);
  // 507: there is no room now.
  Begin({507});
  Outage([&] { disk_.Fill(); }, [&] { disk_.MakeRoom(); }, kWithoutObjects, Choose(4, 200));
  Judge(1);
}

}  // namespace
}  // namespace vang
