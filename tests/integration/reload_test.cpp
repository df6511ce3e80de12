// A policy comes into force whole or not at all, whoever brings it.
#include "tests/integration/gateway_under_test.hpp"

#include <fmt/format.h>
#include <catch2/catch_test_macros.hpp>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace nearfar::tests {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view to_device = "  auto: [phone/small]\n";
constexpr std::string_view to_home = "  auto: [homelab/medium]\n";
constexpr std::string_view ok_count = "nearfar_policy_reload_total{result=\"ok\"}";
constexpr std::string_view failed_count = "nearfar_policy_reload_total{result=\"failed\"}";

policy_text editable() {
  policy_text out;
  out.from_file = true;
  out.models = to_device;
  return out;
}

void save(const std::string& path, std::string_view text) {
  std::ofstream(path + ".new") << text;
  fs::rename(path + ".new", path);
}

std::string target_of(const gateway_under_test& gw) {
  return std::string(gw.ask(chat("auto")).field("x-nearfar-target"));
}

bool serves(const gateway_under_test& gw, std::string_view target) {
  return eventually([&] { return target_of(gw) == target; });
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string etag_of(const gateway_under_test& gw) {
  return std::string(gw.admin("GET", "/admin/policy").field("etag"));
}

TEST_CASE("a file that is saved is served, however it is saved", "[P6]") {
  gateway_under_test gw(editable());
  CHECK(target_of(gw) == "phone/small");
  SECTION("by renaming another over it") {
    save(gw.path(), gw.text_with(to_home));
    CHECK(serves(gw, "homelab/medium"));
    save(gw.path(), gw.text_with(to_device));
    CHECK(serves(gw, "phone/small"));
  }
  SECTION("in place") {
    std::ofstream(gw.path()) << gw.text_with(to_home);
    CHECK(serves(gw, "homelab/medium"));
    std::ofstream(gw.path()) << gw.text_with(to_device);
    CHECK(serves(gw, "phone/small"));
  }
  SECTION("by moving it away first, as some editors do for their backup") {
    fs::rename(gw.path(), gw.path() + "~");
    std::ofstream(gw.path()) << gw.text_with(to_home);
    CHECK(serves(gw, "homelab/medium"));
  }
  SECTION("by a link to another file") {
    std::ofstream(gw.folder() + "/other.yaml") << gw.text_with(to_home);
    fs::remove(gw.path());
    fs::create_symlink("other.yaml", gw.path());
    CHECK(serves(gw, "homelab/medium"));
    save(gw.folder() + "/other.yaml", gw.text_with(to_device));
    CHECK(serves(gw, "phone/small"));
  }
  SECTION("by swapping the link to its folder, as Kubernetes does") {
    for (const auto* name : {"..1", "..2", "..3"}) {
      fs::create_directory(gw.folder() + "/" + name);
      const bool home = std::string_view(name) != "..2";
      std::ofstream(gw.folder() + "/" + name + "/nearfar.yaml") << gw.text_with(home ? to_home : to_device);
    }
    fs::create_directory_symlink("..1", gw.folder() + "/..data");
    fs::create_symlink("..data/nearfar.yaml", gw.folder() + "/link");
    fs::rename(gw.folder() + "/link", gw.path());
    CHECK(serves(gw, "homelab/medium"));
    for (const auto* name : {"..2", "..3"}) {
      fs::create_directory_symlink(name, gw.folder() + "/..data_tmp");
      fs::rename(gw.folder() + "/..data_tmp", gw.folder() + "/..data");
      CHECK(serves(gw, std::string_view(name) == "..2" ? "phone/small" : "homelab/medium"));
    }
  }
}

TEST_CASE("a preset of one's own and an imported catalog are watched with the file", "[P6]") {
  gateway_under_test gw(editable());
  const auto preset = [&](std::string_view more) {
    save(gw.folder() + "/mine.yaml",
         fmt::format("title: Mine\ndialects: {{openai-chat: /chat/completions}}\n{}", more));
  };
  preset("");
  auto text = gw.text_with(to_device);
  const auto at = text.find("preset: openai-compatible");
  REQUIRE(at != std::string::npos);
  text.replace(at, std::string_view("preset: openai-compatible").size(), "preset: ./mine.yaml");
  save(gw.path(), text);
  REQUIRE(gw.metric_reaches(ok_count, 1));
  CHECK(target_of(gw) == "phone/small");
  const auto first = etag_of(gw);
  SECTION("a preset that changes is another policy") {
    preset("cache_life: 9m\n");
    REQUIRE(gw.metric_reaches(ok_count, 2));
    CHECK(etag_of(gw) != first);
    CHECK(target_of(gw) == "phone/small");
  }
  SECTION("a preset with an error changes nothing, and its own line is named") {
    preset("cahce_life: 9m\n");
    REQUIRE(gw.metric_reaches(failed_count, 1));
    CHECK(etag_of(gw) == first);
    const auto ready = gw.admin("GET", "/readyz");
    CHECK(contains(ready.body, "mine.yaml:3:1: error[P012]"));
    CHECK(target_of(gw) == "phone/small");
    preset("");
    CHECK(eventually([&] { return gw.metric("nearfar_policy_last_reload_success") == 1; }));
  }
  SECTION("a catalog that comes, and goes") {
    save(gw.folder() + "/state/catalog.csv", "vendor,model_id,input_usd_per_mtok\nopenai,gpt-5.4,1\n");
    REQUIRE(gw.metric_reaches(ok_count, 2));
    CHECK(etag_of(gw) != first);
    save(gw.folder() + "/state/catalog.csv", "");
    REQUIRE(gw.metric_reaches(ok_count, 3));
    CHECK(etag_of(gw) == first);
  }
}

TEST_CASE("a file with errors changes nothing, and readiness says where it is wrong", "[P6]") {
  gateway_under_test gw(editable());
  const auto good = gw.text_with(to_device);
  const auto before = gw.ask(chat("auto")).field("x-nearfar-policy");
  save(gw.path(), gw.text_with(to_home) + "rulez: []\n");
  REQUIRE(gw.metric_reaches(failed_count, 1));
  CHECK(gw.metric("nearfar_policy_last_reload_success") == 0);
  const auto ready = gw.admin("GET", "/readyz");
  CHECK(ready.status == 200);
  CHECK(contains(ready.body, R"("result":"failed")"));
  CHECK(contains(ready.body, "unknown key `rulez`"));
  const auto a = gw.ask(chat("auto"));
  CHECK(a.field("x-nearfar-target") == "phone/small");
  CHECK(!before.empty());
  SECTION("the old text again is the policy in force again, and no reload") {
    save(gw.path(), good);
    CHECK(gw.metric_reaches("nearfar_policy_last_reload_success", 1));
    CHECK(gw.metric(ok_count) == 0);
  }
  SECTION("a test that fails is an error like any other") {
    save(gw.path(), gw.text_with(to_home) +
                        "tests:\n  - {name: near, given: {model: auto}, expect: {target: phone/small}}\n");
    CHECK(gw.metric_reaches(failed_count, 2));
    CHECK(target_of(gw) == "phone/small");
  }
}

TEST_CASE("a signal to a file that did not change is no reload", "[P6]") {
  gateway_under_test gw(editable());
  gw.server().reload();
  CHECK(gw.metric_reaches("nearfar_policy_reload_total{result=\"unchanged\"}", 1));
  CHECK(gw.metric(ok_count) == 0);
}

TEST_CASE("a stream finishes under the policy it began with", "[P6]") {
  gateway_under_test gw(editable());
  behaviour slow;
  slow.tokens = 20;
  slow.token_delay = millis{100};
  gw.device.push(slow);
  auto client = gw.client();
  client.send(support::post("/v1/chat/completions", chat_stream("auto")));
  auto head = client.read_head();
  const std::string revision(head.field("x-nearfar-policy"));
  save(gw.path(), gw.text_with(to_home));
  CHECK(serves(gw, "homelab/medium"));
  client.read_body(head);
  CHECK(head.complete);
  CHECK(answer_text(head) == default_text("device", 20));
  CHECK(head.field("x-nearfar-target") == "phone/small");
  CHECK(gw.ask(chat("auto")).field("x-nearfar-policy") != revision);
}

TEST_CASE("a key file that changes is read again, and what its refusal had parked is asked again", "[P1]") {
  policy_text policy = editable();
  policy.models = "  auto: [vendor/large]\n";
  gateway_under_test gw(policy);
  behaviour refuses;
  refuses.status = 401;
  gw.remote.push(refuses);
  CHECK(gw.ask(chat("auto")).status == 502);
  CHECK(gw.ask(chat("auto")).status == 502);
  CHECK(gw.remote.counters().requests == 1);
  save(gw.folder() + "/vendor.key", "sk-another");
  CHECK(eventually([&] { return gw.ask(chat("auto")).status == 200; }));
  CHECK(gw.remote.requests().back().head.field("authorization") == "Bearer sk-another");
}

TEST_CASE("PUT wants the revision that was edited, and writes the file", "[P6]") {
  gateway_under_test gw(editable());
  ::chmod(gw.path().c_str(), 0640);
  const auto etag = etag_of(gw);
  const auto next = gw.text_with(to_home);
  CHECK(gw.admin("GET", "/admin/policy").body == gw.text_with(to_device));
  CHECK(gw.admin("PUT", "/admin/policy", next).status == 428);
  const auto stale = gw.admin("PUT", "/admin/policy", next, {{"if-match", "\"0123456789ab\""}});
  CHECK(stale.status == 412);
  CHECK(stale.field("etag") == etag);
  const auto wrong = gw.admin("PUT", "/admin/policy", next + "rulez: []\n", {{"if-match", etag}});
  CHECK(wrong.status == 422);
  CHECK(contains(wrong.body, "P012"));
  const auto dry = gw.admin("PUT", "/admin/policy?dry_run=1", next, {{"if-match", etag}});
  CHECK(dry.status == 200);
  CHECK(contains(dry.body, R"("ok":true)"));
  CHECK(gw.admin("PUT", "/admin/policy?dry_run=1", next).body == dry.body);
  CHECK(gw.admin("PUT", "/admin/policy?dry_run=1", next, {{"if-match", "\"0123456789ab\""}}).status == 412);
  CHECK(target_of(gw) == "phone/small");
  const auto done = gw.admin("PUT", "/admin/policy", next, {{"if-match", etag}});
  CHECK(done.status == 200);
  // No waiting: who was told "done" is served by it.
  CHECK(target_of(gw) == "homelab/medium");
  CHECK(done.field("etag") == etag_of(gw));
  std::ifstream file(gw.path());
  CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == next);
  struct stat is{};
  REQUIRE(::stat(gw.path().c_str(), &is) == 0);
  CHECK((is.st_mode & 0777U) == 0640U);
}

