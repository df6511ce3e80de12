#include "gateway/deployment.hpp"

#include "gateway/answer_head.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"
#include "providers/handover/way.hpp"
#include "providers/http/request_head.hpp"
#include "routes/condition_text.hpp"
#include "routes/decision_record.hpp"
#include "routes/fact_axis.hpp"

#include <fmt/format.h>

#include <unistd.h>
#include <algorithm>

namespace nearfar::gateway {

namespace {

std::string models_list(const routes::policy& policy, const deployment& of) {
  std::string out = R"({"object":"list","data":[)";
  bool first = true;
  const auto add = [&](std::string_view id, std::string_view owner) {
    if (!first) out += ',';
    first = false;
    out += R"({"id":)";
    providers::openai_chat::append_json_string(out, id);
    // `created` is compulsory in OpenAI's shape; names of a policy have no birthday.
    out += R"(,"object":"model","created":0,"owned_by":)";
    providers::openai_chat::append_json_string(out, owner);
    out += '}';
  };
  for (const auto& name : policy.public_names()) add(name, "nearfar");
  for (const auto& target : of.targets) {
    if (target.absent_why.empty()) add(target.name, target.from->name);
  }
  out += "]}";
  return out;
}

// The provider's key, or the reason why it has none.
struct key_lookup {
  config::secret key;
  std::string missing;
};

key_lookup find_key(const config::provider& provider) {
  const auto kind = provider.key.kind;
  if (kind == config::secret_kind::none || kind == config::secret_kind::client) return {};
  auto found = config::resolve(provider.key);
  if (!found) return {{}, fmt::format("{} is not set", config::describe(provider.key))};
  return {std::move(*found), {}};
}

// What the user writes for a model outranks what the preset must send.
std::vector<config::body_field> fields_of(const config::preset* preset, const config::target_model& model) {
  auto out = model.set;
  if (!preset) return out;
  for (const auto& field : preset->set) {
    const bool overridden = std::any_of(model.set.begin(), model.set.end(),
                                        [&](const auto& own) { return own.name == field.name; });
    if (!overridden) out.push_back(field);
  }
  return out;
}

// As long as the prompt cache lives there, unless the file says a time.
routes::millis sticky_time(const config::configuration& config, const deployed_target& target) {
  if (!config.stick) return routes::millis{0};
  if (config.stick->time) return *config.stick->time;
  const auto life = target.preset ? target.preset->cache_life : config::preset{}.cache_life;
  // A model that was unloaded has lost its cache.
  return target.from->runtime ? std::min(life, target.from->runtime->keep) : life;
}

// One that cannot be written is told by the query that wants it.
void begin_heads(deployed_target& target) {
  if (target.supervised || target.preset == nullptr || target.takes_callers_key()) return;
  for (const auto& at : target.preset->dialects) {
    if (!at.stream_path.empty() || at.path.find('{') != std::string::npos) continue;
    std::string text;
    const auto begun = providers::begin_request_head({.to = target.where,
                                                      .path = at.path,
                                                      .auth = at.auth.value_or(target.preset->auth),
                                                      .key = &target.key},
                                                     text);
    if (begun) target.begun_heads.push_back({&at, config::secret(std::move(text))});
  }
}

void write_answer_fields(deployment& of) {
  for (auto& target : of.targets) {
    add_field(target.answer_fields, "x-nearfar-target", target.name);
    add_field(target.answer_fields, "x-nearfar-tier", routes::to_string(target.tier));
  }
  add_field(of.policy_fields, "x-nearfar-policy", of.policy->revision());
  for (std::size_t i = 0; i < of.config->rules.size(); ++i) {
    auto& fields = of.rule_fields.emplace_back();
    add_field(fields, "x-nearfar-rule", of.policy->rule_name(static_cast<std::uint16_t>(i)));
    fields += of.policy_fields;
  }
}

void describe(const deployment& of, start_report& report) {
  for (const auto& name : of.policy->public_names()) report.model_names.push_back(name);
  for (const auto& target : of.targets) {
    if (!target.absent_why.empty()) continue;
    report.targets.push_back(fmt::format("{} ({})", target.name, routes::to_string(target.tier)));
    if (target.tier == config::tier::remote) {
      report.may_leave.push_back({target.name, target.from->key.kind == config::secret_kind::none
                                                   ? "none"
                                                   : config::describe(target.from->key)});
    }
  }
  for (const auto& provider : of.config->providers) {
    if (!provider.discover || provider.listed_at) continue;
    const auto name = provider.name + "/...";
    report.targets.push_back(
        fmt::format("{} ({}), once it has listed its models", name, routes::to_string(provider.where_it_is)));
    if (provider.where_it_is == config::tier::remote) {
      const bool open = provider.key.kind == config::secret_kind::none;
      report.may_leave.push_back({name, open ? "none" : config::describe(provider.key)});
    }
  }
}

}  // namespace

bool file_presence::is_there(routes::instant now) const {
  constexpr std::int64_t again_after = 2'000'000'000;
  const std::int64_t at = now.time_since_epoch().count();
  const std::int64_t before = looked_at_.load(std::memory_order_relaxed);
  if (before < 0 || at - before > again_after) {
    looked_at_.store(at, std::memory_order_relaxed);
    there_.store(::access(path_.c_str(), R_OK) == 0, std::memory_order_relaxed);
  }
  return there_.load(std::memory_order_relaxed);
}

std::shared_ptr<const deployment> deploy(std::shared_ptr<const config::configuration> config,
                                         std::shared_ptr<const routes::policy> policy,
                                         target_registry& registry, std::string& why) {
  auto made = std::make_shared<deployment>();
  static std::atomic<std::uint64_t> deployments{0};
  made->serial = deployments.fetch_add(1, std::memory_order_relaxed) + 1;
  made->facts = fact_settings(*config);
  made->config = config;
  made->policy = policy;
  std::vector<key_lookup> keys;
  for (const auto& provider : config->providers) {
    keys.push_back(find_key(provider));
    const auto& missing = keys.back().missing;
    if (missing.empty()) continue;
    if (provider.optional) {
      made->report.absent.push_back({provider.name, missing});
    } else {
      why += fmt::format("provider `{}`: {}; set it, or say `optional: true`\n", provider.name, missing);
    }
  }
  for (const auto& target : policy->targets()) {
    const auto& provider = config->providers[target.provider];
    auto& out = made->targets.emplace_back();
    out.index = static_cast<routes::target_index>(made->targets.size() - 1);
    out.name = target.name;
    out.tier = target.tier;
    out.from = &provider;
    out.model = &provider.models[target.model];
    out.preset = provider.preset.empty() ? config::find_preset("llama-server") : config::preset_of(provider);
    out.upstream_model = target.upstream_model;
    out.continues = providers::handover::continuation_of(out.preset, provider, *out.model);
    out.set = fields_of(out.preset, *out.model);
    out.defaults = out.model->defaults;
    out.key = keys[target.provider].key;
    out.absent_why = keys[target.provider].missing;
    out.supervised = provider.runtime.has_value();
    made->takes_callers_keys = made->takes_callers_keys || out.takes_callers_key();
    const std::string url = !provider.url.empty() ? provider.url : out.preset ? out.preset->url : "";
    if (out.supervised) {
      if (out.model->file) {
        out.file = std::make_unique<file_presence>(*out.model->file);
        if (::access(out.model->file->c_str(), R_OK) != 0) {
          made->report.warnings.push_back(fmt::format("{}: not installed: {}", out.name, *out.model->file));
        }
      }
    } else if (auto origin = providers::parse_origin(url)) {
      out.where = std::move(*origin);
      if (provider.tls && provider.tls->ca_file) out.where.ca_file = *provider.tls->ca_file;
    } else {
      why += fmt::format("provider `{}`: {}\n", provider.name, origin.error().context);
    }
    begin_heads(out);
    out.slot = registry.slot(out.name, url);
    out.provider_slot = registry.provider_slot(provider.name, url);
    out.sticks = sticky_time(*config, out);
  }
  if (!why.empty()) return nullptr;
  write_answer_fields(*made);
  made->models_json = models_list(*policy, *made);
  made->headers_read = routes::headers_read(*policy);
  made->reads_spend = routes::reads_fact(*policy, "spend");
  describe(*made, made->report);
  return made;
}

std::string_view deployed_target::begun_head_for(const config::dialect_path* at) const {
  for (const auto& each : begun_heads)
    if (each.at == at) return each.text.reveal();
  return {};
}

bool is_on_loopback(const deployed_target& target) {
  if (target.supervised || target.where.kind == providers::transport::unix_socket) return true;
  const auto& host = target.where.host;
  return host == "localhost" || host.ends_with(".localhost") || host == "::1" || host.starts_with("127.");
}

}  // namespace nearfar::gateway
