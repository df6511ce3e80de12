#include "gateway/admin.hpp"

#include "gateway/admin_keys.hpp"
#include "gateway/admin_policy.hpp"
#include "gateway/admin_targets.hpp"
#include "gateway/admin_usage.hpp"
#include "gateway/answer_elsewhere.hpp"
#include "gateway/core.hpp"
#include "gateway/event_hub.hpp"
#include "gateway/keys/key_keeper.hpp"
#include "gateway/ledger/ledger_metrics.hpp"
#include "gateway/prewarm.hpp"
#include "gateway/reloader.hpp"
#include "gateway/shadow.hpp"
#include "gateway/simulation_desk.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"
#include "providers/os/clock.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <functional>

namespace nearfar::gateway {

namespace {

namespace json = boost::json;
using providers::openai_chat::append_json_string;

bool token_matches(const config::secret& token, const request_head& head) {
  for (const auto& field : head.fields) {
    if (field.name.size() != 13 || strncasecmp(field.name.data(), "authorization", 13) != 0) continue;
    constexpr std::string_view scheme = "Bearer ";
    if (field.value.size() < scheme.size() ||
        strncasecmp(field.value.data(), scheme.data(), scheme.size()) != 0) {
      return false;
    }
    const auto given = field.value.substr(scheme.size());
    const auto wanted = token.reveal();
    return given.size() == wanted.size() && CRYPTO_memcmp(given.data(), wanted.data(), wanted.size()) == 0;
  }
  return false;
}

// {"network": "offline", "worn": true, "expires_in_s": 60}; null takes a reading back.
std::string read_push(std::string_view body, std::vector<fact_store::push>& out) {
  boost::system::error_code ec;
  const auto parsed = json::parse(json::string_view(body.data(), body.size()), ec);
  if (ec || !parsed.is_object())
    return R"(the body must be a JSON object such as {"network": "offline", "expires_in_s": 60})";
  std::optional<routes::millis> expires;
  if (const auto* seconds = parsed.as_object().if_contains("expires_in_s")) {
    const double value = seconds->is_number() ? seconds->to_number<double>() : 0;
    if (value <= 0 || value > 1e9) return "`expires_in_s` takes a positive number of seconds";
    expires = routes::millis(static_cast<std::int64_t>(value * 1000));
  }
  for (const auto& [name, value] : parsed.as_object()) {
    if (name == "expires_in_s") continue;
    auto& push = out.emplace_back();
    push.name = std::string(name);
    push.expires_in = expires;
    if (value.is_bool()) {
      push.value = value.as_bool();
    } else if (value.is_number()) {
      push.value = value.to_number<double>();
    } else if (value.is_string()) {
      push.value = std::string(value.as_string());
    } else if (!value.is_null()) {
      return fmt::format("`{}` takes a boolean, a number, a text, or null to take it back",
                         std::string(name));
    }
  }
  return "";
}

simple_answer facts_answer(core& on, const request_head& head, std::string_view body) {
  const auto now = providers::boot_now();
  if (head.method == "GET") return {200, "application/json", on.shared.facts.to_json(now), {}};
  if (head.method != "PUT") return simple_error(405, "method_not_allowed", "GET or PUT /admin/facts");
  std::vector<fact_store::push> readings;
  auto wrong = read_push(body, readings);
  if (wrong.empty()) wrong = on.shared.facts.set(readings, now);
  if (!wrong.empty()) return simple_error(400, "invalid_fact", wrong);
  return {200, "application/json", on.shared.facts.to_json(now), {}};
}

simple_answer device_answer(const core& on) {
  std::string out = "[";
  for (const auto& model : on.shared.device.all()) {
    if (out.size() > 1) out += ',';
    out += "{\"target\":";
    append_json_string(out, model.target);
    out += fmt::format(",\"state\":\"{}\",\"pid\":{},\"busy\":{},\"failures\":{},\"last_failure\":",
                       providers::to_string(model.state), model.pid, model.busy, model.failures);
    append_json_string(out, model.last_failure);
    out += '}';
  }
  out += ']';
  return {200, "application/json", std::move(out), {}};
}

std::string decision_metrics(const decision_log& of) {
  std::string out = fmt::format(
      "# HELP nearfar_decisions_lost_total batches or lines of the decision log that a disk did not take\n"
      "# TYPE nearfar_decisions_lost_total counter\nnearfar_decisions_lost_total {}\n",
      of.lost());
  if (const auto beside = of.shadow()) {
    const auto counts = beside->counts();
    out += fmt::format(
        "# HELP nearfar_shadow_total decisions that the shadow policy judged too\n"
        "# TYPE nearfar_shadow_total counter\n"
        "nearfar_shadow_total{{result=\"agree\"}} {}\nnearfar_shadow_total{{result=\"differ\"}} {}\n"
        "nearfar_shadow_total{{result=\"undecidable\"}} {}\n",
        counts.agree, counts.differ, counts.undecidable);
  }
  return out;
}

simple_answer metrics_answer(const core& on) {
  std::vector<const core_metrics*> all;
  for (const auto& one : on.shared.cores) all.push_back(&one->metrics);
  return {200,
          "text/plain; version=0.0.4; charset=utf-8",
          expose(all) + reload_metrics(*on.shared.reloads) + key_metrics(*on.shared.keys) +
              decision_metrics(on.shared.decisions) + ledger_metrics(on.shared.bill.health()),
          {}};
}

simple_answer unknown_admin_path() {
  return simple_error(
      404, "unknown_path",
      "GET /metrics, /readyz, /admin/facts, /admin/targets, /admin/device, /admin/policy, /admin/revisions, "
      "/admin/keys, /admin/usage, /admin/limits, /admin/events; PUT /admin/facts, /admin/targets, "
      "/admin/policy; "
      "POST /admin/check, /admin/explain, /admin/simulate, /admin/prewarm, /admin/revisions/undo, "
      "/admin/keys; "
      "DELETE /admin/targets, /admin/usage");
}

// Answers that are ready at once.
simple_answer answer_here(core& on, const request_head& head, std::string_view body) {
  if (head.path == "/admin/facts") return facts_answer(on, head, body);
  if (head.path == "/admin/targets") return answer_targets(on, head, body);
  if (head.path == "/admin/prewarm")
    return simple_error(405, "method_not_allowed", "POST a chat request to /admin/prewarm");
  if (head.path == "/admin/simulate")
    return simple_error(405, "method_not_allowed", "POST the text of a policy to /admin/simulate");
  const bool known = head.path == "/metrics" || head.path == "/admin/device" || head.path == "/readyz" ||
                     head.path == "/admin/events" || head.path == "/admin/limits";
  if (!known) return unknown_admin_path();
  const bool reads = head.method == "GET" || (head.method == "HEAD" && head.path != "/admin/events");
  if (!reads) return simple_error(405, "method_not_allowed", fmt::format("{} takes GET", head.path));
  if (head.path == "/metrics") return metrics_answer(on);
  if (head.path == "/admin/device") return device_answer(on);
  if (head.path == "/admin/limits") return answer_limits(on, head.query);
  return readiness(on);
}

policy_request copy_of(const request_head& head, std::string_view body) {
  return {std::string(head.method), std::string(head.path), std::string(head.query),
          std::string(head.find("if-match")), std::string(body)};
}

simple_answer stopping() {
  return simple_error(503, "stopping", "the gateway stops");
}

// On the reloader's thread, so that a big compile delays no query.
std::function<void(answer_sink)> policy_answer(core& on, policy_request request) {
  return [&on, request = std::move(request)](const answer_sink& done) {
    auto& reloads = *on.shared.reloads;
    const bool taken = reloads.submit([&reloads, done, request] { done(answer_policy(reloads, request)); });
    if (!taken) done(stopping());
  };
}

// On the keeper's: an edit waits for the file's lock and for the cores.
std::function<void(answer_sink)> key_answer(core& on, key_request request) {
  return [&on, request = std::move(request)](const answer_sink& done) {
    auto& keys = *on.shared.keys;
    // The policy of now: another may be in force when the keeper comes to it.
    const bool taken = keys.submit(
        [&keys, done, request, policy = on.deployed->policy] { done(answer_keys(keys, request, *policy)); });
    if (!taken) done(stopping());
  };
}

// On the ledger's thread.
std::function<void(answer_sink)> usage_answer(core& on, std::string method, std::string query) {
  return [&on, method = std::move(method), query = std::move(query)](answer_sink done) {
    answer_usage(on, method, query, std::move(done));
  };
}

std::function<void(answer_sink)> simulation_answer(core& on, simulation_request request) {
  return [&on, request = std::move(request)](answer_sink done) {
    on.shared.simulations->begin(request, std::move(done));
  };
}

}  // namespace

providers::task<after_answer> serve_admin(core& on, client_connection& client, const request_head& head,
                                          std::string_view body, query_scratch& scratch) {
  if (!token_matches(on.shared.admin_token, head)) {
    auto refused =
        simple_error(401, "admin_token_required",
                     "send `Authorization: Bearer TOKEN` with the token in admin.token of the state folder");
    refused.fields.emplace_back("www-authenticate", "Bearer");
    co_return co_await send_simple(client, &head, std::move(refused));
  }
  if (head.path == "/admin/events" && head.method == "GET") {
    co_await on.shared.events->serve(client);
    co_return after_answer::close;
  }
  if (head.path == "/admin/prewarm" && head.method == "POST") {
    co_return co_await serve_prewarm(on, client, head, body, scratch);
  }
  if (is_key_path(head.path)) {
    auto begin = key_answer(on, {std::string(head.method), std::string(head.path), std::string(body)});
    auto answer = co_await answer_elsewhere(on, std::move(begin));
    co_return co_await send_simple(client, &head, std::move(answer));
  }
  if (is_policy_path(head.path)) {
    auto begin = policy_answer(on, copy_of(head, body));
    auto answer = co_await answer_elsewhere(on, std::move(begin));
    co_return co_await send_simple(client, &head, std::move(answer));
  }
  if (head.path == "/admin/usage") {
    auto begin = usage_answer(on, std::string(head.method), std::string(head.query));
    auto answer = co_await answer_elsewhere(on, std::move(begin));
    co_return co_await send_simple(client, &head, std::move(answer));
  }
  if (head.path == "/admin/simulate" && head.method == "POST") {
    auto begin = simulation_answer(on, {std::string(body), std::string(head.query), on.deployed->config});
    auto answer = co_await answer_elsewhere(on, std::move(begin));
    co_return co_await send_simple(client, &head, std::move(answer));
  }
  co_return co_await send_simple(client, &head, answer_here(on, head, body));
}

std::string load_admin_token(const std::string& state_folder, std::string& file, std::string& why) {
  file = state_folder + "/admin.token";
  if (const int existing = ::open(file.c_str(), O_RDONLY | O_CLOEXEC); existing >= 0) {
    std::array<char, 256> text{};
    const auto got = ::read(existing, text.data(), text.size());
    ::close(existing);
    std::string token(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) token.pop_back();
    if (token.size() >= 16) return token;
    why = fmt::format("{} holds no token of 16 characters or more; remove it and a new one is made", file);
    return "";
  }
  std::array<unsigned char, 24> random{};
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) {
    why = "no random bytes for the admin token";
    return "";
  }
  std::string token = "nfa-";
  for (const auto byte : random) token += fmt::format("{:02x}", byte);
  // O_EXCL: a second instance that starts at the same moment must not end up with another token.
  const int made = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (made < 0) {
    why = fmt::format("{} cannot be written: {}; set `server.state` to a folder of yours", file,
                      std::strerror(errno));
    return "";
  }
  const std::string line = token + "\n";
  const bool written = ::write(made, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  ::close(made);
  if (!written) {
    why = fmt::format("{} cannot be written: {}", file, std::strerror(errno));
    return "";
  }
  return token;
}

}  // namespace nearfar::gateway
