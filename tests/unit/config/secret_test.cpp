#include "config/secret.hpp"

#include <catch2/catch_test_macros.hpp>

#include <unistd.h>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

using namespace nearfar::config;

namespace {

template <class T>
concept streamable = requires(std::ostream& out, const T& value) { out << value; };

class temporary_file {
 public:
  explicit temporary_file(std::string_view text) {
    const int fd = ::mkstemp(path_);
    REQUIRE(fd >= 0);
    ::close(fd);
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~temporary_file() { ::unlink(path_); }
  temporary_file(const temporary_file&) = delete;
  temporary_file& operator=(const temporary_file&) = delete;
  std::string path() const { return path_; }

 private:
  char path_[32] = "/tmp/nearfar-secret-XXXXXX";
};

}  // namespace

TEST_CASE("a secret cannot be streamed and turns into no string by itself") {
  STATIC_CHECK_FALSE(streamable<secret>);
  STATIC_CHECK_FALSE(std::is_convertible_v<secret, std::string>);
  STATIC_CHECK_FALSE(std::is_convertible_v<secret, std::string_view>);
  STATIC_CHECK_FALSE(std::is_convertible_v<std::string, secret>);
}

TEST_CASE("a secret that was moved from holds nothing") {
  secret a("a long secret that does not fit into a short string");
  const secret b(std::move(a));
  CHECK(a.empty());  // NOLINT(bugprone-use-after-move): that is the point
  CHECK(b.reveal() == "a long secret that does not fit into a short string");
  secret c("another");
  c = b;
  CHECK(c.reveal() == b.reveal());
  secret d;
  d = std::move(c);
  CHECK(c.empty());  // NOLINT(bugprone-use-after-move)
  CHECK(d.reveal() == b.reveal());
}

TEST_CASE("the environment gives a key, an unset or empty variable none") {
  ::setenv("NEARFAR_TEST_SECRET", "value", 1);
  CHECK(resolve({secret_kind::env, "NEARFAR_TEST_SECRET", {}})->reveal() == "value");
  ::setenv("NEARFAR_TEST_SECRET", "", 1);
  CHECK_FALSE(resolve({secret_kind::env, "NEARFAR_TEST_SECRET", {}}));
  ::unsetenv("NEARFAR_TEST_SECRET");
  CHECK_FALSE(resolve({secret_kind::env, "NEARFAR_TEST_SECRET", {}}));
}

TEST_CASE("a file gives its text without the line's end, an empty or absent one none") {
  const temporary_file unix_end("key\n");
  CHECK(resolve({secret_kind::file, unix_end.path(), {}})->reveal() == "key");
  const temporary_file windows_end("key\r\n");
  CHECK(resolve({secret_kind::file, windows_end.path(), {}})->reveal() == "key");
  const temporary_file bare("key");
  CHECK(resolve({secret_kind::file, bare.path(), {}})->reveal() == "key");
  const temporary_file empty("\n");
  CHECK_FALSE(resolve({secret_kind::file, empty.path(), {}}));
  CHECK_FALSE(resolve({secret_kind::file, "/nonexistent/key", {}}));
}

TEST_CASE("the client's own key and no key are empty secrets") {
  CHECK(resolve({secret_kind::client, {}, {}})->empty());
  CHECK(resolve({secret_kind::none, {}, {}})->empty());
}

TEST_CASE("a description names the place and never the value") {
  ::setenv("NEARFAR_TEST_SECRET", "value", 1);
  CHECK(describe(secret_ref{secret_kind::env, "NEARFAR_TEST_SECRET", {}}) ==
        "environment variable NEARFAR_TEST_SECRET");
  CHECK(describe(secret_ref{secret_kind::file, "/run/keys/x", {}}) == "file /run/keys/x");
  ::unsetenv("NEARFAR_TEST_SECRET");
}
