// Readers of what only providers have: keys, prices, body fields, models.
#include "config/binder.hpp"
#include "config/fields_policy.hpp"
#include "config/paths.hpp"
#include "config/protected_fields.hpp"
#include "config/yaml_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

namespace nearfar::config {

namespace {

constexpr std::string_view key_help = "write `{env: NAME}`, `{file: path}` or `client`";

bool is_variable_name(std::string_view text) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !text.empty() && !(text.front() >= '0' && text.front() <= '9') && std::ranges::all_of(text, good);
}

bool bind_model(binding& b, const std::string& provider_name, const yaml_entry& entry, provider& into) {
  target_model model;
  model.id = entry.key;
  const std::string section = fmt::format("model `{}` of {}", entry.key, provider_name);
  const bool good = expect_map(entry.value, place{section, {}, "{}", entry.where}, b.out);
  if (good) read_section(b, entry.value, section, entry.where, model);
  model.where = entry.where;
  into.models.push_back(std::move(model));
  return good;
}

bool bind_list_of_ids(binding& b, const place& at, const yaml_node& node, provider& into) {
  for (const auto& item : node.items) {
    target_model model;
    if (!bind(b, at, item, model.id, name_kind{"model"})) continue;
    model.where = item.where;
    const auto same = [&](const target_model& m) { return m.id == model.id; };
    if (std::ranges::any_of(into.models, same)) {
      b.out.error(code::defined_twice, item.where,
                  fmt::format("model `{}` is there twice{}", model.id, at.in()), "remove one");
      continue;
    }
    into.models.push_back(std::move(model));
  }
  return true;
}

struct field_owner {
  std::string_view holder;  // of the fields
  std::string_view why;
  std::span<const std::string_view> names;  // not for the file
};

bool bind_fields(binding& b, const place& at, const yaml_node& node, std::vector<body_field>& into,
                 const field_owner& owned) {
  if (!expect_map(node, at, b.out)) return false;
  for (const auto& entry : node.entries) {
    if (std::ranges::find(owned.names, entry.key) != owned.names.end()) {
      b.out.error(code::protected_field, entry.where,
                  fmt::format("`{}` cannot be put into {} by {}", entry.key, owned.holder, at.subject()),
                  std::string(owned.why));
      continue;
    }
    const place value{nested_section(at), entry.key, {}, entry.where};
    if (auto json = to_json(entry.value, value, b.out))
      into.push_back({entry.key, std::move(*json), entry.where});
  }
  return true;
}

}  // namespace

bool bind(binding& b, const place& at, const yaml_node& node, secret_ref& into, secret_kind_ref) {
  into.where = at.key_mark;
  if (node.kind == node_kind::scalar && node.text == "client") {
    into.kind = secret_kind::client;
    return true;
  }
  if (node.kind == node_kind::scalar && !node.text.empty()) {
    b.out.error(code::literal_secret, node.where, at.subject() + " may not hold the key itself",
                std::string(key_help));
    return false;
  }
  if (!expect_map(node, at, b.out)) return false;
  const std::string section = nested_section(at);
  map_reader keys(node, section, at.key_mark, b.out);
  const auto* env = keys.take("env");
  const auto* file = keys.take("file");
  keys.finish();
  if ((env == nullptr) == (file == nullptr)) {
    // With an unknown key inside, that finding says it already.
    if (env != nullptr || node.entries.empty()) {
      b.out.error(code::bad_secret_reference, node.where,
                  at.subject() + " wants exactly one of `env` and `file`", std::string(key_help));
    }
    return false;
  }
  const auto& found = env != nullptr ? *env : *file;
  const auto text = expect_scalar(found.value, place{section, found.key, {}, found.where}, "a name", b.out);
  if (!text) return false;
  if (env != nullptr && !is_variable_name(*text)) {
    b.out.error(code::bad_secret_reference, found.value.where,
                fmt::format("`env` of {} is not the name of a variable", section),
                "the name only, such as `OPENROUTER_API_KEY`; never the key itself");
    return false;
  }
  into.kind = env != nullptr ? secret_kind::env : secret_kind::file;
  into.name = env != nullptr ? std::string(*text) : resolve_path(*text, b.folder, b.home);
  return true;
}

