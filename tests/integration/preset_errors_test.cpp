// Each vendor's own error bodies: what they are taken for, and how a client hears of them.
#include "tests/integration/preset_rows.hpp"
#include "tests/integration/vendor_errors.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>

namespace nearfar::tests {
namespace {

using routes::error_kind;

enum class speaks : std::uint8_t { chat, messages };

http_answer ask_plainly(const preset_gateway& all, std::string_view model, speaks how, bool stream) {
  const auto body = fmt::format(
      R"({{"model":"{}","max_tokens":100,"stream":{},"messages":[{{"role":"user","content":"How far?"}}]}})",
      model, stream);
  return all.ask(how == speaks::chat ? "/v1/chat/completions" : "/v1/messages", body);
}

void check_words(std::string_view preset, speaks client, const http_answer& a, const vendor_error& wanted) {
  CHECK(a.status >= 400);
  CHECK(boost::json::parse(a.body).is_object());
  if (wanted.means != error_kind::too_long) return;
  // What agents of each kind look for before they shorten the conversation.
  CHECK(a.status == 400);
  // OpenRouter's clients know its own.
  if (client == speaks::chat && preset == "openrouter") {
    CHECK(a.body.find(R"("error_type":"context_length_exceeded")") != std::string::npos);
    return;
  }
  if (client == speaks::chat) CHECK(error_field(a.body, "code") == "context_length_exceeded");
  if (client == speaks::messages) CHECK(error_field(a.body, "message").starts_with("prompt is too long"));
  CHECK(error_field(a.body, "type") == "invalid_request_error");
}

TEST_CASE("every preset has error bodies of its vendor's") {
  for (const auto& row : preset_rows()) {
    INFO(row.preset);
    CHECK(vendor_errors().contains(row.preset));
  }
}

TEST_CASE("each vendor's error body is taken for what it means and told in the client's words") {
  std::size_t rounds = 0;
  for (const auto& [name, list] : vendor_errors()) rounds = std::max(rounds, list.size());
  for (const auto client : {speaks::chat, speaks::messages}) {
    for (std::size_t round = 0; round < rounds; ++round) {
      // What has no money or no key is left alone for a while: a gateway for each round.
      preset_gateway all;
      for (const auto& [name, list] : vendor_errors()) {
        if (round >= list.size()) continue;
        const auto& each = list[round];
        const bool stream = round % 2 == 1;
        INFO(name << (client == speaks::chat ? ", chat" : ", messages") << (stream ? ", streamed: " : ": ")
                  << each.body);
        behaviour says;
        says.status = each.status;
        says.raw_body = std::make_shared<const std::string>(each.body);
        all.vendor().set_default(says);
        const auto metric =
            fmt::format("nearfar_attempt_failures_total{{kind=\"{}\"}}", routes::to_string(each.means));
        const auto before = all.gateway().metric(metric);
        const auto a = ask_plainly(all, name, client, stream);
        INFO(a.status << " " << a.body);
        CHECK(eventually([&] { return all.gateway().metric(metric) >= before + 1; }, millis{5'000}));
        check_words(name, client, a, each);
      }
    }
  }
}

}  // namespace
}  // namespace nearfar::tests
