#include "libs/runtime/module.h"

#include "libs/base/status_matchers.h"
#include "libs/runtime/log.h"
#include "libs/runtime/metrics.h"

namespace vang {
namespace {

class Recorder : public Module {
 public:
  Recorder(std::string name, std::vector<std::string> needs, std::vector<std::string>* log,
           Status start = {})
      : name_(std::move(name)), needs_(std::move(needs)), log_(log), start_(std::move(start)) {}
  const std::string& name() const override { return name_; }
  std::vector<std::string> dependencies() const override { return needs_; }
  Status Start(const Context&) override {
    if (start_.ok()) log_->push_back("+" + name_);
    return start_;
  }
  void Stop(Duration) override { log_->push_back("-" + name_); }
  std::vector<Health> Check(const Context&) override { return {{name_, true, ""}}; }

 private:
  std::string name_;
  std::vector<std::string> needs_;
  std::vector<std::string>* log_;
  Status start_;
};

TEST(ModuleGraph, StartsAfterWhatItNeedsAndStopsInReverse) {
  std::vector<std::string> log;
  ModuleGraph graph;
  graph.Add(std::make_unique<Recorder>("c", std::vector<std::string>{"b"}, &log));
  graph.Add(std::make_unique<Recorder>("a", std::vector<std::string>{}, &log));
  graph.Add(std::make_unique<Recorder>("b", std::vector<std::string>{"a"}, &log));
  VANG_ASSERT_OK(graph.Start(Context()));
  EXPECT_EQ(graph.Check(Context()).size(), 3u);
  graph.Stop(Duration(0));
  EXPECT_THAT(log, testing::ElementsAre("+a", "+b", "+c", "-c", "-b", "-a"));
  EXPECT_FALSE(graph.Check(Context())[0].ready);
}

TEST(ModuleGraph, AFailedStartStopsWhatRunsAndSaysWhich) {
  std::vector<std::string> log;
  ModuleGraph graph;
  graph.Add(std::make_unique<Recorder>("a", std::vector<std::string>{}, &log));
  graph.Add(
      std::make_unique<Recorder>("b", std::vector<std::string>{"a"}, &log, Unavailable("no disk")));
  EXPECT_THAT(graph.Start(Context()), Fails(Code::kUnavailable, "starting b: no disk"));
  EXPECT_THAT(log, testing::ElementsAre("+a", "-a"));
}

TEST(ModuleGraph, RefusesCyclesAndMissingParts) {
  std::vector<std::string> log;
  ModuleGraph cycle;
  cycle.Add(std::make_unique<Recorder>("a", std::vector<std::string>{"b"}, &log));
  cycle.Add(std::make_unique<Recorder>("b", std::vector<std::string>{"a"}, &log));
  EXPECT_THAT(cycle.Start(Context()), HasCode(Code::kFailedPrecondition));
}

class Greeter : public Recorder {
 public:
  explicit Greeter(std::vector<std::string>* log) : Recorder("greeter", {}, log) {
    router_.Add("GET", "/x", [](const Context&, http::Request&) {
      return http::TextResponse(200, "text/plain", "here");
    });
  }
  const http::Router* router() const override { return &router_; }

 private:
  http::Router router_;
};

TEST(ModuleGraph, AnUpstreamMayBeMadeBeforeItsModuleAndHonoursTheDeadline) {
  std::vector<std::string> log;
  ModuleGraph graph;
  auto upstream = graph.UpstreamTo("greeter");
  http::Request request;
  request.method = "GET";
  request.path = "/x";
  EXPECT_THAT(upstream->Send(Context(), request), HasCode(Code::kUnavailable));
  graph.Add(std::make_unique<Greeter>(&log));
  EXPECT_EQ(upstream->Send(Context(), request)->body, "here");
  EXPECT_THAT(upstream->Send(Context().WithTimeout(Duration(0)), request),
              HasCode(Code::kDeadlineExceeded));
}

TEST(Metrics, AreExposedWithHelpAndLabels) {
  Metrics metrics;
  metrics.Describe("vang_test_total", "How many tests ran.");
  metrics.Count("vang_test_total", {{"kind", "unit"}});
  metrics.Count("vang_test_total", {{"kind", "unit"}}, 2);
  metrics.Set("vang_test_ratio", 0.5);
  metrics.Observe("vang_test_seconds", 0.02);
  const std::string text = metrics.Expose();
  EXPECT_THAT(text, testing::HasSubstr("# HELP vang_test_total How many tests ran."));
  EXPECT_THAT(text, testing::HasSubstr("vang_test_total{kind=\"unit\"} 3"));
  EXPECT_THAT(text, testing::HasSubstr("vang_test_ratio 0.5"));
  EXPECT_THAT(text, testing::HasSubstr("vang_test_seconds_bucket{le=\"0.05\"} 1"));
}

}  // namespace
}  // namespace vang
