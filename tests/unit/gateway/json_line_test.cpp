#include "gateway/json_line.hpp"

#include "providers/dialects/openai_chat/request_writer.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <limits>
#include <string>

using nearfar::gateway::json_line;

TEST_CASE("a line is what was added, in its order, and the next one begins anew", "[gateway]") {
  json_line line;
  CHECK(line.text().empty());
  line.add("{\"a\":");
  line.add_number(0);
  line.add(",\"b\":");
  line.add_string("x \"y\"\n");
  line.add(std::string_view{});
  line.add_string({});
  line.add('}');
  CHECK(line.text() == "{\"a\":0,\"b\":\"x \\\"y\\\"\\n\"\"\"}");
  line.clear();
  line.add_number(std::numeric_limits<std::uint64_t>::max());
  CHECK(line.text() == "18446744073709551615");
}

TEST_CASE("a line may be as long as it likes, by pieces of any length", "[gateway]") {
  json_line line;
  std::string same;
  for (int round = 0; round < 2; ++round) {
    line.clear();
    same.clear();
    for (std::size_t i = 0; i < 300; ++i) {
      const std::string piece(i * 7 % 90, static_cast<char>('a' + i % 26));
      const std::string quoted = i % 5 == 0 ? piece + '"' : piece;
      line.add(piece);
      line.add_string(quoted);
      line.add_number(i);
      same += piece;
      nearfar::providers::openai_chat::append_json_string(same, quoted);
      same += std::to_string(i);
    }
    CHECK(line.text() == same);
  }
}
