// A policy made ready to serve: every target with its address, its key and its preset. Immutable;
// each core holds one shared_ptr and a query keeps the one it began with.
#pragma once

#include "config/model.hpp"
#include "config/preset.hpp"
#include "config/secret.hpp"
#include "gateway/fact_store.hpp"
#include "gateway/server.hpp"
#include "gateway/target_registry.hpp"
#include "providers/http/origin.hpp"
#include "routes/policy.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::gateway {

// A model file appears when it is copied there, not when the gateway restarts. Shared by all cores:
// the file is looked for at most once in two seconds.
class file_presence {
 public:
  explicit file_presence(std::string path) : path_(std::move(path)) {}
  bool is_there(routes::instant now) const;

 private:
  std::string path_;
  mutable std::atomic<std::int64_t> looked_at_{-1};
  mutable std::atomic<bool> there_{false};
};

// How each request to one of a preset's paths begins: the request line, the host and the key, which no query
// changes.
struct begun_head {
  const config::dialect_path* at = nullptr;
  config::secret text;
};

struct deployed_target {
  routes::target_index index = 0;
  std::string name;
  config::tier tier = config::tier::remote;
  const config::provider* from = nullptr;
  const config::target_model* model = nullptr;
  const config::preset* preset = nullptr;
  std::string upstream_model;
  std::vector<config::body_field> set;  // the preset's, then the model's own
  std::vector<config::body_field> defaults;
  config::continuation continues;  // how it is asked to go on with what another began
  bool supervised = false;         // the device tier's child process answers at its own socket
  providers::origin where;         // of the others
  config::secret key;
  std::vector<begun_head> begun_heads;  // not of paths that hold a model's name
  std::string answer_fields;            // lines that every answer of its bears
  std::string absent_why;               // not empty: the provider has no key
  std::unique_ptr<file_presence> file;  // supervised models alone
  std::size_t slot = 0;
  std::size_t provider_slot = 0;
  routes::millis sticks{0};  // how long a conversation comes back to it; 0: not at all

  // `key: client`: asked with what the caller brought, and with nothing else.
  bool takes_callers_key() const { return from->key.kind == config::secret_kind::client; }
  // Empty: it is made for each query.
  std::string_view begun_head_for(const config::dialect_path* at) const;
  bool is_absent(routes::instant now) const { return !absent_why.empty() || (file && !file->is_there(now)); }
};

// No link is needed to reach it.
bool is_on_loopback(const deployed_target& target);

struct deployment {
  std::uint64_t serial = 0;  // never used twice: tells whose view a core's facts are
  fact_settings facts;
  std::shared_ptr<const config::configuration> config;
  std::shared_ptr<const routes::policy> policy;
  std::vector<deployed_target> targets;   // policy order
  std::vector<std::string> rule_fields;   // by rule: the lines that tell of it and of the policy in an answer
  std::string policy_fields;              // where no rule matched
  std::vector<std::string> headers_read;  // that conditions ask for; the decision log keeps these alone
  bool reads_spend = false;               // a condition asks what the key has spent
  bool takes_callers_keys = false;        // any target does
  std::string models_json;                // the body of GET /v1/models
  start_report report;

  std::string_view policy_fields_for(std::uint16_t rule) const {
    return rule < rule_fields.size() ? std::string_view(rule_fields[rule]) : std::string_view(policy_fields);
  }
};

// Resolves secrets and addresses. Null with the reasons in `why` when a provider that is not optional
// has no key, or an address cannot be read.
std::shared_ptr<const deployment> deploy(std::shared_ptr<const config::configuration> config,
                                         std::shared_ptr<const routes::policy> policy,
                                         target_registry& registry, std::string& why);

}  // namespace nearfar::gateway