TEST_CASE("PUT does not write over an edit that is not in force", "[P6]") {
  gateway_under_test gw(editable());
  const auto etag = etag_of(gw);
  save(gw.path(), "version: 1\nrulez: []\n");
  REQUIRE(gw.metric_reaches(failed_count, 1));
  const auto refused = gw.admin("PUT", "/admin/policy", gw.text_with(to_home), {{"if-match", etag}});
  CHECK(refused.status == 409);
  CHECK(error_field(refused.body, "code") == "policy_edited_elsewhere");
  CHECK(target_of(gw) == "phone/small");
  CHECK(gw.admin("PUT", "/admin/policy?overwrite=1", gw.text_with(to_home), {{"if-match", etag}}).status ==
        200);
  CHECK(target_of(gw) == "homelab/medium");
}

TEST_CASE("a policy that came from no file cannot be put", "[P6]") {
  gateway_under_test gw;
  const auto answer = gw.admin("PUT", "/admin/policy", "version: 1\n", {{"if-match", "*"}});
  CHECK(answer.status == 409);
  CHECK(error_field(answer.body, "code") == "policy_not_writable");
}

TEST_CASE("check tells of a text without bringing it into force", "[P6]") {
  gateway_under_test gw(editable());
  const auto good = gw.admin("POST", "/admin/check", gw.text_with(to_home));
  CHECK(good.status == 200);
  CHECK(contains(good.body, R"("ok":true)"));
  const auto wrong = gw.admin("POST", "/admin/check", "version: 1\nprovders: {}\n");
  CHECK(contains(wrong.body, R"("ok":false)"));
  CHECK(contains(wrong.body, R"("line":2)"));
  CHECK(target_of(gw) == "phone/small");
}

