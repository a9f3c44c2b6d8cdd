#include "apps/host/listen_address.h"

#include "libs/base/status_matchers.h"

namespace vang {
namespace {

TEST(ListenAddress, OnlyThisMachineReachesALoopbackAddress) {
  for (const char* text : {"127.0.0.1:8000", "127.1.2.3:80", "localhost:8000", "[::1]:8000"}) {
    const auto address = ParseListenAddress(text);
    VANG_ASSERT_OK(address) << text;
    EXPECT_TRUE(address->loopback) << text;
  }
  for (const char* text : {"0.0.0.0:8000", "192.168.1.5:8000", "[::]:8000", "[fe80::1]:8000"}) {
    const auto address = ParseListenAddress(text);
    VANG_ASSERT_OK(address) << text;
    EXPECT_FALSE(address->loopback) << text;
  }
}

TEST(ListenAddress, TheUrlIsOneThatThisMachineCanOpen) {
  EXPECT_EQ(ParseListenAddress("127.0.0.1:8000")->Url(8000), "http://localhost:8000");
  EXPECT_EQ(ParseListenAddress("0.0.0.0:0")->Url(4321), "http://localhost:4321");
  EXPECT_EQ(ParseListenAddress("[::]:80")->Url(80), "http://[::1]:80");
}

TEST(ListenAddress, RefusesWhatIsNoAddress) {
  for (const char* text : {"", "8000", ":8000", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x",
                           "127.0.0.1:70000", "example.com:80", "1.2.3:80", "127.0.0.1:80x"}) {
    EXPECT_THAT(ParseListenAddress(text), HasCode(Code::kInvalidArgument)) << text;
  }
}

}  // namespace
}  // namespace vang
