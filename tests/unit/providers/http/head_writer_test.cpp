#include "providers/http/head_writer.hpp"

#include <catch2/catch_test_macros.hpp>

#include <limits>
#include <string>

using namespace nearfar::providers;

TEST_CASE("a head is written whole, however little room it was given") {
  for (const std::size_t room : {0U, 1U, 7U, 64U, 1000U}) {
    CAPTURE(room);
    std::string out = "what was there before";
    {
      head_writer to(out, room);
      to.put("HTTP/1.1 200 OK\r\n");
      to.field("a", "b");
      to.put("n: ");
      to.put(std::numeric_limits<std::uint64_t>::max());
      to.put("\r\nzero: ");
      to.put(std::uint64_t{0});
      to.put("");
      to.put(std::string(300, 'x'));
    }
    CHECK(out == "HTTP/1.1 200 OK\r\na: b\r\nn: 18446744073709551615\r\nzero: 0" + std::string(300, 'x'));
  }
}
