#include "gateway/keys/key_file.hpp"

#include "gateway/keys/key_secret.hpp"
#include "gateway/state_files.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace nearfar::gateway {

namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 3> tier_words{"device", "self_hosted", "remote"};
constexpr std::array<std::string_view, 3> privacy_words{"public", "internal", "private"};

routes::error wrong(std::string why) {
  auto e = routes::make_error(routes::error_kind::internal, std::move(why));
  e.side = routes::error_side::internal;
  return e;
}

template <std::size_t N>
int index_of(const std::array<std::string_view, N>& words, std::string_view word) {
  for (std::size_t i = 0; i < N; ++i) {
    if (words[i] == word) return static_cast<int>(i);
  }
  return -1;
}

// Reads one key and keeps the first thing that is wrong with it.
class key_reader {
 public:
  explicit key_reader(const json::object& from) : from_(from) {}

  key_record read() {
    key_record out;
    out.name = text("name");
    if (out.name.empty()) fail("it has no `name`");
    if (!from_hex(text("sha256"), out.hash)) fail("`sha256` is no SHA-256 in hexadecimal");
    out.hint = text("hint");
    out.created = number("created").value_or(0);
    out.expires = number("expires");
    if (const auto* v = from_.if_contains("revoked")) out.revoked = v->is_bool() && v->get_bool();
    out.models = list("models");
    for (const auto& word : list("tiers")) {
      const int at = index_of(tier_words, word);
      if (at < 0) fail(fmt::format("`{}` is no tier", word));
      out.tiers.push_back(static_cast<config::tier>(std::max(at, 0)));
    }
    if (const auto word = text("privacy"); !word.empty()) {
      const int at = index_of(privacy_words, word);
      if (at < 0) fail(fmt::format("`{}` is no privacy level", word));
      out.privacy = static_cast<config::privacy_level>(std::max(at, 0));
    }
    out.budget = budget();
    out.rate = rate();
    out.team = text("team");
    out.tags = list("tags");
    return out;
  }
  const std::string& problem() const { return problem_; }

 private:
  void fail(std::string why) {
    if (problem_.empty()) problem_ = std::move(why);
  }

  std::string text(std::string_view name) {
    const auto* v = from_.if_contains(name);
    if (v == nullptr) return {};
    if (!v->is_string()) {
      fail(fmt::format("`{}` is no text", name));
      return {};
    }
    return std::string(v->get_string());
  }

  std::optional<std::int64_t> number(std::string_view name) {
    const auto* v = from_.if_contains(name);
    if (v == nullptr || v->is_null()) return std::nullopt;
    if (!v->is_int64() || v->get_int64() < 0) {
      fail(fmt::format("`{}` is no count", name));
      return std::nullopt;
    }
    return v->get_int64();
  }

  std::vector<std::string> list(std::string_view name) {
    std::vector<std::string> out;
    const auto* v = from_.if_contains(name);
    if (v == nullptr) return out;
    if (!v->is_array()) {
      fail(fmt::format("`{}` is no list", name));
      return out;
    }
    for (const auto& one : v->get_array()) {
      if (!one.is_string()) {
        fail(fmt::format("`{}` holds something else than text", name));
        return {};
      }
      out.emplace_back(one.get_string());
    }
    return out;
  }

  // {"max": N, "per": "day"}
  std::optional<std::pair<std::int64_t, config::period>> amount(std::string_view name) {
    const auto* v = from_.if_contains(name);
    if (v == nullptr) return std::nullopt;
    const auto* section = v->if_object();
    const auto* max = section != nullptr ? section->if_contains("max") : nullptr;
    const auto* per = section != nullptr ? section->if_contains("per") : nullptr;
    const auto period =
        per != nullptr && per->is_string() ? config::period_of(per->get_string()) : std::nullopt;
    if (max == nullptr || !max->is_int64() || max->get_int64() < 0 || !period) {
      fail(fmt::format("`{}` is no {{max, per}}", name));
      return std::nullopt;
    }
    return std::pair{max->get_int64(), *period};
  }

  std::optional<key_budget> budget() {
    const auto read = amount("budget_nano_usd");
    return read ? std::optional(key_budget{read->first, read->second}) : std::nullopt;
  }

  std::optional<key_rate> rate() {
    const auto read = amount("requests");
    return read ? std::optional(key_rate{static_cast<std::uint64_t>(read->first), read->second})
                : std::nullopt;
  }

  const json::object& from_;
  std::string problem_;
};

