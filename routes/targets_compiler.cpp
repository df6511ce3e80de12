#include "routes/targets_compiler.hpp"

#include "config/catalog.hpp"
#include "config/preset.hpp"
#include "routes/selectors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace nearfar::routes {
namespace {

std::string_view host_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  if (const auto at = url.rfind('@'); at != std::string_view::npos) url.remove_prefix(at + 1);
  if (url.starts_with('[')) return url.substr(1, url.find(']') - 1);
  return url.substr(0, url.find(':'));
}

std::string_view url_of(const config::provider& p, const config::preset* preset) {
  if (!p.url.empty()) return p.url;
  return preset != nullptr ? std::string_view(preset->url) : std::string_view();
}

reach reach_of(const config::provider& p, const config::preset* preset) {
  // A tunnel or another proxy on this machine may serve any tier.
  if (p.runtime || is_loopback(url_of(p, preset))) return reach::device;
  switch (p.where_it_is) {
    case config::tier::device:
      return reach::device;
    case config::tier::self_hosted:
      return reach::lan;
    case config::tier::remote:
      return reach::internet;
  }
  return reach::internet;
}

template <class T>
std::optional<T> first_of(const std::optional<T>& a, const std::optional<T>& b) {
  return a ? a : b;
}

void set_price(target& t, const config::target_model& m, const config::catalog_entry* known) {
  // A list price is a vendor's: what a server of one's own costs is for its owner to say.
  t.prices = config::prices_of(m, t.tier, t.tier == config::tier::remote ? known : nullptr);
  t.price_input = t.prices.free ? 0 : t.prices.input;
  t.price_output = t.prices.free ? 0 : t.prices.output;
}

std::uint32_t served_by(const config::preset* preset) {
  // Without one there is a runtime.
  if (preset == nullptr) preset = config::find_preset("llama-server");
  std::uint32_t out = 0;
  for (const auto& each : preset->dialects) out |= 1U << static_cast<unsigned>(each.speaks);
  return out;
}

target make_target(const config::provider& p, const config::target_model& m, const config::preset* preset,
                   const config::model_catalog& catalog) {
  const auto* known = catalog.find(preset != nullptr ? preset->vendor : "", m.id);
  target t;
  t.name = p.name + "/" + (m.as.empty() ? m.id : m.as);
  t.tier = p.where_it_is;
  t.upstream_model = m.id;
  t.context = m.context;
  t.max_output = m.max_output;
  t.quality = m.quality;
  if (known != nullptr) {
    t.context = first_of(t.context, known->context);
    t.max_output = first_of(t.max_output, known->max_output);
  }
  const bool unknown_remote = known == nullptr && t.tier == config::tier::remote;
  t.tools = m.can.tools.value_or(known != nullptr ? known->tools.value_or(true) : true);
  t.json = m.can.json.value_or(known != nullptr ? known->json.value_or(true) : true);
  t.stream = m.can.stream.value_or(true);
  t.images = m.can.images.value_or(known != nullptr ? known->images : unknown_remote);
  t.audio = m.can.audio.value_or(known != nullptr ? known->audio : unknown_remote);
  t.needs = reach_of(p, preset);
  t.serves = served_by(preset);
  set_price(t, m, known);
  return t;
}

// Resolves the entries of `models`, which may name one another.
class name_compiler {
 public:
  name_compiler(const config::configuration& from, const std::vector<target>& targets, compile_log& log)
      : from_(from), targets_(targets), log_(log) {
    for (std::size_t i = 0; i < targets.size(); ++i) add_readings(static_cast<target_index>(i));
    // After every provider/model, which wins over a model id of the same letters.
    for (auto& [name, list] : by_model_) add(name, list);
  }

  compiled_names run() {
    compiled_names out;
    std::vector<target_list> lists;
    for (std::size_t i = 0; i < from_.models.size(); ++i) lists.push_back(entry(i));
    for (std::size_t i = 0; i < from_.models.size(); ++i) {
      const auto& name = from_.models[i].name;
      if (name.find('*') != std::string::npos) {
        out.names.glob(name, std::move(lists[i]));
      } else {
        out.listed.push_back(name);
        out.names.exact(name, std::move(lists[i]));
      }
    }
    for (const auto& name : order_) {
      const auto& list = *plain_.find_exact(name);
      if (list.size() > max_candidates && out.names.find_exact(name) == nullptr)
        too_many({}, name, list.size());
      out.names.exact(name, list);
    }
    return out;
  }

