// The configuration that ships, with nothing changed but ports, folders and one vendor's address.
#include "config/load.hpp"
#include "tests/integration/gateway_under_test.hpp"

#include <catch2/catch_test_macros.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace nearfar::tests {
namespace {

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  const auto at = text.find(what);
  INFO("the shipped configuration no longer says " << what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), with);
}

std::string shipped(const upstream_double& vendor, const std::string& state) {
  std::ifstream file(NEARFAR_SOURCE_DIR "/config/nearfar.yaml");
  std::string text(std::istreambuf_iterator<char>(file), {});
  text = replaced(std::move(text), "listen: 127.0.0.1:8484", "listen: 127.0.0.1:0");
  text = replaced(std::move(text), "admin: 127.0.0.1:8485", "admin: 127.0.0.1:0");
  text = replaced(std::move(text), "state: ~/.local/state/nearfar", "state: " + state);
  return replaced(std::move(text), "preset: openrouter", "preset: openrouter\n    url: " + vendor.url());
}

TEST_CASE("a client that knows nothing of nearfar reaches a vendor with the shipped configuration", "[P1]") {
  std::string folder = "/tmp/nearfar-shipped-XXXXXX";
  REQUIRE(::mkdtemp(folder.data()) != nullptr);
  ::unsetenv("OPENAI_API_KEY");
  ::unsetenv("DEEPSEEK_API_KEY");
  ::setenv("OPENROUTER_API_KEY", "sk-or-test", 1);
  {
    upstream_double vendor({.name = "vendor"});
    const auto loaded = config::load_text(shipped(vendor, folder + "/state"), "nearfar.yaml", folder);
    INFO(loaded.found.render(config::diagnostics::style::plain));
    REQUIRE(loaded.value != nullptr);
    gateway::server_options options;
    options.config = loaded.value;
    options.log_queries = false;
    std::string why;
    const auto server = gateway::server::start(std::move(options), why);
    INFO(why);
    REQUIRE(server != nullptr);
    // As an SDK sends it: a key of its own, no header of ours.
    const header_list sdk = {{"Authorization", "Bearer sk-anything"}, {"User-Agent", "OpenAI/JS 7.57.0"}};
    raw_client client(server->addresses().front());
    for (const char* model : {"qwen3-max", "openrouter/qwen/qwen3-max"}) {
      client.send(support::post("/v1/chat/completions", chat_stream(model), sdk));
      CHECK(answer_text(client.read_answer()) == default_text("vendor"));
      client.send(support::post("/v1/chat/completions", chat(model), sdk));
      CHECK(answer_text(client.read_answer()) == default_text("vendor"));
    }
    REQUIRE(vendor.requests().size() == 4);
    for (const auto& r : vendor.requests()) {
      CHECK(r.head.field("authorization") == "Bearer sk-or-test");
      CHECK(r.body.find(R"("model":"qwen/qwen3-max")") != std::string::npos);
    }
    client.send(support::post("/v1/chat/completions", chat("qwen3-max"), {{"x-nearfar-privacy", "private"}}));
    CHECK(client.read_answer().status == 403);
    CHECK(vendor.counters().requests == 4);
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace nearfar::tests