json::array texts(const std::vector<std::string>& from) {
  json::array out;
  for (const auto& one : from) out.emplace_back(one);
  return out;
}

json::object written(const key_record& key) {
  json::object out{
      {"name", key.name}, {"sha256", to_hex(key.hash)}, {"hint", key.hint}, {"created", key.created}};
  if (key.expires) out["expires"] = *key.expires;
  if (key.revoked) out["revoked"] = true;
  if (!key.models.empty()) out["models"] = texts(key.models);
  if (!key.tiers.empty()) {
    json::array tiers;
    for (const auto t : key.tiers) tiers.emplace_back(tier_words[static_cast<std::size_t>(t)]);
    out["tiers"] = std::move(tiers);
  }
  if (key.privacy) out["privacy"] = privacy_words[static_cast<std::size_t>(*key.privacy)];
  if (key.budget) out["budget_nano_usd"] = {{"max", key.budget->max}, {"per", to_string(key.budget->per)}};
  if (key.rate) {
    out["requests"] = {{"max", static_cast<std::int64_t>(key.rate->requests)},
                       {"per", to_string(key.rate->per)}};
  }
  if (!key.team.empty()) out["team"] = key.team;
  if (!key.tags.empty()) out["tags"] = texts(key.tags);
  return out;
}

struct held_file {
  explicit held_file(int from) : handle(from) {}
  ~held_file() {
    if (handle >= 0) ::close(handle);
  }
  held_file(const held_file&) = delete;
  held_file& operator=(const held_file&) = delete;
  int handle;
};

}  // namespace

std::string key_file_in(const std::string& state_folder) {
  return state_folder + "/keys.json";
}

routes::result<std::vector<key_record>> parse_key_json(std::string_view text) {
  boost::system::error_code ec;
  const auto whole = json::parse(text, ec);
  if (ec) return wrong("it is no JSON: " + ec.message());
  const auto* top = whole.if_object();
  const auto* keys = top != nullptr ? top->if_contains("keys") : nullptr;
  if (keys == nullptr || !keys->is_array()) return wrong("it has no list `keys`");
  std::vector<key_record> out;
  for (const auto& one : keys->get_array()) {
    if (!one.is_object()) return wrong(fmt::format("key {} is no object", out.size() + 1));
    key_reader reader(one.get_object());
    auto key = reader.read();
    if (!reader.problem().empty()) return wrong(fmt::format("key {}: {}", out.size() + 1, reader.problem()));
    for (const auto& other : out) {
      if (other.name == key.name) return wrong(fmt::format("two keys are called `{}`", key.name));
    }
    out.push_back(std::move(key));
  }
  return out;
}

routes::result<std::vector<key_record>> read_keys(const std::string& path) {
  // A link that leads nowhere is no missing file: whose keys are not mounted yet must not be open to all.
  std::error_code ignored;
  if (!std::filesystem::exists(std::filesystem::symlink_status(path, ignored)))
    return std::vector<key_record>{};
  std::string why;
  const auto text = read_whole(path, why);
  if (!text) return wrong(why);
  auto keys = parse_key_json(*text);
  if (!keys) return wrong(fmt::format("{}: {}", path, keys.error().context));
  return keys;
}

std::string write_key_json(const std::vector<key_record>& keys) {
  // A key a line: people look into it.
  std::string out = "{\"keys\": [";
  for (std::size_t i = 0; i < keys.size(); ++i) {
    out += i == 0 ? "\n" : ",\n";
    out += json::serialize(written(keys[i]));
  }
  out += "\n]}\n";
  return out;
}

routes::result<void> edit_keys(const std::string& path,
                               const std::function<std::string(std::vector<key_record>&)>& change) {
  // The lock has a file of its own: the other one is replaced by a rename.
  const held_file lock(::open((path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.handle < 0 || ::flock(lock.handle, LOCK_EX) != 0)
    return wrong(fmt::format("{}.lock: {}", path, std::strerror(errno)));
  auto keys = read_keys(path);
  if (!keys) return std::move(keys).error();
  if (auto refused = change(*keys); !refused.empty()) {
    auto why = wrong(std::move(refused));
    why.side = routes::error_side::downstream;
    return why;
  }
  const auto text = write_key_json(*keys);
  // Nobody could mend it by these commands: better refused now.
  if (const auto again = parse_key_json(text); !again) return wrong("not written: " + again.error().context);
  if (auto why = write_atomically(path, text, 0600); !why.empty()) return wrong(std::move(why));
  return {};
}

}  // namespace nearfar::gateway
