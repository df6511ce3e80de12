#include "config/load.hpp"

#include <catch2/catch_test_macros.hpp>

#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

using namespace nearfar::config;
namespace fs = std::filesystem;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

const std::string root = NEARFAR_SOURCE_DIR;
const std::string lab =
    "version: 1\nproviders:\n  lab: {tier: self_hosted, preset: vllm, models: {m1: {}, m2: {as: two}}}\n";

loaded load(const std::string& more) {
  return load_text(lab + more, "f.yaml", "/etc/nearfar");
}

// REQUIREs that the text is right and gives its configuration.
std::shared_ptr<configuration> good(const std::string& more) {
  auto result = load(more);
  INFO(result.found.render(diagnostics::style::plain));
  REQUIRE(result.value != nullptr);
  return result.value;
}

int count(const diagnostics& d, severity level) {
  return static_cast<int>(std::ranges::count(d.all(), level, &diagnostic::level));
}

class temporary_folder {
 public:
  temporary_folder() { REQUIRE(::mkdtemp(path_) != nullptr); }
  ~temporary_folder() { fs::remove_all(path_); }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(fs::path(path_) / name, std::ios::binary) << text;
    return (fs::path(path_) / name).string();
  }
  std::string path() const { return path_; }

 private:
  char path_[32] = "/tmp/nearfar-config-XXXXXX";
};

}  // namespace

TEST_CASE("the shipped configuration has no error and no warning but for what is not installed") {
  const auto result = load_file(root + "/config/nearfar.yaml");
  INFO(result.found.render(diagnostics::style::plain));
  REQUIRE(result.value != nullptr);
  for (const auto& d : result.found.all()) CHECK((d.code == "P050" || d.code == "P052"));
  const auto& c = *result.value;
  CHECK(c.server.listen == std::vector<std::string>{"127.0.0.1:8484"});
  CHECK(c.server.admin == "127.0.0.1:8485");
  CHECK(c.providers.front().models.front().file == root + "/models/tiny-glasses.gguf");
  for (const auto& p : c.providers) {
    INFO(p.name);
    if (p.where_it_is != tier::remote) continue;
    CHECK(p.optional);
    CHECK(p.key.kind == secret_kind::env);
  }
}

