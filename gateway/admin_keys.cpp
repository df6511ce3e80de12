#include "gateway/admin_keys.hpp"

#include "gateway/keys/key_edit.hpp"
#include "gateway/keys/key_file.hpp"
#include "gateway/keys/key_keeper.hpp"
#include "gateway/keys/key_names.hpp"
#include "gateway/log.hpp"
#include "gateway/query_path.hpp"
#include "gateway/utc_text.hpp"

#include <boost/json.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

namespace nearfar::gateway {

namespace {

namespace json = boost::json;

constexpr std::string_view all_keys = "/admin/keys";
constexpr std::string_view one_key = "/admin/keys/";
constexpr std::string_view rotate_tail = "/rotate";
constexpr std::array<std::string_view, 3> tier_words{"device", "self_hosted", "remote"};
constexpr std::array<std::string_view, 3> privacy_words{"public", "internal", "private"};
constexpr std::array<std::string_view, 3> state_words{"valid", "expired", "revoked"};
constexpr std::string_view known_fields =
    "name, expires, budget, rate, privacy, team, models, tiers and tags";

json::array texts(const std::vector<std::string>& from) {
  json::array out;
  for (const auto& one : from) out.emplace_back(one);
  return out;
}

json::object described(const key_record& key, std::int64_t now) {
  json::array tiers;
  for (const auto t : key.tiers) tiers.emplace_back(tier_words.at(static_cast<std::size_t>(t)));
  json::object out{{"name", key.name},
                   {"hint", key.hint},
                   {"created", utc_text(key.created)},
                   {"expires", nullptr},
                   {"state", state_words.at(static_cast<std::size_t>(state_of(key, now)))},
                   {"models", texts(key.models)},
                   {"tiers", std::move(tiers)},
                   {"privacy", nullptr},
                   {"budget", nullptr},
                   {"rate", nullptr},
                   {"team", nullptr},
                   {"tags", texts(key.tags)}};
  if (key.expires) out["expires"] = utc_text(*key.expires);
  if (key.privacy) out["privacy"] = privacy_words.at(static_cast<std::size_t>(*key.privacy));
  if (key.budget) out["budget"] = to_text(*key.budget);
  if (key.rate) out["rate"] = to_text(*key.rate);
  if (!key.team.empty()) out["team"] = key.team;
  return out;
}

simple_answer answer(int status, const json::object& body) {
  return {status, "application/json", json::serialize(body), {{"cache-control", "no-store"}}};
}

// What is not known for sure is let through with a word: a provider may list it yet.
void add_doubts(const name_check& about, json::object& to) {
  if (!about.wrong.empty()) to["warning"] = about.wrong + "; a provider with `models: discover` may list it";
}

simple_answer made(int status, const made_key& key, std::int64_t now, const name_check& about = {}) {
  auto body = described(key.record, now);
  add_doubts(about, body);
  body["key"] = key.key.reveal();
  return answer(status, body);
}

// What was refused is the caller's to mend; what failed is the disk's.
simple_answer failed(const routes::error& why) {
  return why.side == routes::error_side::downstream ? simple_error(400, "invalid_key", why.context)
                                                    : simple_error(500, "keys_not_written", why.context);
}

std::string read_text(const json::value& from, std::string_view name, std::string& to) {
  if (!from.is_string() || from.get_string().empty())
    return fmt::format("`{}` takes a text; leave it out where nothing is to be said", name);
  to.assign(from.get_string());
  return {};
}

std::string read_texts(const json::value& from, std::string_view name, std::vector<std::string>& to) {
  const auto* list = from.if_array();
  if (list == nullptr || list->empty())
    return fmt::format(R"(`{}` takes a list; for all write ["*"] or null)", name);
  for (const auto& one : *list) {
    if (!one.is_string() || one.get_string().empty()) return fmt::format("`{}` takes a list of texts", name);
    to.emplace_back(one.get_string());
  }
  return {};
}

// Null takes away what the field says, in the words of the command line. False: of this one it cannot.
bool clear(std::string_view field, key_wishes& to) {
  if (field == "expires") return to.expires = "never", true;
  if (field == "budget") return to.budget = "none", true;
  if (field == "rate") return to.rate = "none", true;
  if (field == "privacy") return to.privacy = "none", true;
  if (field == "team") return to.team = "none", true;
  if (field == "models") return to.models = {"*"}, true;
  if (field == "tiers") return to.tiers = {"*"}, true;
  if (field == "tags") return to.tags = {"*"}, true;
  return false;
}

// Empty: read; else what is wrong, with the field.
std::string read_wishes(std::string_view body, key_wishes& to) {
  boost::system::error_code ec;
  const auto whole = json::parse(json::string_view(body.data(), body.size()), ec);
  if (ec || !whole.is_object())
    return R"(the body must be a JSON object such as {"name": "phone", "budget": "5 USD/month"})";
  for (const auto& [name, value] : whole.get_object()) {
    std::string wrong;
    const std::string_view field(name.data(), name.size());
    if (value.is_null() && clear(field, to)) continue;
    if (field == "name") {
      wrong = read_text(value, field, to.name);
    } else if (field == "expires") {
      wrong = read_text(value, field, to.expires);
    } else if (field == "budget") {
      wrong = read_text(value, field, to.budget);
    } else if (field == "rate") {
      wrong = read_text(value, field, to.rate);
    } else if (field == "privacy") {
      wrong = read_text(value, field, to.privacy);
    } else if (field == "team") {
      wrong = read_text(value, field, to.team);
    } else if (field == "models") {
      wrong = read_texts(value, field, to.models);
    } else if (field == "tiers") {
      wrong = read_texts(value, field, to.tiers);
    } else if (field == "tags") {
      wrong = read_texts(value, field, to.tags);
    } else {
      wrong = fmt::format("`{}` is no field of a key; it takes {}", field, known_fields);
    }
    if (!wrong.empty()) return wrong;
  }
  return {};
}

// From the file and not from the ring: a command line may have changed it a moment ago.
bool is_there(const key_keeper& keeper, std::string_view name) {
  const auto keys = read_keys(keeper.path());
  return keys && std::ranges::find(*keys, name, &key_record::name) != keys->end();
}

simple_answer no_such_key(std::string_view name) {
  return simple_error(404, "no_such_key",
                      fmt::format("there is no key `{}`; GET /admin/keys lists them", name));
}

simple_answer list(const key_keeper& keeper, std::int64_t now) {
  const auto ring = keeper.ring();
  json::array keys;
  for (const auto& key : ring->all()) keys.emplace_back(described(key, now));
  json::object out{{"needed", !ring->empty()}, {"keys", std::move(keys)}};
  if (const auto why = keeper.complaint(); !why.empty()) out["warning"] = why;
  return answer(200, out);
}

simple_answer create(key_keeper& keeper, const key_request& request, const routes::policy& in,
                     std::int64_t now) {
  key_wishes wishes;
  if (const auto wrong = read_wishes(request.body, wishes); !wrong.empty())
    return simple_error(400, "invalid_key", wrong);
  if (wishes.name.empty()) return simple_error(400, "invalid_key", "`name` is missing: whose key it is");
  const auto names = check_names(wishes, in);
  if (!names.wrong.empty() && names.is_sure) return simple_error(400, "invalid_key", names.wrong);
  if (is_there(keeper, wishes.name)) {
    return simple_error(
        409, "key_exists",
        fmt::format("there is a key `{0}` already: PATCH {1}{0}, or POST {1}{0}/rotate, or choose "
                    "another name",
                    wishes.name, one_key));
  }
  const auto key = create_key(keeper.path(), wishes, now);
  if (!key) return failed(key.error());
  log_event(log_level::info, "key made", wishes.name);
  return made(201, *key, now, names);
}

simple_answer rotate(key_keeper& keeper, std::string_view name, std::int64_t now) {
  const auto key = rotate_key(keeper.path(), name);
  if (!key) return failed(key.error());
  log_event(log_level::info, "key rotated", key->record.name);
  return made(200, *key, now);
}

simple_answer change(key_keeper& keeper, std::string name, const key_request& request,
                     const routes::policy& in, std::int64_t now) {
  key_wishes wishes;
  if (const auto wrong = read_wishes(request.body, wishes); !wrong.empty())
    return simple_error(400, "invalid_key", wrong);
  if (!wishes.name.empty() && wishes.name != name)
    return simple_error(400, "invalid_key",
                        "`name` cannot change: it stands in the ledger; make another key");
  const auto names = check_names(wishes, in);
  if (!names.wrong.empty() && names.is_sure) return simple_error(400, "invalid_key", names.wrong);
  wishes.name = std::move(name);
  const auto key = change_key(keeper.path(), wishes, now);
  if (!key) return failed(key.error());
  log_event(log_level::info, "key changed", key->name);
  auto body = described(*key, now);
  add_doubts(names, body);
  return answer(200, body);
}

simple_answer revoke(key_keeper& keeper, std::string_view name, std::int64_t now) {
  const auto key = revoke_key(keeper.path(), name);
  if (!key) return failed(key.error());
  log_event(log_level::info, "key revoked", key->name);
  return answer(200, described(*key, now));
}

simple_answer answer_one(key_keeper& keeper, std::string_view tail, const key_request& request,
                         const routes::policy& in, std::int64_t now) {
  const bool rotates = tail.ends_with(rotate_tail);
  if (rotates) tail.remove_suffix(rotate_tail.size());
  const auto name = percent_decoded(tail);
  if (!name || !is_there(keeper, *name)) return no_such_key(tail);
  if (rotates) {
    if (request.method == "POST") return rotate(keeper, *name, now);
    return simple_error(405, "method_not_allowed", "POST /admin/keys/{name}/rotate");
  }
  if (request.method == "PATCH") return change(keeper, *name, request, in, now);
  if (request.method == "DELETE") return revoke(keeper, *name, now);
  return simple_error(405, "method_not_allowed",
                      "PATCH or DELETE /admin/keys/{name}, POST /admin/keys/{name}/rotate");
}

}  // namespace

bool is_key_path(std::string_view path) {
  return path == all_keys || path.starts_with(one_key);
}

simple_answer answer_keys(key_keeper& keeper, const key_request& request, const routes::policy& in) {
  const std::int64_t now = std::time(nullptr);
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (reads && request.path == all_keys) return list(keeper, now);
  simple_answer out;
  if (request.path != all_keys) {
    out = answer_one(keeper, std::string_view(request.path).substr(one_key.size()), request, in, now);
  } else if (request.method == "POST") {
    out = create(keeper, request, in, now);
  } else {
    return simple_error(405, "method_not_allowed", "GET or POST /admin/keys");
  }
  // Whoever is told "revoked" may be sure of it.
  if (out.status < 300) keeper.read_again();
  return out;
}

}  // namespace nearfar::gateway
