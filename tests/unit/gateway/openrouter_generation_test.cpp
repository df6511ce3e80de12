// A generation and a key's usage as OpenRouter tells them, made of rows of the ledger.
#include "gateway/openrouter_generation.hpp"
#include "gateway/openrouter_key.hpp"
#include "tests/unit/gateway/ledger/temporary_folder.hpp"

#include <boost/json.hpp>

#include <catch2/catch_test_macros.hpp>

#include <vector>

using namespace nearfar;
using namespace nearfar::gateway;
using nearfar::tests::temporary_folder;

namespace {

namespace json = boost::json;

constexpr std::int64_t noon = 1'795'348'800;  // 2026-11-22T12:00:00Z, a Sunday
constexpr std::int64_t day = 86'400;
constexpr std::string_view query = "nfq-1a20320a200000123456789abcdef";

ledger_row row(unsigned attempt, std::string target, std::string outcome) {
  ledger_row out;
  out.at = noon * 1000;
  out.query = query;
  out.attempt = attempt;
  out.model = "auto";
  out.target = std::move(target);
  out.tier = "remote";
  out.outcome = std::move(outcome);
  out.took_us = 250'000;
  return out;
}

// One that failed, one whose stream broke, one that went on with it.
std::vector<ledger_row> continued() {
  std::vector<ledger_row> out{row(0, "phone/small", "server_error"), row(1, "far/vendor/huge", "broken"),
                              row(2, "homelab/medium", "answered")};
  out[0].at -= 2000;
  out[0].status = 503;
  out[1].at -= 1000;
  out[1].leg = 1;
  out[1].stream = true;
  out[1].tokens.input = 100;
  out[1].tokens.output = 10;
  out[1].cost = 540'000;
  out[1].first_token_us = 50'000;
  out[2].leg = 2;
  out[2].tokens.input = 110;
  out[2].tokens.output = 40;
  out[2].tokens.cached = 7;
  out[2].cost = 0;
  out[2].finish = "stop";
  out[2].first_token_us = 20'000;
  return out;
}

json::object told(std::span<const ledger_row> rows, std::string_view id) {
  return json::parse(generation_json(id, rows)).at("data").as_object();
}

}  // namespace

TEST_CASE("a generation's id holds its query's", "[openrouter]") {
  const auto id = generation_id(query, noon);
  CHECK(id == "gen-1795348800-1a20320a200000123456789abcdef");
  CHECK(query_of_generation(id) == query);
  CHECK(query_of_generation(query) == query);
  CHECK(query_of_generation("gen-0-0").empty());
  CHECK(query_of_generation("gen-").empty());
  CHECK(query_of_generation("' OR 1").empty());
}

TEST_CASE("a generation is the sum of its legs at the cost of all its attempts", "[openrouter][P4]") {
  auto rows = continued();
  const auto id = generation_id(query, noon - 3);
  auto data = told(rows, id);
  CHECK(data.at("id") == json::string(id));
  CHECK(data.at("request_id") == json::string(query));
  CHECK(data.at("provider_name") == "homelab");
  CHECK(data.at("native_finish_reason") == "stop");
  CHECK(data.at("tokens_prompt") == 210);
  CHECK(data.at("tokens_completion") == 50);
  CHECK(data.at("native_tokens_cached") == 7);
  CHECK(data.at("total_cost").to_number<double>() == 0.00054);
  CHECK(data.at("cancelled") == false);
  CHECK(data.at("generation_time").to_number<double>() == 2250);
  // The second attempt began 1000 ms after the first and said its first word 50 ms later.
  CHECK(data.at("latency").to_number<double>() == 1050);
  const auto& calls = data.at("provider_responses").as_array();
  REQUIRE(calls.size() == 3);
  CHECK(calls[0].at("status") == 503);
  CHECK(calls[1].at("status").is_null());
  CHECK(calls[1].at("model_permaslug") == "vendor/huge");
  CHECK(calls[2].at("status") == 200);
  // Asked by the query's id it has an id of its own, too.
  CHECK(told(rows, query).at("id").as_string().starts_with("gen-17953487"));
  rows[1].cost.reset();
  CHECK(told(rows, id).at("total_cost").is_null());
}

TEST_CASE("a query that nobody answered is told so", "[openrouter]") {
  std::vector<ledger_row> rows{row(0, "phone/small", "cancelled")};
  const auto data = told(rows, query);
  CHECK(data.at("provider_name").is_null());
  CHECK(data.at("finish_reason").is_null());
  CHECK(data.at("latency").is_null());
  CHECK(data.at("cancelled") == true);
  CHECK(data.at("total_cost").to_number<double>() == 0);
}

TEST_CASE("a key's usage is told by day, week and month, and what is left of its budget",
          "[openrouter][P4]") {
  temporary_folder folder;
  auto store = ledger_store::open(folder.file("ledger.db"), open_mode::read_write);
  REQUIRE(store.has_value());
  const auto spend = [&](std::string key, std::int64_t at, nano_usd cost) {
    auto one = row(0, "far/best", "answered");
    one.key = std::move(key);
    one.at = at * 1000;
    one.cost = cost;
    REQUIRE(store->add(std::vector{one}));
  };
  spend("anna", noon, 1);
  spend("anna", noon - 2 * 3600, 2);
  spend("anna", noon - 6 * day, 4);    // Monday
  spend("anna", noon - 7 * day, 8);    // the Sunday before
  spend("anna", noon - 22 * day, 16);  // October
  spend("ben", noon, 32);
  key_record anna;
  anna.name = "anna";
  anna.budget = key_budget{10, config::period::month};
  auto used = key_usage_of(*store, anna, noon);
  REQUIRE(used.has_value());
  CHECK(used->day == 3);
  CHECK(used->week == 7);
  CHECK(used->month == 15);
  CHECK(used->all == 31);
  auto data = json::parse(key_json(anna, *used)).at("data");
  CHECK(data.at("label") == "anna");
  CHECK(data.at("limit").to_number<double>() == 10e-9);
  CHECK(data.at("limit_remaining").to_number<double>() == 0);  // 15 of 10
  CHECK(data.at("limit_reset") == "monthly");
  CHECK(data.at("usage_weekly").to_number<double>() == 7e-9);
  anna.budget->per = config::period::hour;
  used = key_usage_of(*store, anna, noon + 60);
  CHECK(used->window == 1);
  const auto written = key_json(anna, {.all = 50'000'000, .day = 1, .week = 2'000'000'000, .month = 0});
  CHECK(written.find(R"("usage":0.05,"usage_daily":0.000000001,"usage_weekly":2,"usage_monthly":0,)") !=
        std::string::npos);
  const auto credits = json::parse(credits_json(anna, *used)).at("data");
  CHECK(credits.at("total_credits").to_number<double>() == 10e-9);
  CHECK(credits.at("total_usage").to_number<double>() == 1e-9);

  used = key_usage_of(*store, std::nullopt, noon);
  CHECK(used->all == 63);
  CHECK(json::parse(key_json(std::nullopt, *used)).at("data").at("limit").is_null());
  CHECK(json::parse(credits_json(std::nullopt, *used)).at("data").at("total_credits").is_null());
}
