#include "gateway/simple_answer.hpp"

#include "gateway/admin_policy.hpp"
#include "gateway/admin_targets.hpp"
#include "gateway/core.hpp"
#include "gateway/keys/key_keeper.hpp"
#include "gateway/ledger/ledger_metrics.hpp"
#include "gateway/model_discovery.hpp"
#include "gateway/reloader.hpp"
#include "gateway/utc_text.hpp"
#include "providers/dialects/openai_chat/error_writer.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

namespace nearfar::gateway {

namespace {

using providers::openai_chat::append_json_string;

void append_list(std::string& out, std::string_view name, const auto& items, auto&& append) {
  out += fmt::format(",\"{}\":[", name);
  bool first = true;
  for (const auto& item : items) {
    if (!first) out += ',';
    first = false;
    append(item);
  }
  out += ']';
}

// What the providers with `models: discover` have listed, and why the last look came to nothing.
std::vector<std::string> discovered_now(const core& on) {
  std::vector<std::string> out;
  for (const auto& provider : on.deployed->config->providers) {
    if (!provider.discover) continue;
    auto& text = out.emplace_back("{\"provider\":");
    append_json_string(text, provider.name);
    text += fmt::format(",\"models\":{}", provider.models.size());
    if (provider.listed_at) text += fmt::format(",\"listed_at\":\"{}\"", utc_text(*provider.listed_at));
    if (const auto why = on.shared.discovery->complaint(provider.name); !why.empty()) {
      text += ",\"why\":";
      append_json_string(text, why);
    }
    text += '}';
  }
  return out;
}

}  // namespace

simple_answer simple_error(int status, std::string_view code, std::string_view message) {
  return {status, "application/json", providers::openai_chat::error_body(status, code, message), {}};
}

providers::task<after_answer> send_simple(client_connection& client, const request_head* head,
                                          simple_answer what) {
  std::string out;
  start_head(out, what.status);
  // RFC 9110, 8.6: a 204 has no Content-Length.
  if (what.status != 204) {
    add_field(out, "content-type", what.type);
    add_field(out, "content-length", what.body.size());
  }
  for (const auto& [name, value] : what.fields) add_field(out, name, value);
  const bool drained = client.on().shared.draining.load(std::memory_order_relaxed);
  const bool refuses_body = what.status == 413 || (head && head->expect_continue && what.status >= 400);
  auto after =
      head && head->keep_alive && !drained && !refuses_body ? after_answer::keep_alive : after_answer::close;
  if (head && !head->origin.empty() && client.came_by().takes_origin(head->origin)) {
    add_field(out, "access-control-allow-origin", head->origin);
    add_field(out, "vary", "origin");
  }
  if (after == after_answer::close) {
    add_field(out, "connection", "close");
  } else if (head->version < 11) {
    add_field(out, "connection", "keep-alive");
  }
  end_head(out);
  if (!head || head->method != "HEAD") out += what.body;
  const providers::asio::const_buffer one(out.data(), out.size());
  const bool sent = co_await client.write(std::span(&one, 1));
  co_return sent ? after : after_answer::close;
}

simple_answer preflight() {
  return {204,
          "text/plain",
          "",
          {{"access-control-allow-methods", "GET, POST, DELETE, OPTIONS"},
           {"access-control-allow-headers",
            "authorization, x-api-key, x-goog-api-key, anthropic-version, anthropic-beta, content-type, "
            "x-nearfar-key, x-nearfar-privacy, x-nearfar-tag, "
            "x-nearfar-deadline-ms, x-nearfar-first-token-ms, x-nearfar-max-cost-usd, x-nearfar-supersedes"},
           {"access-control-max-age", "600"}}};
}

simple_answer model_entry(const deployment& of, std::string_view id) {
  const auto& names = of.policy->public_names();
  const bool is_name = std::find(names.begin(), names.end(), id) != names.end();
  const auto target = std::find_if(of.targets.begin(), of.targets.end(),
                                   [&](const auto& t) { return t.name == id && t.absent_why.empty(); });
  if (!is_name && target == of.targets.end()) {
    return simple_error(404, "model_not_found",
                        fmt::format("no model `{}` here; GET /v1/models lists them", id));
  }
  std::string out = R"({"id":)";
  append_json_string(out, id);
  out += R"(,"object":"model","created":0,"owned_by":)";
  append_json_string(out, is_name ? std::string_view("nearfar") : std::string_view(target->from->name));
  out += '}';
  return {200, "application/json", std::move(out), {}};
}

simple_answer readiness(const core& on) {
  const auto& of = *on.deployed;
  const bool draining = on.shared.draining.load(std::memory_order_relaxed);
  std::string out = draining ? R"({"status":"draining","policy":)" : R"({"status":"ready","policy":)";
  append_json_string(out, of.policy->revision());
  append_list(out, "targets", of.report.targets, [&](const auto& t) { append_json_string(out, t); });
  append_list(out, "absent", of.report.absent, [&](const auto& a) {
    out += R"({"provider":)";
    append_json_string(out, a.name);
    out += R"(,"why":)";
    append_json_string(out, a.why);
    out += '}';
  });
  const auto news = on.shared.reloads->news();
  auto warnings = of.report.warnings;
  warnings.insert(warnings.end(), news->warnings.begin(), news->warnings.end());
  if (auto why = on.shared.keys->complaint(); !why.empty()) warnings.push_back(std::move(why));
  if (auto bad = ledger_warning(on.shared.bill.health()); !bad.empty()) warnings.push_back(std::move(bad));
  if (const auto& why = on.shared.spend_unknown; !why.empty())
    warnings.push_back("what was spent before this start is not known, so limits count from nothing: " + why);
  append_list(out, "warnings", warnings, [&](const auto& w) { append_json_string(out, w); });
  append_list(out, "discovered", discovered_now(on), [&](const auto& d) { out += d; });
  append_list(out, "switched", switched_now(on), [&](const auto& s) { out += s; });
  append_list(out, "restart_pending", news->restart_pending,
              [&](const auto& w) { append_json_string(out, w); });
  const auto keys = on.shared.keys->ring();
  out += fmt::format(",\"keys\":{{\"needed\":{},\"valid\":{}}}", !keys->empty(),
                     valid_keys(*keys, std::time(nullptr)));
  out += ",\"reload\":" + reload_json(*on.shared.reloads);
  out += '}';
  return {draining ? 503 : 200, "application/json", std::move(out), {}};
}

simple_answer unknown_path(std::string_view path) {
  if (path.starts_with("/v1/responses/") || path.starts_with("/v1/conversations")) {
    return simple_error(404, "not_supported",
                        "answers are not stored: POST /v1/responses with the whole conversation in `input`");
  }
  if (path.ends_with(":embedContent") || path.ends_with(":batchEmbedContents")) {
    return simple_error(404, "not_supported", "use POST /v1/embeddings");
  }
  constexpr std::array<std::string_view, 4> never{"/v1/assistants", "/v1/threads", "/v1/files",
                                                  "/v1/batches"};
  if (std::any_of(never.begin(), never.end(), [&](auto p) { return path.starts_with(p); })) {
    return simple_error(404, "not_supported",
                        fmt::format("nothing is stored here, so {} is not served; use POST /v1/responses or "
                                    "/v1/chat/completions",
                                    path));
  }
  return simple_error(
      404, "unknown_path",
      fmt::format("nothing is served at {}; use POST /v1/chat/completions or GET /v1/models", path));
}

}  // namespace nearfar::gateway
