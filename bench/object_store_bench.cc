// What the S3 adapter adds to a plain client: put and get of one large object, against the command
// `curl` with the same server and the same signed hash of the body, by turns. Ratios of medians;
// above 1 ours is faster. "put" is all that an upload costs, the spool file too, which curl is
// given ready; "commit" is the part of it that curl does.
//   object_store_bench [MIB [ROUNDS]]    default 256 5
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <vector>

#include "bench/quantile.h"
#include "libs/base/sha256.h"
#include "libs/base/temp_folder.h"
#include "tests/support/s3_server.h"

namespace {

using namespace vang;
using Seconds = std::vector<double>;

constexpr std::size_t kPiece = std::size_t{1} << 20;

void Check(const Status& status) {
  if (status.ok()) return;
  fmt::print(stderr, "{}\n", status.ToString());
  std::exit(1);
}

double Timed(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void RunCurl(const S3Server& server, std::vector<std::string> args) {
  Subprocess::Options curl;
  curl.program = "/usr/bin/curl";
  curl.args = {"--silent",    "--fail",
               "--noproxy",   "*",
               "--aws-sigv4", "aws:amz:us-east-1:s3",
               "--user",      server.access_key_id() + ":" + server.secret_access_key()};
  curl.args.insert(curl.args.end(), args.begin(), args.end());
  curl.env = {"PATH=/usr/bin:/bin"};
  auto process = Subprocess::Start(std::move(curl));
  Check(process.status());
  const auto exit = process->Wait(Context(), Duration(600'000));
  Check(exit.status());
  if (!exit->ok()) Check(Internal("curl " + exit->ToString()));
}

struct Times {
  Seconds ours_put, ours_commit, curl_put, ours_get, curl_get;
};

struct Source {
  std::string file;
  std::size_t mib = 0;
  std::string sha256;
};

void Round(const S3Server& server, ObjectStore& store, const Source& from, int round,
           Times* times) {
  const std::string ours = fmt::format("default/ours-{}", round);
  const std::string theirs = fmt::format("{}/bench/theirs-{}", server.url(), round);
  const auto put_ours = [&] {
    times->ours_put.push_back(Timed([&] {
      auto writer = store.Create(Context());
      Check(writer.status());
      // From the same file as curl reads: an upload comes from somewhere.
      const FileDescriptor source(::open(from.file.c_str(), O_RDONLY | O_CLOEXEC));
      std::string buffer(kPiece, '\0');
      for (std::size_t i = 0; i < from.mib; ++i) {
        if (::read(source.get(), buffer.data(), kPiece) != static_cast<ssize_t>(kPiece)) break;
        Check((*writer)->Write(buffer));
      }
      times->ours_commit.push_back(
          Timed([&] { Check((*writer)->Commit(Context(), ours).status()); }));
    }));
  };
  const auto put_curl = [&] {
    times->curl_put.push_back(Timed([&] {
      RunCurl(server, {"--header", "x-amz-content-sha256: " + from.sha256, "--upload-file",
                       from.file, theirs});
    }));
  };
  const auto get_ours = [&] {
    times->ours_get.push_back(Timed([&] { Check(store.OpenFile(Context(), ours).status()); }));
  };
  const auto get_curl = [&] {
    times->curl_get.push_back(Timed([&] {
      RunCurl(server, {"--header", "x-amz-content-sha256: UNSIGNED-PAYLOAD", "--output",
                       from.file + ".got", theirs});
    }));
  };
  // ABBA: whoever comes second finds the disk busier.
  if (round % 2 == 0) {
    put_ours(), put_curl(), get_ours(), get_curl();
  } else {
    put_curl(), put_ours(), get_curl(), get_ours();
  }
  Check(store.Delete(Context(), ours));
}

void Print(const char* server, const char* what, std::size_t mib, const Seconds& ours,
           const Seconds& theirs) {
  const auto rate = [&](double seconds) { return static_cast<double>(mib << 20) / 1e6 / seconds; };
  const auto [fastest, slowest] = std::minmax_element(ours.begin(), ours.end());
  fmt::print("{:<10} {}  ours {:>5.0f} MB/s ({:.0f} to {:.0f})  curl {:>5.0f} MB/s  ratio {:.2f}\n",
             server, what, rate(Median(ours)), rate(*slowest), rate(*fastest), rate(Median(theirs)),
             Median(theirs) / Median(ours));
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t mib = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 256;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 5;
  for (const S3Kind kind : {S3Kind::kMinio, S3Kind::kVersitygw}) {
    TempFolder folder;
    auto server = S3Server::Start({.kind = kind, .folder = folder.path()});
    Check(server.status());
    auto store = OpenS3ObjectStore(Context(), server->Config("bench"));
    Check(store.status());
    Source from{(folder.path() / "source").string(), mib, ""};
    {
      const FileDescriptor out(::open(from.file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
      Sha256 hash;
      for (std::size_t i = 0; i < mib; ++i) {
        const std::string piece(kPiece, static_cast<char>('a' + i % 26));
        hash.Update(piece);
        Check(WriteAll(out.get(), piece));
      }
      from.sha256 = hash.HexDigest();
    }
    Times times;
    for (int round = 0; round < rounds; ++round) Round(*server, **store, from, round, &times);
    const char* name = kind == S3Kind::kMinio ? "minio" : "versitygw";
    Print(name, "put   ", mib, times.ours_put, times.curl_put);
    Print(name, "commit", mib, times.ours_commit, times.curl_put);
    Print(name, "get   ", mib, times.ours_get, times.curl_get);
  }
  return 0;
}
