// The bill of a running gateway: asked over HTTP, told as OpenRouter does, forgotten, and out of order.
#include "gateway/decision_files.hpp"
#include "gateway/ledger/ledger_store.hpp"
#include "gateway/openrouter_generation.hpp"
#include "tests/integration/gateway_under_test.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>
#include <catch2/catch_test_macros.hpp>

#include <sys/wait.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

namespace nearfar::tests {
namespace {

namespace json = boost::json;
using gateway::ledger_row;

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

ledger_row row(std::string query, std::string key, gateway::nano_usd cost) {
  ledger_row out;
  out.at = now_ms();
  out.query = std::move(query);
  out.leg = 1;
  out.key = std::move(key);
  out.model = "auto";
  out.target = "vendor/large";
  out.tier = "remote";
  out.outcome = "answered";
  out.finish = "stop";
  out.stream = true;
  out.tokens.input = 1000;
  out.tokens.output = 20;
  out.cost = cost;
  out.took_us = 1000;
  return out;
}

std::string state_of(const gateway_under_test& g) {
  return g.folder() + "/state";
}

// As another process would: the file is the interface.
void write(const gateway_under_test& g, const std::vector<ledger_row>& rows) {
  auto store = gateway::ledger_store::open(state_of(g) + "/ledger.db", gateway::open_mode::read_write);
  REQUIRE(store.has_value());
  REQUIRE(store->add(rows));
}

http_answer get(const gateway_under_test& g, std::string_view path) {
  auto client = g.client();
  client.send(support::get(path));
  return client.read_answer();
}

json::value data_of(const http_answer& a) {
  INFO(a.body);
  REQUIRE(a.status == 200);
  return json::parse(a.body).at("data");
}

struct ended {
  int code = -1;
  std::string said;
};

ended run(const std::string& command) {
  ended out;
  FILE* from = ::popen((command + " 2>&1").c_str(), "r");
  REQUIRE(from != nullptr);
  char room[4096];
  for (std::size_t n = 0; (n = std::fread(room, 1, sizeof room, from)) > 0;) out.said.append(room, n);
  const int status = ::pclose(from);
  if (WIFEXITED(status)) out.code = WEXITSTATUS(status);
  return out;
}

std::string text_of(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

policy_text filed() {
  policy_text out;
  out.from_file = true;
  return out;
}

TEST_CASE("the bill is told by group, as JSON and as CSV, and wrong questions are named", "[usage][P4]") {
  gateway_under_test g;
  write(g, {row("nfq-1", "anna", 3'000'000), row("nfq-2", "anna", 4'000'000), row("nfq-3", "ben", 1)});
  const auto told = g.admin("GET", "/admin/usage?by=tier&key=anna");
  REQUIRE(told.status == 200);
  const auto body = json::parse(told.body);
  CHECK(body.at("by") == "tier");
  CHECK(body.at("groups").at(0).at("tier") == "remote");
  CHECK(body.at("total").at("cost_usd") == "0.007000000");
  CHECK(body.at("total").at("input_tokens") == 2000);
  const auto csv = g.admin("GET", "/admin/usage?by=key&as=csv&from=2026-01-01");
  CHECK(csv.field("content-type").starts_with("text/csv"));
  CHECK(csv.body.starts_with("key,attempts,"));
  CHECK(csv.body.find("\nanna,2,2,2000,40,") != std::string::npos);
  // Nothing was asked that long ago.
  const auto old = json::parse(g.admin("GET", "/admin/usage?to=2001-01-01&from=2000-01-01").body);
  CHECK(old.at("groups").as_array().empty());

  const auto wrong = [&](std::string_view query) {
    const auto a = g.admin("GET", fmt::format("/admin/usage?{}", query));
    CHECK(a.status == 400);
    return error_field(a.body, "message");
  };
  CHECK(wrong("by=colour").find("`by` takes day, key, team") != std::string::npos);
  CHECK(wrong("from=yesterday").find("`from` takes a day such as 2026-11-22") != std::string::npos);
  CHECK(wrong("to=2026-02-30").find("`to`") != std::string::npos);
  CHECK(wrong("as=xml").find("`as` takes json or csv") != std::string::npos);
  CHECK(wrong("since=1d").find("unknown parameter `since`") != std::string::npos);
  CHECK(wrong("from=2026-11-02&to=2026-11-01").find("later than") != std::string::npos);
  CHECK(g.admin("POST", "/admin/usage").status == 405);
  CHECK(g.admin("DELETE", "/admin/usage").status == 400);
  CHECK(json::parse(g.admin("GET", "/admin/limits").body).at("accounts").is_array());
}

TEST_CASE("a generation is told from the ledger, by its id and by its query's", "[usage][openrouter]") {
  gateway_under_test g;
  const std::string query = "nfq-00fedcba9876543210";
  auto failed = row(query, "", 0);
  failed.leg = 0;
  failed.outcome = "server_error";
  failed.status = 500;
  failed.target = "phone/small";
  failed.tokens = {};
  auto answered = row(query, "", 3'300'000);
  answered.attempt = 1;
  write(g, {failed, answered});
  const auto id = gateway::generation_id(query, 1'795'348'800);
  const auto data = data_of(get(g, "/api/v1/generation?id=" + id));
  CHECK(data.at("id") == json::string(id));
  CHECK(data.at("request_id") == json::string(query));
  CHECK(data.at("provider_name") == "vendor");
  CHECK(data.at("streamed") == true);
  CHECK(data.at("native_finish_reason") == "stop");
  CHECK(data.at("total_cost").to_number<double>() == 0.0033);
  const auto& calls = data.at("provider_responses").as_array();
  CHECK(calls.front().at("status") == 500);
  CHECK(calls.back().at("status") == 200);
  CHECK(data_of(get(g, "/api/v1/generation?id=" + query)).at("request_id") == json::string(query));
  CHECK(get(g, "/api/v1/generation?id=gen-0-0").status == 404);
  CHECK(get(g, "/api/v1/generation?id=nfq-000000000000000001").status == 404);
  CHECK(get(g, "/api/v1/generation").status == 400);
}

TEST_CASE("without keys /key and /credits tell what all have spent", "[usage][openrouter]") {
  gateway_under_test g;
  write(g, {row("nfq-1", "", 3'000'000'000), row("nfq-2", "", 1'000'000'000)});
  const auto key = data_of(get(g, "/api/v1/key"));
  CHECK(key.at("label") == "nearfar");
  CHECK(key.at("limit").is_null());
  CHECK(key.at("usage").to_number<double>() == 4);
  CHECK(key.at("usage_monthly").to_number<double>() == 4);
  const auto credits = data_of(get(g, "/api/v1/credits"));
  CHECK(credits.at("total_credits").is_null());
  CHECK(credits.at("total_usage").to_number<double>() == 4);
}

TEST_CASE("a ledger that takes nothing is said in /readyz and /metrics, and queries are served on",
          "[usage][P4]") {
  gateway_under_test g;
  const auto file = state_of(g) + "/ledger.db";
  SECTION("its place is taken by a folder") {
    std::filesystem::create_directory(file);
  }
  SECTION("it is no database") {
    std::ofstream(file) << std::string(4096, 'x');
  }
  CHECK(g.admin("GET", "/admin/usage").status == 503);
  CHECK(g.ask(chat("auto")).status == 200);
  const auto ready = json::parse(g.admin("GET", "/readyz").body);
  const auto warnings = json::serialize(ready.at("warnings"));
  CHECK(warnings.find("the ledger cannot be written") != std::string::npos);
  CHECK(ready.at("status") == "ready");
  CHECK(g.metric("nearfar_ledger_writes") == 0);
  CHECK(get(g, "/api/v1/generation?id=nfq-000000000000000001").status == 503);
  CHECK(get(g, "/api/v1/key").status == 503);
  CHECK(g.ask(chat("auto")).status == 200);
  std::filesystem::remove_all(file);
  CHECK(eventually([&] {
    return g.admin("GET", "/admin/usage").status == 200 && g.metric("nearfar_ledger_writes") == 1;
  }));
  CHECK(g.admin("GET", "/readyz").body.find("the ledger cannot be written") == std::string::npos);
}

// The file's own word for it (SQLite's file format, offset 18: a write version that is not known yet), for
// who runs the tests may write whatever the permissions say.
void make_read_only(const std::string& file) {
  std::fstream to(file, std::ios::in | std::ios::out | std::ios::binary);
  to.seekp(18);
  to.put('\x03');
  REQUIRE(to.good());
}

TEST_CASE("a ledger that can only be read is told in /readyz from the start on, and what it says counts",
          "[usage][P4]") {
  policy_text policy;
  policy.more = "limits: [{name: few, of: requests, max: 2, per: month}]\n";
  gateway_under_test g(policy);
  const auto folder = g.folder() + "/state-of-another";
  std::filesystem::create_directory(folder);
  const auto file = folder + "/ledger.db";
  const auto now = std::time(nullptr);
  {
    auto store = gateway::ledger_store::open(file, gateway::open_mode::read_write);
    REQUIRE(store.has_value());
    const gateway::account_view full{
        "few/month:requests",    config::limit_of::requests, config::period::month, 2, 0,
        {now - 10, now + 86'400}};
    REQUIRE(store->add(std::vector{row("nfq-1", "anna", 5)}, std::vector{full}));
  }
  make_read_only(file);
  std::string why;
  const auto other = g.another("127.0.0.1:0", why);
  INFO(why);
  REQUIRE(other != nullptr);
  const auto ask = [&](const std::string& request) {
    raw_client client(other->addresses().front());
    client.send(request);
    return client.read_answer();
  };
  const auto warnings = json::serialize(json::parse(ask(support::get("/readyz")).body).at("warnings"));
  INFO(warnings);
  CHECK(warnings.find("the ledger cannot be written") != std::string::npos);
  CHECK(warnings.find("it can be read, and not written") != std::string::npos);
  CHECK(warnings.find("is not known") == std::string::npos);
  CHECK(ask(support::post("/v1/chat/completions", chat("auto"))).status == 429);
  CHECK(ask(support::get("/readyz")).body.find("the ledger cannot be written") != std::string::npos);
}

TEST_CASE("where nobody knows what was spent before the start, /readyz says so for good", "[usage][P4]") {
  gateway_under_test g;
  const auto file = state_of(g) + "/ledger.db";
  std::filesystem::remove_all(file);
  std::ofstream(file) << std::string(4096, 'x');
  g.restart();
  const auto says = [&] {
    return g.admin("GET", "/readyz").body.find("what was spent before this start is not known") !=
           std::string::npos;
  };
  CHECK(says());
  std::filesystem::remove_all(file);
  CHECK(eventually([&] {
    return g.admin("GET", "/admin/usage").status == 200 && g.metric("nearfar_ledger_writes") == 1;
  }));
  // The limits of this run count from nothing all the same.
  CHECK(says());
  g.restart();
  CHECK_FALSE(says());
}

TEST_CASE("a key is forgotten while the gateway runs and when it does not", "[usage][P8]") {
  gateway_under_test g(filed());
  const auto decisions = state_of(g) + "/decisions.jsonl";
  const std::string kept = R"({"at_ms":1,"query":{"key":"ben"}})";
  const auto fill = [&] {
    write(g, {row("nfq-1", "anna", 5), row("nfq-2", "anna", 5), row("nfq-3", "ben", 5)});
    std::ofstream(decisions) << R"({"at_ms":1,"query":{"key":"anna"}})" << "\n" << kept << "\n";
  };
  fill();
  const auto command = fmt::format("{} forget --key anna --config {}", NEARFAR_BINARY, g.path());
  auto told = run(command);
  INFO(told.said);
  CHECK(told.code == 0);
  CHECK(told.said.find("2 attempts of key `anna`") != std::string::npos);
  CHECK(told.said.find("1 lines") != std::string::npos);
  CHECK(text_of(decisions) == kept + "\n");
  CHECK(json::parse(g.admin("GET", "/admin/usage?key=anna").body).at("groups").as_array().empty());
  CHECK(json::parse(g.admin("GET", "/admin/usage?key=ben").body).at("groups").as_array().size() == 1);
  CHECK(run(command).code == 1);
  fill();
  g.server().stop();
  told = run(command);
  INFO(told.said);
  CHECK(told.code == 0);
  CHECK(told.said.find("2 attempts of key `anna`") != std::string::npos);
  CHECK(text_of(decisions) == kept + "\n");
}

TEST_CASE("what is older than `retain` goes when another policy comes", "[usage][P8]") {
  auto policy = filed();
  policy.more = "retain: {ledger: 90d}\n";
  gateway_under_test g(policy);
  // Behind the first clearing out, which would take what is written now.
  CHECK(g.admin("GET", "/admin/usage").status == 200);
  auto old = row("nfq-1", "old", 5);
  old.at -= std::int64_t{91} * 86'400'000;
  auto middle = row("nfq-2", "middle", 5);
  middle.at -= std::int64_t{20} * 86'400'000;
  write(g, {old, middle, row("nfq-3", "young", 5)});
  const auto keys = [&] {
    const auto body = json::parse(g.admin("GET", "/admin/usage?by=key&from=2020-01-01").body);
    std::vector<std::string> out;
    for (const auto& each : body.at("groups").as_array()) {
      const std::string name(each.at("key").as_string());
      if (name == "old" || name == "middle" || name == "young") out.push_back(name);
    }
    return out.size();
  };
  CHECK(keys() == 3);
  auto text = text_of(g.path());
  const std::string before = "ledger: 90d";
  REQUIRE(text.find(before) != std::string::npos);
  std::ofstream(g.path()) << text.replace(text.find(before), before.size(), "ledger: 30d");
  g.server().reload();
  CHECK(eventually([&] { return keys() == 2; }));
}

TEST_CASE("the table of docs/usage.md is what the command prints", "[usage]") {
  gateway_under_test g(filed());
  constexpr std::int64_t noon = 1'795'348'800'000;  // 2026-11-22T12:00:00Z
  std::vector<ledger_row> rows;
  const auto add = [&](std::string target, std::string tier, gateway::nano_usd cost) -> ledger_row& {
    auto& one = rows.emplace_back(row("nfq-1", "", cost));
    one.at = noon;
    one.target = std::move(target);
    one.tier = std::move(tier);
    one.tokens.input = 4000;
    one.tokens.output = 500;
    one.dearest = 19'500'000;
    return one;
  };
  for (int i = 0; i < 3; ++i) add("vendor/large", "remote", 19'500'000);
  rows.back().sure = gateway::certainty::estimated;
  for (int i = 0; i < 5; ++i) add("homelab/medium", "self_hosted", 0);
  for (int i = 0; i < 2; ++i) add("phone/small", "device", 0);
  write(g, rows);
  const std::string command = "nearfar usage --by target --from 2026-11-01 --to 2026-11-22";
  const auto told =
      run(fmt::format("{}{} --config {}", NEARFAR_BINARY, command.substr(command.find(' ')), g.path()));
  CHECK(told.code == 0);
  INFO(told.said);
  CHECK(text_of(NEARFAR_SOURCE_DIR "/docs/usage.md").find("$ " + command + "\n" + told.said + "```") !=
        std::string::npos);
}

}  // namespace
}  // namespace nearfar::tests