TEST_CASE("the example of the design is read without an error and bound key by key") {
  const auto result = load_file(root + "/tests/unit/config/fixtures/design.yaml");
  INFO(result.found.render(diagnostics::style::plain));
  REQUIRE(result.value != nullptr);
  CHECK(count(result.found, severity::error) == 0);
  const auto& c = *result.value;

  CHECK(c.version == 1);
  CHECK(c.default_privacy == privacy_level::internal);
  CHECK(c.tags == std::vector<std::string>{"voice", "batch"});
  CHECK(c.server.hosts == std::vector<std::string>{"localhost"});
  CHECK(c.server.origins.empty());
  CHECK_FALSE(c.server.threads);

  REQUIRE(c.facts.size() == 2);
  CHECK(c.facts[0].name == "metered");
  CHECK(c.facts[0].if_unsensed == std::variant<bool, double, std::string>(false));
  CHECK(c.facts[0].max_age == seconds(60));
  CHECK_FALSE(c.facts[0].type);
  CHECK(c.facts[1].type == fact_type::boolean);
  CHECK(c.facts[1].max_age == minutes(10));

  REQUIRE(c.providers.size() == 3);
  const auto& phone = c.providers[0];
  CHECK(phone.name == "phone");
  CHECK(phone.where_it_is == tier::device);
  CHECK(phone.preset == "llama-server");
  REQUIRE(phone.runtime);
  CHECK(phone.runtime->keep == minutes(10));
  CHECK(phone.runtime->memory == 2'147'483'648U);
  const auto& qwen = phone.models.at(0);
  CHECK(qwen.id == "qwen3-0.6b");
  CHECK(qwen.context == 8000U);
  CHECK(qwen.quality == 900);
  REQUIRE(qwen.set.size() == 1);
  CHECK(qwen.set[0].name == "chat_template_kwargs");
  CHECK(qwen.set[0].json == R"({"enable_thinking":false})");

  const auto& homelab = c.providers[1];
  CHECK(homelab.where_it_is == tier::self_hosted);
  CHECK(homelab.url == "http://192.168.1.20:8000");
  CHECK(homelab.region == "home");
  CHECK(homelab.concurrent == 8U);
  CHECK(homelab.models.at(0).cost->free);

  const auto& openrouter = c.providers[2];
  CHECK(openrouter.key.kind == secret_kind::env);
  CHECK(openrouter.key.name == "OPENROUTER_API_KEY");
  CHECK(openrouter.optional);
  CHECK(openrouter.models.at(0).id == "qwen/qwen3-max");
  CHECK(openrouter.models.at(0).as == "qwen3-max");
  CHECK(openrouter.models.at(1).can.tools == true);
  CHECK_FALSE(openrouter.models.at(1).can.images);
}

TEST_CASE("the example's limits are bound") {
  const auto result = load_file(root + "/tests/unit/config/fixtures/design.yaml");
  REQUIRE(result.value != nullptr);
  const auto& limits = result.value->limits;
  REQUIRE(limits.size() == 2);
  CHECK(limits[0].name == "daily-spend");
  CHECK(limits[0].of == limit_of::cost);
  CHECK(limits[0].max.money);
  CHECK(limits[0].max.value == 5);
  CHECK(limits[0].per == period::day);
  CHECK(limits[0].by == limit_by::key);
  CHECK(limits[0].zone.empty());
  REQUIRE(limits[0].then);
  CHECK(limits[0].then->deny.at(0).tiers == std::vector{tier::remote});
  CHECK(limits[1].of == limit_of::requests);
  CHECK_FALSE(limits[1].max.money);
  CHECK(limits[1].max.value == 60);
  CHECK(limits[1].per == period::minute);
  CHECK_FALSE(limits[1].then);
}

TEST_CASE("amounts, zones and what is kept are read with their units") {
  const auto result = load_text(
      "version: 1\ntags: [batch]\n"
      "providers:\n  lab: {tier: self_hosted, preset: vllm, models: {m1: {price: free}}}\n"
      "limits:\n"
      "  - {name: a, of: tokens, max: 2M, per: month, by: team, zone: Europe/Berlin, when: {tag: batch}}\n"
      "  - {name: b, of: concurrent, max: 8, by: model}\n"
      "  - {name: c, of: cost, max: 0.25 USD, per: hour, by: tier}\n"
      "retain: {ledger: 90d, decisions: 30d}\n",
      "limits.yaml", "/nonexistent");
  INFO(result.found.render(diagnostics::style::plain));
  REQUIRE(result.value != nullptr);
  const auto& limits = result.value->limits;
  REQUIRE(limits.size() == 3);
  CHECK(limits[0].max.value == 2'000'000);
  CHECK(limits[0].per == period::month);
  CHECK(limits[0].by == limit_by::team);
  CHECK(limits[0].zone == "Europe/Berlin");
  CHECK(limits[0].when.kind != condition_kind::always);
  CHECK(limits[1].of == limit_of::concurrent);
  CHECK_FALSE(limits[1].per);
  CHECK(limits[2].max.value == 0.25);
  CHECK(limits[2].by == limit_by::tier);
  REQUIRE(result.value->retain);
  CHECK(result.value->retain->ledger == millis{90LL * 86'400'000});
  CHECK(result.value->retain->decisions == millis{30LL * 86'400'000});
}

TEST_CASE("the example's names, guards, rules, attempts and tests are bound") {
  const auto result = load_file(root + "/tests/unit/config/fixtures/design.yaml");
  REQUIRE(result.value != nullptr);
  const auto& c = *result.value;

  REQUIRE(c.models.size() == 4);
  CHECK(c.models[1].entries.size() == 3);
  CHECK(c.models[3].name == "*");
  CHECK(c.models[3].entries == std::vector<std::string>{"auto"});

  REQUIRE(c.guards.size() == 2);
  CHECK(c.guards[0].when.kind == condition_kind::test);
  CHECK(c.guards[0].when.test.fact == "privacy");
  REQUIRE(c.guards[0].when.test.any_of.size() == 1);
  CHECK(std::get<std::string>(c.guards[0].when.test.any_of[0]) == "private");
  CHECK(c.guards[0].allow.at(0).tiers == std::vector<tier>{tier::device, tier::self_hosted});
  CHECK(c.guards[1].deny.at(0).tiers == std::vector<tier>{tier::remote});
  REQUIRE(c.guards[1].unless);
  CHECK(c.guards[1].unless->test.fact == "key");

  REQUIRE(c.rules.size() == 4);
  CHECK(c.rules[0].when.test.any_of.size() == 2);
  CHECK(c.rules[1].when.kind == condition_kind::all);
  REQUIRE(c.rules[1].when.children.size() == 2);
  const auto& battery = std::get<number_test>(c.rules[1].when.children[0].test.any_of.at(0));
  CHECK(battery.op == compare_op::less);
  CHECK(battery.low == 20);
  CHECK(c.rules[2].when.children.at(1).test.fact == "bucket");
  CHECK(c.rules[2].prefer.at(0).at(0).targets == std::vector<std::string>{"homelab/qwen3-32b"});
  const auto& last = c.rules[3];
  CHECK(last.when.kind == condition_kind::always);
  REQUIRE(last.prefer.size() == 2);
  CHECK(last.prefer[0].size() == 2);
  CHECK(last.prefer[1].at(0).tiers == std::vector<tier>{tier::remote});
  CHECK(last.order == order_by::balanced);
  CHECK(last.min_quality == 1000);
  CHECK(last.price_cap->input == 3.0);
  CHECK(last.price_cap->output == 15.0);

  REQUIRE(c.attempts.size() == 2);
  CHECK(c.attempts[0].first_token->base == millis(700));
  CHECK(c.attempts[0].first_token->per_1k_input == millis(0));
  CHECK(c.attempts[0].stall == seconds(4));
  CHECK(c.attempts[0].race->after == millis(350));
  CHECK(c.attempts[0].race->with.at(0).tiers == std::vector<tier>{tier::device});
  CHECK(c.attempts[0].hand_over == continue_when::safe);
  CHECK(c.attempts[0].hold_back == 3U);
  CHECK_FALSE(c.attempts[0].total);
  CHECK(c.attempts[1].total == 4U);
  CHECK(c.attempts[1].same_target == 2U);
  CHECK(c.attempts[1].retry_after_max == seconds(3));
  CHECK(c.attempts[1].load == seconds(120));
  CHECK(c.attempts[1].first_token->per_1k_input == millis(600));
  CHECK(c.attempts[1].answer.self_hosted == minutes(3));
  CHECK(c.attempts[1].head_after == seconds(20));

  REQUIRE(c.stick);
  CHECK_FALSE(c.stick->time);

  REQUIRE(c.tests.size() == 1);
  CHECK(c.tests[0].given.size() == 3);
  CHECK(c.tests[0].target == "phone/qwen3-0.6b");
  CHECK(c.tests[0].rule == "offline");
  CHECK(c.tests[0].never.at(0).tiers == std::vector<tier>{tier::remote});
}

TEST_CASE("the order of the sections in the file does not matter") {
  const auto result = load_text(
      "rules:\n  - name: default\n    prefer: [lab/m1]\nmodels: {auto: lab/m1}\n"
      "providers:\n  lab: {tier: self_hosted, preset: vllm, models: [m1]}\nversion: 1\n",
      "f.yaml", "/");
  INFO(result.found.render(diagnostics::style::plain));
  CHECK(result.value != nullptr);
}

TEST_CASE("every order strategy is bound") {
  const std::vector<std::pair<std::string, order_by>> all{
      {"listed", order_by::listed},         {"price", order_by::price},     {"latency", order_by::latency},
      {"throughput", order_by::throughput}, {"quality", order_by::quality}, {"balanced", order_by::balanced}};
  for (const auto& [word, order] : all) {
    CHECK(good("rules:\n  - name: default\n    order: " + word + "\n")->rules[0].order == order);
  }
}

TEST_CASE("conditions nest any, not, lists, windows and headers") {
  const auto c = good(
      "tags: [voice]\nfacts: {mood: {type: name}, load: {type: number}}\nrules:\n  - name: all\n    when:\n"
      "      any: [{metered: true}, {not: {network: online, lan: up}}]\n"
      "      time: \"22:00-06:00 Europe/Berlin\"\n      weekday: [\"mon-fri Europe/Berlin\", sun]\n"
      "      header: {X-App: [\"glasses*\", exact]}\n      mood: [calm, brave]\n      load: \"0.5..2\"\n"
      "      input_tokens: \"> 8k\"\n      deadline: \"<= 2s\"\n      body_bytes: \">= 1MiB\"\n      model: "
      "\"claude-*\"\n"
      "  - name: default\n");
  const auto& when = c->rules[0].when;
  REQUIRE(when.kind == condition_kind::all);
  REQUIRE(when.children.size() == 10);
  const auto& any = when.children[0];
  REQUIRE(any.kind == condition_kind::any);
  REQUIRE(any.children.size() == 2);
  CHECK(std::get<bool>(any.children[0].test.any_of.at(0)));
  REQUIRE(any.children[1].kind == condition_kind::negate);
  REQUIRE(any.children[1].children.size() == 1);
  CHECK(any.children[1].children[0].kind == condition_kind::all);
  const auto& window = std::get<time_window>(when.children[1].test.any_of.at(0));
  CHECK(window.from_minute == 22 * 60);
  CHECK(window.to_minute == 6 * 60);
  CHECK(window.zone == "Europe/Berlin");
  CHECK(std::get<std::string>(when.children[2].test.any_of.at(0)) == "mon-fri Europe/Berlin");
  const auto& header = when.children[3].test;
  CHECK(header.fact == "header");
  REQUIRE(header.any_of.size() == 2);
  CHECK(std::get<header_test>(header.any_of[0]).name == "x-app");
  CHECK(std::get<header_test>(header.any_of[0]).value == "glasses");
  CHECK(std::get<header_test>(header.any_of[0]).prefix);
  CHECK_FALSE(std::get<header_test>(header.any_of[1]).prefix);
  CHECK(when.children[4].test.any_of.size() == 2);
  CHECK(std::get<number_test>(when.children[5].test.any_of.at(0)).high == 2);
  CHECK(std::get<number_test>(when.children[6].test.any_of.at(0)).low == 8000);
  CHECK(std::get<number_test>(when.children[7].test.any_of.at(0)).low == 2000);
  CHECK(std::get<number_test>(when.children[8].test.any_of.at(0)).low == 1048576);
  CHECK(std::get<std::string>(when.children[9].test.any_of.at(0)) == "claude-*");
}

TEST_CASE("selectors take maps, bare words, comparisons and both names of a target") {
  const auto c = good(
      "rules:\n  - name: default\n    only: [lab, {price: \"< 3 USD/M\", quality: \">= 1000\", retention: "
      "[none, 30d]}]\n"
      "    prefer: [lab/m2, two, {price: {output: \"<= 15 USD/M\"}}, {label: fast, region: [home]}]\n");
  const auto& r = c->rules[0];
  REQUIRE(r.only.size() == 2);
  CHECK(r.only[0].providers == std::vector<std::string>{"lab"});
  CHECK(r.only[1].price_input->low == 3);
  CHECK(r.only[1].price_output->op == compare_op::less);
  CHECK(r.only[1].quality->op == compare_op::greater_equal);
  CHECK(r.only[1].retentions == std::vector<std::string>{"none", "30d"});
  REQUIRE(r.prefer.size() == 4);
  CHECK(r.prefer[0].at(0).targets == std::vector<std::string>{"lab/two"});
  CHECK(r.prefer[1].at(0).models == std::vector<std::string>{"two"});
  CHECK_FALSE(r.prefer[2].at(0).price_input);
  CHECK(r.prefer[2].at(0).price_output->low == 15);
  CHECK(r.prefer[3].at(0).labels == std::vector<std::string>{"fast"});
}

TEST_CASE("a provider takes everything that the table lists") {
  const auto result = load_text(
      "version: 1\nproviders:\n  a:\n    tier: self_hosted\n    preset: openai-compatible\n    url: "
      "https://10.0.0.1/v1/\n"
      "    key: {file: keys/a}\n    retention: 30d\n    labels: [fast, eu]\n    concurrent: 2\n    queue: "
      "{max: 3, wait: 5s}\n"
      "    continuation: {kind: native, echo: maybe, trim: true, path: /beta/c, message: {prefix: true}, "
      "set: "
      "{top_k: 1}}\n"
      "    tls: {ca_file: ~/ca.pem}\n    models:\n      m:\n        max_output: 4Ki\n"
      "        price: {input: 3 USD/M, output: 15 USD/M, cached: 0.3 USD/M, cache_write: 3.75 USD/M, "
      "request: 0.01 USD}\n"
      "        can: {tools: true, images: false, audio: false, json: true, stream: true}\n"
      "        defaults: {temperature: 0.2, stop: [\"\\n\", null], name: \"010\"}\n"
      "  b: {tier: remote, preset: openai, key: client, models: [x, y/z:free]}\n"
      "server: {listen: [127.0.0.1:0, \"unix:/run/nearfar.sock\"], threads: 2, state: state, origins: "
      "[\"https://app.example:8443\"]}\n",
      "f.yaml", "/etc/nearfar");
  INFO(result.found.render(diagnostics::style::plain));
  REQUIRE(result.value != nullptr);
  const auto& a = result.value->providers[0];
  const std::string home = std::getenv("HOME");
  CHECK(a.url == "https://10.0.0.1/v1");
  CHECK(a.key.kind == secret_kind::file);
  CHECK(a.key.name == "/etc/nearfar/keys/a");
  CHECK(a.retention == "30d");
  CHECK(a.labels == std::vector<std::string>{"fast", "eu"});
  CHECK(a.queue->max == 3);
  CHECK(a.queue->wait == seconds(5));
  CHECK(a.tls->ca_file == home + "/ca.pem");
  REQUIRE(a.hand_over);
  CHECK(a.hand_over->kind == continuation_kind::native);
  CHECK(a.hand_over->echo == echo_habit::maybe);
  CHECK(a.hand_over->trim);
  CHECK(a.hand_over->path == "/beta/c");
  CHECK(a.hand_over->message.at(0).name == "prefix");
  CHECK(a.hand_over->set.at(0).json == "1");
  const auto& m = a.models.at(0);
  CHECK(m.max_output == 4096U);
  CHECK(m.cost->cached == 0.3);
  CHECK(m.cost->cache_write == 3.75);
  CHECK(m.cost->request == 0.01);
  CHECK(m.can.images == false);
  REQUIRE(m.defaults.size() == 3);
  CHECK(m.defaults[0].json == "0.2");
  CHECK(m.defaults[1].json == R"(["\n",null])");
  CHECK(m.defaults[2].json == R"("010")");
  const auto& b = result.value->providers[1];
  CHECK(b.key.kind == secret_kind::client);
  REQUIRE(b.models.size() == 2);
  CHECK(b.models[1].id == "y/z:free");
  CHECK(result.value->server.listen.size() == 2);
  CHECK(result.value->server.threads == 2U);
  CHECK(result.value->server.state == "/etc/nearfar/state");
}

TEST_CASE("a version in the url does no harm where the preset has it in its path") {
  const auto result = load_text(
      "version: 1\nproviders:\n  a: {tier: self_hosted, preset: vllm, url: \"http://10.0.0.1:8000/v1/\", "
      "models: [m]}\n",
      "f", "/");
  REQUIRE(result.value != nullptr);
  CHECK(result.value->providers[0].url == "http://10.0.0.1:8000");
}

TEST_CASE("paths start at the file's folder, whatever the working directory") {
  const temporary_folder folder;
  const auto path = folder.write("n.yaml",
                                 "version: 1\nproviders:\n  phone: {tier: device, runtime: {kind: "
                                 "llama-server}, models: {m: {file: ../m.gguf}}}\n");
  const auto result = load_file(path);
  REQUIRE(result.value != nullptr);
  CHECK(result.value->path == path);
  CHECK(result.value->folder == folder.path());
  CHECK(result.value->providers[0].models[0].file == "/tmp/m.gguf");
}

TEST_CASE("a file that cannot be read is one finding") {
  for (const std::string path : {"/nonexistent/nearfar.yaml", "/tmp"}) {
    const auto result = load_file(path);
    CHECK(result.value == nullptr);
    REQUIRE(result.found.all().size() == 1);
    CHECK(result.found.all()[0].code == "P001");
  }
}

TEST_CASE("the revision is the beginning of the text's SHA-256") {
  CHECK(good("")->revision.size() == 12);
  CHECK(good("")->revision == good("")->revision);
  CHECK(good("")->revision != good("# comment\n")->revision);
  const auto known = load_text("abc", "f", "/");
  CHECK(known.value == nullptr);
  const auto again = load_text("version: 1\nproviders: {}\n", "f", "/");
  REQUIRE(again.value != nullptr);
  CHECK(again.value->revision == "557108a1ee01");
}

TEST_CASE("a key file that others can read is a warning, and one of the owner's alone is none") {
  const temporary_folder folder;
  const auto key = folder.write("key", "secret\n");
  const std::string text =
      "version: 1\nproviders:\n  far: {tier: remote, preset: openai, key: {file: " + key +
      "}, models: [gpt-5.4-mini]}\n";
  REQUIRE(::chmod(key.c_str(), 0644) == 0);
  const auto open = load_text(text, "f", "/");
  REQUIRE(open.found.all().size() == 1);
  CHECK(open.found.all()[0].code == "P053");
  CHECK(open.found.all()[0].level == severity::warning);
  CHECK(open.value != nullptr);
  REQUIRE(::chmod(key.c_str(), 0600) == 0);
  CHECK(load_text(text, "f", "/").found.all().empty());
}

TEST_CASE("no literal key is ever quoted, in whatever place it was put", "[P3]") {
  const std::string literal = "Xy7-very-literal-KEY-000";
  const std::string head =
      "version: 1\nproviders:\n  far:\n    tier: remote\n    preset: openai\n    models: [gpt-5.4-mini]\n";
  for (const std::string& line :
       {"    key: " + literal, "    key: \"" + literal + "\"", "    key: [" + literal + "]",
        "    key: {env: " + literal + "}", "    key: {value: " + literal + "}", "    api_key: " + literal,
        "    password: " + literal, "    url: https://me:" + literal + "@api.example",
        "    key: |\n      " + literal}) {
    const auto result = load_text(head + line + "\n", "f", "/");
    INFO(line);
    CHECK(result.value == nullptr);
    CHECK(result.found.render(diagnostics::style::plain).find("literal-KEY") == std::string::npos);
    CHECK(result.found.render_json().find("literal-KEY") == std::string::npos);
  }
  const auto broken = load_text(head + "    key: sk-proj-aaaaaaaaaaaaaaaaaaaa: x\n", "f", "/");
  CHECK(broken.found.render(diagnostics::style::plain).find("aaaaaaaa") == std::string::npos);
}

TEST_CASE("plain http to a remote tier is refused unless it stays on this machine", "[P3]") {
  const auto codes = [](const std::string& url) {
    const auto result = load_text(
        "version: 1\nproviders:\n  far: {tier: remote, preset: openai-compatible, key: client, url: \"" +
            url + "\", models: [m]}\n",
        "f", "/");
    return result.value != nullptr;
  };
  CHECK(codes("https://api.example.com/v1"));
  CHECK(codes("http://127.0.0.1:9000/v1"));
  CHECK(codes("http://127.8.0.1:9000/v1"));
  CHECK(codes("http://localhost:9000/v1"));
  CHECK(codes("http://[::1]:9000/v1"));
  CHECK_FALSE(codes("http://api.example.com/v1"));
  CHECK_FALSE(codes("http://127.0.0.1.example.com/v1"));
  CHECK_FALSE(codes("http://192.168.1.20/v1"));
  CHECK_FALSE(codes("HTTP://api.example.com/v1"));
}

TEST_CASE("a guard may hang on privacy when raising it keeps the guard", "[P3]") {
  const auto loads = [](const std::string& when) {
    return load("guards:\n  - name: g\n    when: " + when + "\n    deny: {tier: remote}\n").value != nullptr;
  };
  CHECK(loads("{privacy: private}"));
  CHECK(loads("{privacy: [internal, private]}"));
  CHECK(loads("{not: {privacy: public}}"));
  CHECK(loads("{privacy: [public, internal, private]}"));
  CHECK_FALSE(loads("{privacy: internal}"));
  CHECK_FALSE(loads("{privacy: public}"));
  CHECK_FALSE(loads("{not: {privacy: private}}"));
  CHECK(loads("{not: {not: {privacy: private}}}"));
  CHECK(loads("{time: \"08:00-18:00 UTC\"}"));
  CHECK(loads("{network: offline, key: travel, team: x}"));
  CHECK_FALSE(loads("{tag: voice}"));
  CHECK_FALSE(loads("{any: [{privacy: private}, {tools: true}]}"));
}