 private:
  void add_readings(target_index i) {
    const auto& t = targets_[i];
    const auto& p = from_.providers[t.provider];
    const auto& m = p.models[t.model];
    add(p.name + "/" + m.id, {i});
    by_model_[m.id].push_back(i);
    if (m.as.empty() || m.as == m.id) return;
    add(p.name + "/" + m.as, {i});
    by_model_[m.as].push_back(i);
  }

  void add(const std::string& name, target_list list) {
    if (plain_.find_exact(name) == nullptr) order_.push_back(name);
    plain_.exact(name, std::move(list));
  }

  target_list entry(std::size_t at) {
    const auto& name = from_.models[at];
    target_list list;
    std::set<std::string_view> path{name.name};
    for (std::size_t i = 0; i < name.entries.size(); ++i) {
      append(list, name.entries[i], i < name.entry_marks.size() ? name.entry_marks[i] : name.where, path);
    }
    if (list.size() > max_candidates) too_many(name.where, name.name, list.size());
    return list;
  }

  const config::model_name* alias(std::string_view name) const {
    for (const auto& m : from_.models) {
      if (m.name == name) return &m;
    }
    return nullptr;
  }

  void append(target_list& list, const std::string& entry, config::mark where,
              std::set<std::string_view>& path) {
    const auto* other = alias(entry);
    const auto* plain = plain_.find_exact(entry);
    // `qwen3-32b: [qwen3-32b]`: a name inside its own list can only mean the model.
    if (other != nullptr && path.contains(entry) && plain == nullptr) {
      log_.error("R004", where, fmt::format("`{}` leads back to itself", entry));
      return;
    }
    if (other != nullptr && !path.contains(entry)) {
      path.insert(other->name);
      for (const auto& next : other->entries) append(list, next, where, path);
      path.erase(other->name);
      return;
    }
    if (plain == nullptr) return unknown(entry, where);
    for (const auto t : *plain) {
      if (std::find(list.begin(), list.end(), t) == list.end()) list.push_back(t);
    }
  }

  void unknown(const std::string& entry, config::mark where) {
    if (const auto* p = discovering(from_, entry)) {
      warn_unlisted(*p, entry, where, log_);
      return;
    }
    log_.error("R003", where, fmt::format("`{}` is no target, no model and no name", entry),
               "write provider/model, a model id or another name of `models`");
  }

  void too_many(config::mark where, std::string_view name, std::size_t count) {
    log_.error("R005", where, fmt::format("`{}` stands for {} targets", name, count),
               fmt::format("at most {} for one name", max_candidates));
  }

  const config::configuration& from_;
  const std::vector<target>& targets_;
  compile_log& log_;
  name_table plain_;  // provider/model and model ids
  std::map<std::string, target_list> by_model_;
  std::vector<std::string> order_;
};

}  // namespace

bool is_loopback(std::string_view url) {
  if (url.starts_with("unix:")) return true;
  const auto host = host_of(url);
  return host == "localhost" || host.ends_with(".localhost") || host == "::1" || host.starts_with("127.");
}

std::vector<target> compile_targets(const config::configuration& from, compile_log& log) {
  const config::model_catalog catalog(config::imported_catalog(from));
  std::vector<target> targets;
  std::set<std::string> seen;
  for (std::size_t p = 0; p < from.providers.size(); ++p) {
    const auto& provider = from.providers[p];
    const auto* preset = config::preset_of(provider);
    for (std::size_t m = 0; m < provider.models.size(); ++m) {
      auto t = make_target(provider, provider.models[m], preset, catalog);
      t.provider = p;
      t.model = m;
      if (!seen.insert(t.name).second) {
        log.error("R012", provider.models[m].where, fmt::format("two targets are called `{}`", t.name),
                  "give one of them another `as`");
      }
      targets.push_back(std::move(t));
    }
  }
  if (targets.size() > max_targets) {
    log.error("R006", {}, fmt::format("{} targets are too many", targets.size()),
              fmt::format("at most {}", max_targets));
    targets.resize(max_targets);
  }
  return targets;
}

compiled_names compile_names(const config::configuration& from, const std::vector<target>& targets,
                             compile_log& log) {
  return name_compiler(from, targets, log).run();
}

}  // namespace nearfar::routes
