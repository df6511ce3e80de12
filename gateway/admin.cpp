#include "gateway/admin.hpp"

#include "gateway/core.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"
#include "providers/os/clock.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace nearfar::gateway {

namespace {

namespace json = boost::json;
using providers::openai_chat::append_json_string;

bool token_matches(const config::secret& token, const request_head& head) {
  for (const auto& field : head.fields) {
    if (field.name.size() != 13 || strncasecmp(field.name.data(), "authorization", 13) != 0) continue;
    constexpr std::string_view scheme = "Bearer ";
    if (field.value.size() < scheme.size() || strncasecmp(field.value.data(), scheme.data(), scheme.size()) != 0) {
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
  if (ec || !parsed.is_object()) return R"(the body must be a JSON object such as {"network": "offline", "expires_in_s": 60})";
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
      return fmt::format("`{}` takes a boolean, a number, a text, or null to take it back", std::string(name));
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

std::string_view name_of(routes::breaker_state state) {
  switch (state) {
    case routes::breaker_state::closed: return "closed";
    case routes::breaker_state::open: return "open";
    case routes::breaker_state::half_open: return "half_open";
  }
  return "";
}

std::string_view name_of(routes::park_reason reason) {
  switch (reason) {
    case routes::park_reason::none: return "none";
    case routes::park_reason::rate_limited: return "rate_limited";
    case routes::park_reason::auth: return "auth";
    case routes::park_reason::exhausted: return "exhausted";
    case routes::park_reason::not_installed: return "not_installed";
  }
  return "";
}

simple_answer targets_answer(const core& on) {
  const auto now = providers::boot_now();
  std::string out = "[";
  for (const auto& target : on.shared.registry.all(*on.deployed, now)) {
    if (out.size() > 1) out += ',';
    out += "{\"target\":";
    append_json_string(out, target.target);
    out += fmt::format(",\"breaker\":\"{}\",\"parked\":\"{}\",\"failure_share\":{:.3f}", name_of(target.breaker),
                       name_of(target.parked.holds(now) ? target.parked.reason : routes::park_reason::none),
                       target.failure_share);
    if (target.first_token) out += fmt::format(",\"first_token_ms\":{}", target.first_token->count());
    if (target.tokens_per_second) out += fmt::format(",\"tokens_per_second\":{:.1f}", *target.tokens_per_second);
    out += '}';
  }
  out += ']';
  return {200, "application/json", std::move(out), {}};
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

}  // namespace

simple_answer answer_admin(core& on, const request_head& head, std::string_view body) {
  if (!token_matches(on.shared.admin_token, head)) {
    auto refused = simple_error(401, "admin_token_required",
                                "send `Authorization: Bearer TOKEN` with the token in admin.token of the state folder");
    refused.fields.emplace_back("www-authenticate", "Bearer");
    return refused;
  }
  if (head.path == "/admin/facts") return facts_answer(on, head, body);
  if (head.method != "GET") return simple_error(405, "method_not_allowed", "this path takes GET");
  if (head.path == "/metrics") {
    std::vector<const core_metrics*> all;
    for (const auto& one : on.shared.cores) all.push_back(&one->metrics);
    return {200, "text/plain; version=0.0.4; charset=utf-8", expose(all), {}};
  }
  if (head.path == "/admin/targets") return targets_answer(on);
  if (head.path == "/admin/device") return device_answer(on);
  if (head.path == "/readyz") return readiness(on);
  return simple_error(404, "unknown_path", "GET /metrics, /admin/facts, /admin/targets, /admin/device; PUT /admin/facts");
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
    why = fmt::format("{} cannot be written: {}; set `server.state` to a folder of yours", file, std::strerror(errno));
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