bool bind(binding& b, const place& at, const yaml_node& node, std::vector<body_field>& into,
          body_fields_kind) {
  return bind_fields(b, at, node, into,
                     {"a body", "routing and the client own this field", protected_fields});
}

bool bind(binding& b, const place& at, const yaml_node& node, std::vector<body_field>& into,
          message_fields_kind) {
  return bind_fields(b, at, node, into,
                     {"a message", "hand-over writes this field", protected_message_fields});
}

bool bind(binding& b, const place& at, const yaml_node& node, price& into, cost_kind) {
  if (node.kind == node_kind::scalar) {
    if (node.text == "free") {
      into.free = true;
      return true;
    }
    b.out.error(code::unknown_value, node.where,
                fmt::format("{} wants `free` or prices, not `{}`", at.subject(), node.text),
                "for example `price: {input: 3 USD/M, output: 15 USD/M}`");
    return false;
  }
  return bind(b, at, node, into, section_kind{});
}

bool bind(binding& b, const place& at, const yaml_node& node, token_clock& into, clock_kind) {
  if (node.kind == node_kind::map) return bind(b, at, node, into, section_kind{});
  return bind(b, at, node, into.base, duration_kind);
}

bool bind(binding& b, const place& at, const yaml_node& node, provider& into, models_of_provider_kind) {
  if (node.kind == node_kind::scalar && node.text == "discover") {
    into.discover = true;
    const auto list = b.lists != nullptr ? (*b.lists)(b.so_far, into) : std::nullopt;
    if (!list) return true;
    into.listed_at = list->at;
    for (const auto& id : list->ids) {
      auto& model = into.models.emplace_back();
      model.id = id;
      model.where = node.where;
    }
    return true;
  }
  if (node.kind == node_kind::sequence) return bind_list_of_ids(b, at, node, into);
  if (node.kind == node_kind::scalar && !node.text.empty()) {
    static constexpr std::array<std::string_view, 1> words{"discover"};
    auto help = suggestion(node.text, words);
    if (!help.starts_with("did"))
      help = fmt::format("a list of ids: `models: [{}]`; or `discover`", node.text);
    b.out.error(code::unknown_value, node.where, fmt::format("{} cannot be `{}`", at.subject(), node.text),
                help);
    return false;
  }
  if (!expect_map(node, at, b.out)) return false;
  bool good = true;
  for (const auto& entry : node.entries) good = bind_model(b, at.section, entry, into) && good;
  return good;
}

bool bind(binding& b, const place& at, const yaml_node& node, std::vector<model_name>& into,
          model_names_kind) {
  if (!expect_map(node, at, b.out)) return false;
  for (const auto& entry : node.entries) {
    model_name name;
    name.name = entry.key;
    name.where = entry.where;
    const place here{at.section, entry.key, "[provider/model]", entry.where};
    const auto one = [&](const yaml_node& item) {
      const auto text = expect_scalar(item, here, "a target, a model or another name", b.out);
      if (!text) return;
      name.entries.emplace_back(*text);
      name.entry_marks.push_back(item.where);
    };
    if (entry.value.kind == node_kind::scalar) {
      one(entry.value);
    } else if (expect_list(entry.value, here, b.out)) {
      if (entry.value.items.empty()) {
        b.out.error(code::empty_value, entry.value.where,
                    fmt::format("model name `{}` stands for nothing", entry.key),
                    "name a target, or remove it");
      }
      for (const auto& item : entry.value.items) one(item);
    }
    into.push_back(std::move(name));
  }
  return true;
}

}  // namespace nearfar::config