TEST_CASE("undo walks back through what was in force, and to a revision by its name", "[P6]") {
  gateway_under_test gw(editable());
  const auto first = etag_of(gw);
  CHECK(gw.admin("POST", "/admin/revisions/undo").status == 404);
  REQUIRE(gw.admin("PUT", "/admin/policy", gw.text_with(to_home), {{"if-match", first}}).status == 200);
  const auto second = etag_of(gw);
  CHECK(gw.admin("POST", "/admin/revisions/undo").status == 200);
  CHECK(etag_of(gw) == first);
  CHECK(target_of(gw) == "phone/small");
  CHECK(gw.admin("POST", "/admin/revisions/undo").status == 404);
  const auto name = second.substr(1, second.size() - 2);
  CHECK(gw.admin("POST", "/admin/revisions/undo?to=" + name).status == 200);
  CHECK(target_of(gw) == "homelab/medium");
  const auto list = gw.admin("GET", "/admin/revisions").body;
  CHECK(contains(list, fmt::format(R"({{"number":2,"revision":"{}")", name)));
  CHECK_FALSE(contains(list, R"("number":3)"));
  std::size_t files = 0;
  for (const auto& file : fs::directory_iterator(gw.folder() + "/state/revisions")) {
    struct stat is{};
    REQUIRE(::stat(file.path().c_str(), &is) == 0);
    CHECK((is.st_mode & 0777U) == 0600U);
    ++files;
  }
  CHECK(files == 2);
}

TEST_CASE("a change of `server` waits for a restart and says so, the rest is hot") {
  gateway_under_test gw(editable());
  auto text = gw.text_with(to_home);
  text.replace(text.find("threads: 1"), 10, "threads: 2");
  save(gw.path(), text);
  // The count moves last of all: a core may serve the new policy while its revision is being written.
  REQUIRE(gw.metric_reaches(ok_count, 1));
  CHECK(serves(gw, "homelab/medium"));
  CHECK(contains(gw.admin("GET", "/readyz").body, R"("restart_pending":["server.threads"])"));
}

TEST_CASE("pushed readings survive a reload that declares facts in another order") {
  policy_text policy = editable();
  policy.models = "  auto: [phone/small, homelab/medium]\n";
  gateway_under_test gw(policy);
  REQUIRE(gw.admin("PUT", "/admin/facts", R"({"worn":true})").status == 200);
  CHECK(target_of(gw) == "homelab/medium");
  auto text = gw.text_with(policy.models);
  text.replace(text.find("  worn:"), 7, "  docked: {type: bool}\n  worn:");
  save(gw.path(), text);
  REQUIRE(gw.metric_reaches(ok_count, 1));
  CHECK(target_of(gw) == "homelab/medium");
}

}  // namespace
}  // namespace nearfar::tests
