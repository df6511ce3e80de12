// Every preset against a server that keeps its vendor's rules: where it is asked, how the key travels, what
// comes back.
#include "tests/integration/preset_rows.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <set>

namespace nearfar::tests {
namespace {

namespace json = boost::json;

constexpr std::string_view chat_path = "/v1/chat/completions";
constexpr std::string_view messages_path = "/v1/messages";

std::string plain_chat(std::string_view model, bool stream) {
  return fmt::format(
      R"({{"model":"{}","stream":{},"max_tokens":100,"temperature":0.5,"seed":7,"messages":[)"
      R"({{"role":"developer","content":"Be brief."}},{{"role":"user","content":"How far is it?"}}]}})",
      model, stream);
}

std::string plain_messages(std::string_view model, bool stream) {
  return fmt::format(R"({{"model":"{}","stream":{},"max_tokens":100,"system":"Be brief.",)"
                     R"("messages":[{{"role":"user","content":"How far is it?"}}]}})",
                     model, stream);
}

std::string text_of_messages(const http_answer& a) {
  std::string out;
  if (!a.field("content-type").starts_with("text/event-stream")) {
    const auto body = json::parse(a.body);
    for (const auto& block : body.at("content").as_array()) out += block.at("text").as_string();
    return out;
  }
  for (const auto& e : support::events_of(a.body)) {
    if (e.comment) continue;
    const auto body = json::parse(e.data);
    const auto* text = at_pointer(body, "/delta/text");
    if (text != nullptr) out += text->as_string();
  }
  return out;
}

void check_place(const support::recorded_request& r, const expected_place& wanted, const preset_row& row) {
  CHECK(r.head.method == "POST");
  CHECK(r.head.target == wanted.target);
  CHECK(r.head.field(wanted.key) == key_line(wanted));
  // No other key: not the client's, and not this one twice.
  for (const std::string_view other : {"authorization", "x-api-key", "x-goog-api-key", "api-key"})
    CHECK(r.head.has(other) == (other == wanted.key));
  const bool anthropic = wanted.target.ends_with("/v1/messages");
  if (row.preset.starts_with("anthropic")) CHECK(r.head.field("anthropic-version") == "2023-06-01");
  if (!anthropic) CHECK_FALSE(r.head.has("anthropic-version"));
  CHECK(r.head.field("content-type") == "application/json");
  const auto body = json::parse(r.body);
  if (row.preset == "gemini") {
    CHECK_FALSE(body.as_object().contains("model"));
    CHECK(body.as_object().contains("contents"));
  } else {
    CHECK(body.at("model").as_string() == row.model);
    CHECK(body.as_object().contains("messages"));
  }
}

const header_list client_keys = {{"authorization", "Bearer of-the-client"}, {"x-api-key", "of-the-client"}};

TEST_CASE("every preset has a row of expectations, and every row a preset") {
  std::set<std::string_view> names;
  for (const auto& p : config::presets()) {
    names.insert(p.name);
    const auto& row = row_of(p.name);
    const auto scheme = p.url.find("://");
    const auto folder = scheme == std::string::npos ? std::string::npos : p.url.find('/', scheme + 3);
    if (!p.url.empty()) CHECK((folder == std::string::npos ? "" : p.url.substr(folder)) == row.folder);
    CHECK(p.models_path.empty() == row.list.target.empty());
  }
  for (const auto& row : preset_rows()) CHECK(names.contains(row.preset));
  CHECK(names.size() == preset_rows().size());
}

TEST_CASE("a chat query goes to each preset's place, with its key, and its answer comes back", "[P1]") {
  for (const auto form : {url_form::bare, url_form::sdk}) {
    preset_gateway all(form);
    for (const auto& row : preset_rows()) {
      all.vendor().set_default(as_vendor(row.preset));
      for (const bool stream : {false, true}) {
        INFO(row.preset << (stream ? " streamed" : " whole"));
        const auto a = all.ask(chat_path, plain_chat(row.preset, stream), client_keys);
        INFO(a.body);
        CHECK(a.status == 200);
        CHECK(a.complete);
        CHECK(answer_text(a) == default_text("vendor"));
        check_place(all.seen(), stream ? row.streamed : row.chat, row);
      }
    }
  }
}

TEST_CASE("a query of Anthropic's goes to each preset's place, with its key, and its answer comes back",
          "[P1]") {
  preset_gateway all;
  for (const auto& row : preset_rows()) {
    all.vendor().set_default(as_vendor(row.preset));
    for (const bool stream : {false, true}) {
      INFO(row.preset << (stream ? " streamed" : " whole"));
      auto fields = client_keys;
      fields.emplace_back("anthropic-version", "2023-06-01");
      const auto a = all.ask(messages_path, plain_messages(row.preset, stream), fields);
      INFO(a.body);
      CHECK(a.status == 200);
      CHECK(a.complete);
      CHECK(text_of_messages(a) == default_text("vendor"));
      check_place(all.seen(), stream && row.preset == "gemini" ? row.streamed : row.messages, row);
    }
  }
}

TEST_CASE("every preset that lists models is asked for the list at its place, with its key") {
  preset_gateway all(url_form::bare, "discover");
  for (const auto& row : preset_rows()) {
    if (row.list.target.empty()) continue;
    INFO(row.preset);
    all.vendor().set_default(as_vendor(row.preset));
    const auto model = fmt::format("{}/beta", row.preset);
    CHECK(eventually([&] { return all.ask(chat_path, plain_chat(model, false)).status == 200; }));
    bool listed = false;
    for (const auto& head : all.vendor().state().other_requests()) {
      if (head.target != row.list.target || head.field(row.list.key) != key_line(row.list)) continue;
      listed = listed || head.method == "GET";
    }
    CHECK(listed);
  }
}

}  // namespace
}  // namespace nearfar::tests
