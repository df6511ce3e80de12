#include "gateway/park_memory.hpp"

#include "gateway/core.hpp"
#include "gateway/keys/key_secret.hpp"
#include "providers/os/clock.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <future>
#include <optional>
#include <string>

namespace nearfar::gateway {

namespace {

namespace json = boost::json;
using routes::park_reason;

constexpr std::string_view kept_name = "parks";

std::string_view word_of(park_reason reason) {
  switch (reason) {
    case park_reason::rate_limited:
      return "rate_limited";
    case park_reason::auth:
      return "auth";
    case park_reason::exhausted:
      return "exhausted";
    case park_reason::none:
    case park_reason::not_installed:
      break;
  }
  return {};
}

std::optional<park_reason> reason_of(std::string_view word) {
  for (const auto r : {park_reason::rate_limited, park_reason::auth, park_reason::exhausted}) {
    if (word_of(r) == word) return r;
  }
  return std::nullopt;
}

// Whose refusal it was: another address, key or policy is asked afresh. A hash, so that the file holds no
// key.
std::string mark_of(const deployment& of, const deployed_target& target, park_reason reason) {
  std::string text = target.where.address() + '\n' + std::string(target.key.reveal());
  if (reason != park_reason::rate_limited) text += '\n' + of.policy->revision();
  return to_hex(hash_key(text)).substr(0, 16);
}

std::int64_t unix_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

// A park's moment is in boot time, which begins anew with the machine.
std::int64_t in_unix_ms(routes::instant at, routes::instant now) {
  if (at == routes::instant::max()) return 0;
  return unix_ms() + std::chrono::duration_cast<routes::millis>(at - now).count();
}

std::string text_of(shared_state& of, const deployment& now) {
  const auto moment = providers::boot_now();
  json::array out;
  const auto states = of.registry.all(now, moment);
  for (std::size_t i = 0; i < states.size(); ++i) {
    const auto& parked = states[i].parked;
    if (!parked.holds(moment) || word_of(parked.reason).empty()) continue;
    out.push_back({{"target", states[i].target},
                   {"why", word_of(parked.reason)},
                   {"until_ms", in_unix_ms(parked.until, moment)},
                   {"mark", mark_of(now, now.targets[i], parked.reason)}});
  }
  return json::serialize(out);
}

void recall_one(shared_state& of, const deployment& now, const json::object& one) {
  const auto text = [&](std::string_view name) -> std::string_view {
    const auto* value = one.if_contains(name);
    return value != nullptr && value->is_string() ? std::string_view(value->get_string())
                                                  : std::string_view();
  };
  const auto* until = one.if_contains("until_ms");
  const auto reason = reason_of(text("why"));
  if (!reason || until == nullptr || !until->is_int64()) return;
  const auto at = std::ranges::find(now.targets, text("target"), &deployed_target::name);
  if (at == now.targets.end() || mark_of(now, *at, *reason) != text("mark")) return;
  routes::park parked{*reason, routes::instant::max()};
  if (until->get_int64() != 0) {
    const auto left = until->get_int64() - unix_ms();
    if (left <= 0) return;
    parked.until = providers::boot_now() + routes::millis(left);
  }
  of.registry.park(now, at->index, parked);
}

}  // namespace

void keep_parks(shared_state& of, const deployment& now) {
  of.bill.ask([text = text_of(of, now)](ledger_store* store, const std::string&) {
    if (store != nullptr) (void)store->keep(kept_name, text);
  });
}

void recall_parks(shared_state& of, const deployment& now) {
  std::error_code ignored;
  if (!std::filesystem::exists(of.bill.path(), ignored)) return;
  std::promise<std::string> told;
  of.bill.ask([&](ledger_store* store, const std::string&) {
    const auto text =
        store != nullptr ? store->kept(kept_name) : routes::result<std::optional<std::string>>();
    told.set_value(text && *text ? **text : std::string());
  });
  boost::system::error_code bad;
  const auto read = json::parse(told.get_future().get(), bad);
  if (bad || !read.is_array()) return;
  for (const auto& one : read.get_array()) {
    if (one.is_object()) recall_one(of, now, one.get_object());
  }
}

}  // namespace nearfar::gateway
