#include "routes/policy.hpp"

#include "routes/compile.hpp"
#include "routes/targets_compiler.hpp"

#include <utility>

namespace nearfar::routes {

namespace {

constexpr std::uint32_t chat_dialects() {
  std::uint32_t out = 0;
  for (unsigned i = 0; i < config::dialect_words.size(); ++i) {
    if (config::is_chat(static_cast<config::dialect>(i))) out |= 1U << i;
  }
  return out;
}

}  // namespace

bool target::answers(config::dialect d) const {
  return serves_natively(d) || (config::is_chat(d) && (serves & chat_dialects()) != 0);
}

policy::policy() : tables_(std::make_unique<tables>()) {}
policy::~policy() = default;

std::shared_ptr<const policy> policy::compile(std::shared_ptr<const config::configuration> from,
                                              config::diagnostics& out) {
  compile_log log(out);
  std::shared_ptr<policy> made(new policy);
  auto& t = *made->tables_;
  t.source = std::move(from);
  t.targets = compile_targets(*t.source, log);
  auto names = compile_names(*t.source, t.targets, log);
  t.names = std::move(names.names);
  t.public_names = std::move(names.listed);
  compile_unsensed(t, log);
  condition_compiler conditions(t.source->facts, t.code, t.zones, log);
  compile_guards(t, conditions, log);
  compile_rules(t, conditions, log);
  compile_attempts(t, conditions, log);
  compile_limits(t, conditions, log);
  t.sticks = t.source->stick.has_value();
  if (!log.failed()) run_policy_tests(*made, log);
  if (log.failed()) return nullptr;
  return made;
}

const config::configuration& policy::configuration() const {
  return *tables_->source;
}
std::span<const target> policy::targets() const {
  return tables_->targets;
}
const std::string& policy::revision() const {
  return tables_->source->revision;
}
std::span<const std::string> policy::public_names() const {
  return tables_->public_names;
}
std::span<const target_index> policy::resolve(std::string_view name) const {
  return tables_->names.find(name);
}
std::span<const std::string> policy::zones() const {
  return tables_->zones;
}
std::span<const std::string> policy::declared_facts() const {
  return tables_->declared;
}
const facts& policy::unsensed() const {
  return tables_->unsensed;
}

std::string_view policy::rule_name(std::uint16_t index) const {
  return index < tables_->source->rules.size() ? std::string_view(tables_->source->rules[index].name)
                                               : "none";
}

std::string_view policy::guard_name(std::uint16_t index) const {
  return index < tables_->source->guards.size() ? std::string_view(tables_->source->guards[index].name)
                                                : "none";
}

const attempt_settings& policy::attempts(std::uint16_t index) const {
  const auto& rows = tables_->attempts;
  return (index < rows.size() ? rows[index] : rows.back()).settings;
}

}  // namespace nearfar::routes
