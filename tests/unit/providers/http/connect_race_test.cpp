#include "providers/http/connect_race.hpp"

#include "tests/unit/providers/http/loopback.hpp"

#include <boost/asio/ip/tcp.hpp>

using namespace nearfar;
using namespace nearfar::providers;
using namespace nearfar::providers::test;
using asio::ip::tcp;

namespace {

socket_endpoint at(const char* text, std::uint16_t port = 80) {
  return tcp::endpoint(asio::ip::make_address(text), port);
}

}  // namespace

TEST_CASE("families take turns, beginning with the first address's") {
  const std::vector<socket_endpoint> sorted{at("2001:db8::1"), at("2001:db8::2"), at("2001:db8::3"),
                                            at("192.0.2.1"), at("192.0.2.2")};
  const auto turns = interleave(sorted);
  CHECK(turns == std::vector<socket_endpoint>{at("2001:db8::1"), at("192.0.2.1"), at("2001:db8::2"),
                                              at("192.0.2.2"), at("2001:db8::3")});
  CHECK(interleave({}).empty());
  const std::vector<socket_endpoint> one_family{at("192.0.2.2"), at("192.0.2.1")};
  CHECK(interleave(one_family) == one_family);
}
