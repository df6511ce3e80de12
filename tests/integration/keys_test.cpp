// Keys of callers: who is let in, what a key may ask for, and that what is changed holds at once.
#include "gateway/keys/key_edit.hpp"
#include "gateway/keys/key_file.hpp"
#include "tests/integration/gateway_under_test.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <ctime>
#include <filesystem>
#include <fstream>

namespace nearfar::tests {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::string key_file_of(const gateway_under_test& gw) {
  return gateway::key_file_in(gw.folder() + "/state");
}

// The key that the admin is shown.
std::string make(const gateway_under_test& gw, std::string_view wishes) {
  const auto a = gw.admin("POST", "/admin/keys", wishes);
  INFO(a.body);
  REQUIRE(a.status == 201);
  return std::string(json::parse(a.body).at("key").as_string());
}

// As the command line does it, beside the running gateway.
std::string make_by_hand(const gateway_under_test& gw, std::string name, std::string expires = {}) {
  gateway::key_wishes wishes;
  wishes.name = std::move(name);
  wishes.expires = std::move(expires);
  const auto made = gateway::create_key(key_file_of(gw), wishes, std::time(nullptr));
  REQUIRE(made.has_value());
  return std::string(made->key.reveal());
}

http_answer asked(const gateway_under_test& gw, std::string_view request) {
  auto client = gw.client();
  client.set_deadline(millis{30'000});
  client.send(request);
  return client.read_answer();
}

header_list with(std::string_view key) {
  return {{"authorization", fmt::format("Bearer {}", key)}};
}

constexpr std::string_view refused(std::string_view reason) {
  if (reason == "missing") return "nearfar_refused_keys_total{reason=\"missing\"}";
  if (reason == "unknown") return "nearfar_refused_keys_total{reason=\"unknown\"}";
  return "nearfar_refused_keys_total{reason=\"scope\"}";
}

constexpr std::string_view no_key = "nf-0000000000000000000000000000000000000000000";
constexpr std::string_view gemini_body = R"({"contents":[{"role":"user","parts":[{"text":"Hi"}]}]})";
constexpr std::string_view messages_body =
    R"({"model":"near","max_tokens":50,"messages":[{"role":"user","content":"Hi"}]})";

TEST_CASE("without keys nobody needs one, and with the first everybody does") {
  gateway_under_test gw;
  CHECK(gw.ask(chat("near")).status == 200);
  CHECK(contains(gw.admin("GET", "/readyz").body, R"("keys":{"needed":false,"valid":0})"));
  const auto key = make(gw, R"({"name":"anna"})");
  CHECK(contains(gw.admin("GET", "/readyz").body, R"("keys":{"needed":true,"valid":1})"));
  const auto before = gw.upstream_requests();
  const auto a = gw.ask(chat("near"));
  CHECK(a.status == 401);
  CHECK(error_field(a.body, "code") == "invalid_api_key");
  CHECK(contains(a.body, "x-nearfar-key"));
  CHECK(contains(a.body, "nearfar keys create"));
  CHECK(a.field("www-authenticate") == "Bearer");
  CHECK(gw.upstream_requests() == before);
  CHECK(gw.ask(chat("near"), with(key)).status == 200);
  CHECK(gw.metric(refused("missing")) == 1);
}

TEST_CASE("a key is taken from wherever a client's SDK puts it") {
  gateway_under_test gw;
  const auto key = make(gw, R"({"name":"anna"})");
  for (const auto* name : {"x-nearfar-key", "x-api-key", "x-goog-api-key"}) {
    INFO(name);
    CHECK(gw.ask(chat("near"), {{name, key}}).status == 200);
  }
  CHECK(gw.ask(chat("near"), {{"Authorization", "bearer " + key}}).status == 200);
  CHECK(asked(gw, support::post(fmt::format("/v1beta/models/near:generateContent?key={}", key), gemini_body))
            .status == 200);
  SECTION("the gateway's own header goes before the others") {
    CHECK(gw.ask(chat("near"), {{"authorization", "Bearer sk-mine"}, {"x-nearfar-key", key}}).status == 200);
    CHECK(gw.ask(chat("near"), {{"authorization", "Bearer " + key}, {"x-nearfar-key", "nf-wrong"}}).status ==
          401);
  }
  SECTION("and none of them goes upstream") {
    for (const auto& request : gw.device.requests()) {
      for (const auto& [name, value] : request.head.fields) CHECK(!contains(value, key));
      CHECK(!contains(request.head.target, key));
      CHECK(!contains(request.body, key));
    }
  }
}

TEST_CASE("every dialect hears of a bad key in its own words, and never the key") {
  gateway_under_test gw;
  make(gw, R"({"name":"anna"})");
  const auto at = [&](std::string_view path, std::string_view body, const header_list& fields) {
    auto a = asked(gw, support::post(path, body, fields));
    CHECK(!contains(a.body, no_key));
    return a;
  };
  const auto chat_answer = at("/v1/chat/completions", chat("near"), with(no_key));
  CHECK(chat_answer.status == 401);
  CHECK(error_field(chat_answer.body, "code") == "invalid_api_key");
  const auto responses = at("/v1/responses", R"({"model":"near","input":"Hi"})", with(no_key));
  CHECK(responses.status == 401);
  CHECK(error_field(responses.body, "code") == "invalid_api_key");
  const auto messages = at("/v1/messages", messages_body, {{"x-api-key", std::string(no_key)}});
  CHECK(messages.status == 401);
  CHECK(error_field(messages.body, "type") == "authentication_error");
  const auto counted = at("/v1/messages/count_tokens", messages_body, {});
  CHECK(counted.status == 401);
  const auto gemini =
      at("/v1beta/models/near:generateContent", gemini_body, {{"x-goog-api-key", std::string(no_key)}});
  CHECK(gemini.status == 400);
  CHECK(contains(gemini.body, "API_KEY_INVALID"));
  CHECK(contains(gemini.body, "API key not valid"));
  const auto nothing = at("/v1beta/models/near:generateContent", gemini_body, {});
  CHECK(nothing.status == 401);
  CHECK(error_field(nothing.body, "status") == "UNAUTHENTICATED");
  const auto openrouter = at("/api/v1/chat/completions", chat("near"), with(no_key));
  CHECK(openrouter.status == 401);
  CHECK(error_field(openrouter.body, "code") == "401");
  CHECK(gw.metric(refused("unknown")) == 5);
  CHECK(gw.upstream_requests() == 0);
}

TEST_CASE("lists, prewarms and cancels need a key too; health does not") {
  gateway_under_test gw;
  const auto key = make(gw, R"({"name":"anna"})");
  for (const auto* path : {"/v1/models", "/v1/models/near", "/api/v1/models", "/api/v1/key"}) {
    INFO(path);
    CHECK(asked(gw, support::get(path)).status == 401);
    CHECK(asked(gw, support::get(path, with(key))).status == 200);
    CHECK(asked(gw, support::get(fmt::format("{}?key={}", path, key))).status == 200);
  }
  CHECK(asked(gw, support::post("/v1/prewarm", chat("near"))).status == 401);
  CHECK(asked(gw, support::post("/v1/prewarm", chat("near"), with(key))).status == 200);
  CHECK(asked(gw, "DELETE /v1/queries/none HTTP/1.1\r\nhost: localhost\r\n\r\n").status == 401);
  for (const auto* path : {"/healthz", "/readyz", "/"}) CHECK(asked(gw, support::get(path)).status == 200);
  CHECK(asked(gw, "OPTIONS /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\n\r\n").status == 204);
  CHECK(gw.admin("POST", "/admin/prewarm", chat("near")).status == 200);
}

TEST_CASE("of a stranger's body nothing is read") {
  gateway_under_test gw;
  make(gw, R"({"name":"anna"})");
  auto client = gw.client();
  client.send("POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000000\r\n\r\n{");
  CHECK(client.read_answer().status == 401);
}

TEST_CASE("a key asks for its models, tags and tiers, and for nothing else") {
  policy_text policy;
  policy.tags = "voice, hush";
  gateway_under_test gw(policy);
  const auto key =
      make(gw, R"({"name":"anna","models":["near","auto","vendor/*"],"tiers":["device","remote"]})");
  const auto quiet = make(gw, R"({"name":"quiet","tags":["hush"]})");
  CHECK(gw.ask(chat("near"), with(key)).status == 200);
  CHECK(gw.ask(chat("vendor/large"), with(key)).status == 200);
  const auto a = gw.ask(chat("home"), with(key));
  CHECK(a.status == 403);
  CHECK(error_field(a.body, "code") == "model_not_allowed");
  CHECK(contains(a.body, "near, auto, vendor/*"));
  const auto wished = gw.ask(
      R"({"model":"near","models":["near","home"],"messages":[{"role":"user","content":"Hi"}]})", with(key));
  CHECK(wished.status == 403);
  CHECK(contains(wished.body, "`home`"));
  const auto listed = asked(gw, support::get("/v1/models", with(key))).body;
  CHECK(contains(listed, R"("near")"));
  CHECK(contains(listed, R"("vendor/large")"));
  CHECK(!contains(listed, R"("home")"));
  CHECK(asked(gw, support::get("/v1/models/home", with(key))).status == 404);
  CHECK(asked(gw, support::get("/v1/models/near", with(key))).status == 200);
  // `far` has a target in a tier that the second key lacks, `home` none else.
  const auto near_only = make(gw, R"({"name":"ben","tiers":["device"]})");
  const auto few = asked(gw, support::get("/v1/models", with(near_only))).body;
  CHECK(contains(few, R"("auto")"));
  CHECK(contains(few, R"("phone/small")"));
  CHECK(!contains(few, R"("home")"));
  CHECK(!contains(few, R"("vendor/large")"));
  CHECK(asked(gw, support::get("/v1/models/home", with(near_only))).status == 404);
  SECTION("OpenRouter's lists have what it may use, and say of a name what holds of that") {
    const auto get_as = [&](std::string_view who, std::string_view path) {
      return asked(gw, support::get(path, with(who)));
    };
    for (const auto& who : {key, near_only}) {
      const auto ours = json::parse(get_as(who, "/v1/models").body).at("data").as_array();
      const auto page = json::parse(get_as(who, "/api/v1/models").body);
      const auto& theirs = page.at("data").as_array();
      REQUIRE(theirs.size() == ours.size());
      for (std::size_t i = 0; i < ours.size(); ++i) CHECK(theirs[i].at("id") == ours[i].at("id"));
      CHECK(page.at("total_count").to_number<std::size_t>() == ours.size());
      const auto count = json::parse(get_as(who, "/api/v1/models/count").body);
      CHECK(count.at("data").at("count").to_number<std::size_t>() == ours.size());
      CHECK(get_as(who, "/api/v1/model/home").status == 404);
      CHECK(get_as(who, "/api/v1/models/home/endpoints").status == 404);
    }
    const auto endpoints = [&](std::string_view who) {
      std::vector<std::string> out;
      const auto body = json::parse(get_as(who, "/api/v1/models/auto/endpoints").body);
      for (const auto& one : body.at("data").at("endpoints").as_array())
        out.emplace_back(one.at("tag").as_string());
      return out;
    };
    CHECK(endpoints(near_only) == std::vector<std::string>{"phone/small"});
    CHECK(endpoints(key) == std::vector<std::string>{"phone/small", "vendor/large"});
    CHECK(contains(get_as(near_only, "/api/v1/endpoints/zdr").body, R"("phone/small")"));
    // A target that no name of the key leads to is none of its own.
    const auto homely = make(gw, R"({"name":"carl","models":["home"]})");
    CHECK(!contains(get_as(homely, "/api/v1/endpoints/zdr").body, R"("phone/small")"));
  }
  SECTION("a tier that it lacks is none of its targets, whatever fails") {
    behaviour down;
    down.status = 500;
    gw.device.set_default(down);
    CHECK(gw.ask(chat("auto"), with(key)).field("x-nearfar-target") == "vendor/large");
    CHECK(gw.self_hosted.counters().requests == 0);
  }
  SECTION("a tag that it may not send") {
    const header_list fields{{"x-nearfar-key", quiet}, {"x-nearfar-tag", "voice"}};
    const auto said = gw.ask(chat("near"), fields);
    CHECK(said.status == 403);
    CHECK(error_field(said.body, "code") == "tag_not_allowed");
    CHECK(gw.ask(chat("near"), {{"x-nearfar-key", quiet}}).status == 200);
  }
  CHECK(gw.metric(refused("scope")) >= 2);
}

TEST_CASE("a key's privacy is a floor that no header lowers", "[P3]") {
  gateway_under_test gw;
  const auto key = make(gw, R"({"name":"clinic","privacy":"private"})");
  for (const auto* said : {"public", "internal"}) {
    const header_list fields{{"x-nearfar-key", key}, {"x-nearfar-privacy", said}};
    CHECK(gw.ask(chat("far"), fields).status == 403);
    CHECK(gw.ask(chat("auto"), fields).status == 200);
  }
  CHECK(gw.remote.counters().bytes_in == 0);
  const auto open = make(gw, R"({"name":"open","privacy":"public"})");
  CHECK(gw.ask(chat("far"), {{"x-nearfar-key", open}, {"x-nearfar-privacy", "private"}}).status == 403);
  CHECK(gw.ask(chat("far"), {{"x-nearfar-key", open}}).status == 200);
}

TEST_CASE("rotated, revoked and expired keys end at once, also on a connection that was open") {
  policy_text policy;
  policy.threads = 2;
  gateway_under_test gw(policy);
  const auto key = make(gw, R"({"name":"anna"})");
  auto client = gw.client();
  const auto ask = [&](std::string_view with_key) {
    client.send(support::post("/v1/chat/completions", chat("near"), with(with_key)));
    return client.read_answer();
  };
  REQUIRE(ask(key).status == 200);
  SECTION("rotated") {
    const auto a = gw.admin("POST", "/admin/keys/anna/rotate");
    REQUIRE(a.status == 200);
    const std::string next(json::parse(a.body).at("key").as_string());
    CHECK(ask(key).status == 401);
    CHECK(ask(next).status == 200);
  }
  SECTION("revoked, and then nobody may ask") {
    REQUIRE(gw.admin("DELETE", "/admin/keys/anna").status == 200);
    const auto a = ask(key);
    CHECK(a.status == 401);
    CHECK(contains(a.body, "revoked"));
    CHECK(gw.ask(chat("near")).status == 401);
    CHECK(contains(gw.admin("GET", "/readyz").body, R"("keys":{"needed":true,"valid":0})"));
  }
  SECTION("expired: the moment passes without an edit") {
    auto keys = gateway::read_keys(key_file_of(gw));
    REQUIRE(keys.has_value());
    keys->front().expires = std::time(nullptr) - 1;
    std::ofstream(key_file_of(gw)) << gateway::write_key_json(*keys);
    http_answer a;
    CHECK(eventually([&] { return (a = ask(key)).status == 401; }));
    CHECK(contains(a.body, "expired"));
  }
}

TEST_CASE("what `nearfar keys` does beside a running gateway holds without a restart") {
  gateway_under_test gw;
  const auto key = make_by_hand(gw, "anna");
  CHECK(eventually([&] { return gw.ask(chat("near")).status == 401; }));
  CHECK(gw.ask(chat("near"), with(key)).status == 200);
  REQUIRE(gateway::revoke_key(key_file_of(gw), "anna").has_value());
  CHECK(eventually([&] { return gw.ask(chat("near"), with(key)).status == 401; }));
}

TEST_CASE("a broken file of keys locks nobody out and lets nobody in, and is told") {
  gateway_under_test gw;
  const auto key = make(gw, R"({"name":"anna"})");
  const auto path = key_file_of(gw);
  std::ifstream file(path);
  const std::string good(std::istreambuf_iterator<char>(file), {});
  SECTION("broken") {
    std::ofstream(path) << "{\"keys\": [";
  }
  SECTION("gone") {
    fs::remove(path);
  }
  CHECK(eventually([&] { return gw.metric("nearfar_key_file_in_force") == 0; }));
  CHECK(contains(gw.admin("GET", "/readyz").body, "keys.json"));
  CHECK(gw.ask(chat("near"), with(key)).status == 200);
  CHECK(gw.ask(chat("near")).status == 401);
  std::ofstream(path) << good;
  CHECK(eventually([&] { return gw.metric("nearfar_key_file_in_force") == 1; }));
  CHECK(!contains(gw.admin("GET", "/readyz").body, "keys.json"));
}

TEST_CASE("a start with a broken file of keys is refused, with the file and the cure") {
  gateway_under_test gw;
  const auto folder = gw.folder() + "/state-of-another";
  fs::create_directory(folder);
  std::ofstream(gateway::key_file_in(folder)) << "{\"keys\": 3}";
  std::string why;
  CHECK(gw.another("127.0.0.1:0", why) == nullptr);
  CHECK(contains(why, gateway::key_file_in(folder)));
  CHECK(contains(why, "nearfar keys create"));
}

TEST_CASE("an address that others can reach is listened at where there is a valid key") {
  gateway_under_test gw;
  const auto folder = gw.folder() + "/state-of-another";
  fs::create_directory(folder);
  const auto file = gateway::key_file_in(folder);
  std::string why;
  CHECK(gw.another("0.0.0.0:0", why) == nullptr);
  CHECK(contains(why, "nearfar keys create"));
  gateway::key_wishes wishes;
  wishes.name = "anna";
  const auto made = gateway::create_key(file, wishes, std::time(nullptr));
  REQUIRE(made.has_value());
  why.clear();
  const auto open = gw.another("0.0.0.0:0", why);
  INFO(why);
  REQUIRE(open != nullptr);
  const auto& bound = open->addresses().front();
  const auto there = "127.0.0.1" + bound.substr(bound.rfind(':'));
  const auto ask = [&](const header_list& fields) {
    raw_client client(there);
    client.send(support::post("/v1/chat/completions", chat("near"), fields));
    return client.read_answer().status;
  };
  CHECK(ask(with(made->key.reveal())) == 200);
  CHECK(ask({}) == 401);
  // The last key goes, the listener stays: nobody is served.
  REQUIRE(gateway::revoke_key(file, "anna").has_value());
  CHECK(eventually([&] { return ask(with(made->key.reveal())) == 401; }));
  CHECK(ask({}) == 401);
}

TEST_CASE("the admin sees what a key may do and never its secret") {
  gateway_under_test gw;
  const auto key = make(gw, R"({"name":"anna","budget":"5 USD/month","rate":"60/minute","team":"field",
                               "models":["near"],"privacy":"private","expires":"30d"})");
  const auto all = gw.admin("GET", "/admin/keys");
  CHECK(all.status == 200);
  CHECK(!contains(all.body, key));
  const auto one = json::parse(all.body).at("keys").at(0);
  CHECK(one.at("name").as_string() == "anna");
  CHECK(one.at("hint").as_string() == key.substr(key.size() - 4));
  CHECK(one.at("state").as_string() == "valid");
  CHECK(one.at("budget").as_string() == "5 USD/month");
  CHECK(one.at("rate").as_string() == "60/minute");
  CHECK(one.at("privacy").as_string() == "private");
  CHECK(one.at("expires").is_string());
  const auto changed = gw.admin("PATCH", "/admin/keys/anna", R"({"models":["home"],"budget":"none"})");
  CHECK(changed.status == 200);
  CHECK(json::parse(changed.body).at("budget").is_null());
  CHECK(gw.ask(chat("near"), with(key)).status == 403);
  CHECK(gw.ask(chat("home"), with(key)).status == 200);
  for (const auto& [method, path, body, status, word] :
       std::vector<std::tuple<const char*, const char*, const char*, int, const char*>>{
           {"POST", "/admin/keys", R"({"name":"anna"})", 409, "rotate"},
           {"POST", "/admin/keys", R"({"name":"an na"})", 400, "name"},
           {"POST", "/admin/keys", R"({"budget":"5 USD/day"})", 400, "`name`"},
           {"POST", "/admin/keys", R"({"name":"b","budget":"five"})", 400, "5 USD/month"},
           {"POST", "/admin/keys", R"({"name":"b","bugdet":"5 USD/day"})", 400, "`bugdet`"},
           {"POST", "/admin/keys", "[]", 400, "JSON object"},
           {"PATCH", "/admin/keys/anna", R"({"models":[]})", 400, R"([\"*\"])"},
           {"PATCH", "/admin/keys/anna", R"({"models":["hom"]})", 400, "did you mean `home`?"},
           {"POST", "/admin/keys", R"({"name":"b","models":["nope-at-all"]})", 400, "no model `nope-at-all`"},
           {"POST", "/admin/keys", R"({"name":"b","tiers":["remte"]})", 400, "did you mean `remote`?"},
           {"POST", "/admin/keys", R"({"name":"b","tags":["voise"]})", 400, "no tag `voise`"},
           {"PATCH", "/admin/keys/anna", R"({"name":null})", 400, "`name` takes a text"},
           {"PATCH", "/admin/keys/anna", R"({"name":"ben"})", 400, "cannot change"},
           {"PATCH", "/admin/keys/ben", R"({"team":"x"})", 404, "GET /admin/keys"},
           {"DELETE", "/admin/keys/ben", "", 404, "ben"},
           {"PUT", "/admin/keys/anna", "{}", 405, "PATCH"},
       }) {
    INFO(method << ' ' << path << ' ' << body);
    const auto a = gw.admin(method, path, body);
    CHECK(a.status == status);
    CHECK(contains(a.body, word));
  }
}

TEST_CASE("logs name the key and hold no secret") {
  policy_text policy;
  policy.more = "decisions: {}\n";
  gateway_under_test gw(policy);
  const auto key = make(gw, R"({"name":"anna","team":"field"})");
  REQUIRE(gw.ask(chat("near"), with(key)).status == 200);
  const auto decisions = gw.folder() + "/state/decisions";
  std::string text;
  const auto logged = [&] {
    text.clear();
    for (const auto& one : fs::recursive_directory_iterator(gw.folder() + "/state")) {
      if (!one.is_regular_file()) continue;
      std::ifstream file(one.path());
      text.append(std::istreambuf_iterator<char>(file), {});
    }
    return contains(text, R"("key":"anna")");
  };
  CHECK(eventually(logged));
  CHECK(!contains(text, key));
}

TEST_CASE("the same words by another key are another conversation") {
  policy_text policy;
  policy.more = "decisions: {}\n";
  gateway_under_test gw(policy);
  const auto anna = make(gw, R"({"name":"anna"})");
  const auto ben = make(gw, R"({"name":"ben"})");
  for (const auto& key : {anna, ben, anna}) REQUIRE(gw.ask(chat("near"), with(key)).status == 200);
  std::vector<std::string> conversations;
  const auto logged = [&] {
    conversations.clear();
    std::ifstream file(gw.folder() + "/state/decisions.jsonl");
    for (std::string line; std::getline(file, line);) {
      boost::system::error_code half_written;
      const auto one = json::parse(line, half_written);
      if (half_written) return false;
      conversations.emplace_back(one.at("query").at("conversation").as_string());
    }
    return conversations.size() == 3;
  };
  REQUIRE(eventually(logged));
  CHECK(conversations[0] != conversations[1]);
  CHECK(conversations[0] == conversations[2]);
}

TEST_CASE("a query is ended by its id with the key that began it, and with no other") {
  policy_text policy;
  policy.attempts = "first_token: 60s, stall: 60s";
  policy.answer = "{device: 60s, self_hosted: 60s, remote: 60s}";
  gateway_under_test gw(policy);
  behaviour halts;
  halts.break_with = break_kind::stall;
  halts.after = 3;
  gw.device.set_default(halts);
  const auto anna = make(gw, R"({"name":"anna"})");
  const auto ben = make(gw, R"({"name":"ben"})");
  auto running = gw.client();
  running.send(support::post("/v1/chat/completions", chat_stream("near"), with(anna)));
  const std::string id(running.read_head().field("x-nearfar-id"));
  REQUIRE(running.read_event());
  const auto end = [&](std::string_view key) {
    return asked(gw,
                 fmt::format("DELETE /v1/queries/{} HTTP/1.1\r\nhost: localhost\r\nx-nearfar-key: {}\r\n\r\n",
                             id, key))
        .status;
  };
  CHECK(end(ben) == 404);
  CHECK(end(anna) == 204);
}

}  // namespace
}  // namespace nearfar::tests
