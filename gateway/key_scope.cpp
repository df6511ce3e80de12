#include "gateway/key_scope.hpp"

#include "config/glob.hpp"
#include "gateway/answer_writer.hpp"
#include "gateway/identify.hpp"
#include "gateway/visible_models.hpp"
#include "providers/dialects/text_measure.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ctime>
#include <utility>

namespace nearfar::gateway {

namespace {

bool may_send(const key_record& key, std::string_view tag) {
  return key.tags.empty() ||
         std::ranges::any_of(key.tags, [&](const auto& one) { return config::glob_match(one, tag); });
}

std::uint8_t tiers_of(const key_record& key) {
  if (key.tiers.empty()) return 0xff;
  unsigned out = 0;
  for (const auto t : key.tiers) out |= 1U << static_cast<unsigned>(t);
  return static_cast<std::uint8_t>(out);
}

own_error no_model(const key_record& key, std::string_view asked) {
  return {403,
          "model_not_allowed",
          fmt::format("the key `{}` may not ask for `{}`; it may ask for: {}", key.name, asked,
                      fmt::join(key.models, ", ")),
          {},
          more_retries::pointless};
}

std::optional<own_error> out_of_scope(const key_record& key, const routes::query& asked) {
  if (!may_ask_for(key, asked.model)) return no_model(key, asked.model);
  if (asked.wishes) {
    for (const auto& other : asked.wishes->models) {
      if (!may_ask_for(key, other)) return no_model(key, other);
    }
  }
  if (!asked.tag.empty() && !may_send(key, asked.tag)) {
    return own_error{403,
                     "tag_not_allowed",
                     fmt::format("the key `{}` may not send the tag `{}`; it may send: {}", key.name,
                                 asked.tag, fmt::join(key.tags, ", ")),
                     {},
                     more_retries::pointless};
  }
  return std::nullopt;
}

// The admin listener's bearer is the admin's token, and goes nowhere.
void take_own_credential(query_state& q) {
  if (!q.deployed->takes_callers_keys || q.client.came_by().role == listener_role::admin) return;
  const auto shown = credentials_of(q.head);
  if (shown.own.empty()) return;
  if (!shown.own_is_encoded) {
    q.own_credential = config::secret(std::string(shown.own));
  } else if (auto plain = percent_decoded(shown.own)) {
    q.own_credential = config::secret(std::move(*plain));
  }
}

}  // namespace

std::optional<simple_answer> identify_caller(query_state& q) {
  if (q.client.came_by().role == listener_role::admin) return std::nullopt;
  auto who = identify(q.on.keys, q.head, q.scratch.known_key, std::time(nullptr));
  if (who.refused != key_refusal::none) {
    q.on.metrics.refused_keys[static_cast<std::size_t>(who.refused)].add();
    return key_refused(q.head, who);
  }
  q.ring = std::move(who.ring);
  q.key = who.key;
  return std::nullopt;
}

std::optional<own_error> apply_key(query_state& q) {
  take_own_credential(q);
  auto& asked = q.scratch.view.facts;
  asked.own_credential = !q.own_credential.empty();
  if (q.key == nullptr) return std::nullopt;
  const auto& key = *q.key;
  asked.key = key.name;
  asked.team = key.team;
  asked.key_tiers = tiers_of(key);
  if (key.privacy) asked.privacy = std::max(asked.privacy, *key.privacy);
  // The same words by another key are another conversation: neither steers where the other's goes.
  if (asked.conversation != 0) asked.conversation = providers::stable_hash(asked.conversation, key.name);
  auto wrong = out_of_scope(key, asked);
  if (wrong) q.on.metrics.refused_keys[static_cast<std::size_t>(key_refusal::scope)].add();
  return wrong;
}

const config::secret& credential_for(const query_state& q, const deployed_target& target) {
  return target.takes_callers_key() ? q.own_credential : target.key;
}

bool refused_the_caller(const deployed_target& target, routes::error_kind kind) {
  using routes::error_kind;
  return target.takes_callers_key() &&
         (kind == error_kind::auth || kind == error_kind::exhausted || kind == error_kind::rate_limited);
}

}  // namespace nearfar::gateway
