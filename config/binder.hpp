// The reader as a visitor of the field table: finds each key, checks its value, stores it.
//
// Nothing stops at the first finding: a value that does not fit leaves its member alone and the rest is
// read on.
#pragma once

#include "config/codes.hpp"
#include "config/field.hpp"
#include "config/model_lists.hpp"
#include "config/suggest.hpp"
#include "config/yaml_reader.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace nearfar::config {

struct expectation;   // config/fields_policy.hpp
struct dialect_path;  // config/preset.hpp
struct number_range;  // config/quirks.hpp

// What the readers share. `so_far` is the configuration being filled: the field table lists the sections
// in the order in which later ones refer to earlier ones, whatever their order in the file.
struct binding {
  diagnostics& out;
  const configuration& so_far;
  std::string folder;  // of the file
  std::string home;
  const list_lookup* lists = nullptr;              // null: no provider has listed anything
  std::vector<included_file>* included = nullptr;  // null: files are not read, and every one counts as good
};

// ---- single values (binder.cpp) ---------------------------------------------------------------

bool bind(binding& b, const place& at, const yaml_node& node, std::string& into, text_kind);
bool bind(binding& b, const place& at, const yaml_node& node, std::string& into, path_kind);
bool bind(binding& b, const place& at, const yaml_node& node, std::string& into, url_kind);
bool bind(binding& b, const place& at, const yaml_node& node, std::string& into, listen_kind);
bool bind(binding& b, const place& at, const yaml_node& node, std::string& into, host_kind);
bool bind(binding& b, const place& at, const yaml_node& node, std::string& into, origin_kind);
bool bind(binding& b, const place& at, const yaml_node& node, std::string& into, region_kind);
bool bind(binding& b, const place& at, const yaml_node& node, std::string& into, retention_kind);
bool bind(binding& b, const place& at, const yaml_node& node, std::string& into, name_kind kind);
bool bind(binding& b, const place& at, const yaml_node& node, bool& into, flag_kind);
bool bind(binding& b, const place& at, const yaml_node& node, double& into, number_kind kind);
bool bind(binding& b, const place& at, const yaml_node& node, int& into, version_kind);
bool bind(binding& b, const place& at, const yaml_node& node, std::string& into, moment_kind);
bool bind(binding& b, const place& at, const yaml_node& node, unsigned& into, words_kind);
bool bind(binding& b, const place& at, const yaml_node& node, limit_amount& into, amount_kind);
bool bind(binding& b, const place& at, const yaml_node& node, std::optional<period>& into,
          choice_kind<period> kind);
bool bind(binding& b, const place& at, const yaml_node& node, std::string& into, zone_kind);
bool bind(binding& b, const place& at, const yaml_node& node, std::optional<millis>& into,
          word_or_duration_kind kind);
bool bind(binding& b, const place& at, const yaml_node& node, std::optional<unsigned>& into, threads_kind);
bool bind(binding& b, const place& at, const yaml_node& node, std::vector<std::string>& into, tags_kind);
bool bind(binding& b, const place& at, const yaml_node& node, number_test& into, number_test_kind kind);

// ---- values with a grammar of their own -------------------------------------------------------

bool bind(binding& b, const place& at, const yaml_node& node, secret_ref& into, secret_kind_ref);
bool bind(binding& b, const place& at, const yaml_node& node, std::vector<dialect_path>& into, dialects_kind);
bool bind(binding& b, const place& at, const yaml_node& node,
          std::vector<std::pair<std::string, std::string>>& into, renames_kind);
bool bind(binding& b, const place& at, const yaml_node& node,
          std::vector<std::pair<std::string, number_range>>& into, clamps_kind);
bool bind(binding& b, const place& at, const yaml_node& node, std::string& into, word_of_kind kind);
bool bind(binding& b, const place& at, const yaml_node& node, std::vector<body_field>& into,
          body_fields_kind);
bool bind(binding& b, const place& at, const yaml_node& node, std::vector<body_field>& into,
          message_fields_kind);
bool bind(binding& b, const place& at, const yaml_node& node, price& into, cost_kind);
bool bind(binding& b, const place& at, const yaml_node& node, token_clock& into, clock_kind);
bool bind(binding& b, const place& at, const yaml_node& node, provider& into, preset_kind);
bool bind(binding& b, const place& at, const yaml_node& node, provider& into, models_of_provider_kind);
bool bind(binding& b, const place& at, const yaml_node& node, std::vector<model_name>& into,
          model_names_kind);
bool bind(binding& b, const place& at, const yaml_node& node, std::vector<fact_config>& into,
          fact_settings_kind);
bool bind(binding& b, const place& at, const yaml_node& node, fact_config& into, fact_value_kind);
bool bind(binding& b, const place& at, const yaml_node& node, std::vector<given_fact>& into, given_kind);
bool bind(binding& b, const place& at, const yaml_node& node, expectation& into, expectation_kind);
bool bind(binding& b, const place& at, const yaml_node& node, condition& into, condition_kind_ref);
bool bind(binding& b, const place& at, const yaml_node& node, selector_list& into, selectors_kind);
bool bind(binding& b, const place& at, const yaml_node& node, std::vector<selector_list>& into, ranks_kind);
bool bind(binding& b, const place& at, const yaml_node& node, selector& into, price_test_kind);
bool bind(binding& b, const place& at, const yaml_node& node, std::string& into, reference_kind kind);

// ---- forms ------------------------------------------------------------------------------------

void report_number(binding& b, const place& at, const yaml_node& node, const number_error& why);
void report_word(binding& b, const place& at, const yaml_node& node, std::span<const std::string_view> legal);

template <class Integer>
  requires(std::is_integral_v<Integer> && !std::is_same_v<Integer, bool>)
bool bind(binding& b, const place& at, const yaml_node& node, Integer& into, number_kind kind) {
  constexpr auto most = static_cast<double>(std::numeric_limits<Integer>::max());
  kind.most = std::min(kind.most, most >= 9e15 ? 9e15 : most);
  double value = 0;
  if (!bind(b, at, node, value, kind)) return false;
  if (value != static_cast<double>(static_cast<std::int64_t>(value))) {
    b.out.error(code::out_of_range, node.where, at.subject() + " wants a whole number");
    return false;
  }
  into = static_cast<Integer>(value);
  return true;
}

inline bool bind(binding& b, const place& at, const yaml_node& node, millis& into, number_kind kind) {
  std::int64_t value = 0;
  if (!bind(b, at, node, value, kind)) return false;
  into = millis{value};
  return true;
}

template <class E>
bool bind(binding& b, const place& at, const yaml_node& node, E& into, choice_kind<E> kind) {
  std::vector<std::string_view> words;
  for (const auto& v : kind.values) words.push_back(v.word);
  const auto text = expect_scalar(node, at, "a word", b.out);
  if (!text) return false;
  for (const auto& v : kind.values) {
    if (v.word == *text) {
      into = v.value;
      return true;
    }
  }
  report_word(b, at, node, words);
  return false;
}

template <class T, class Kind>
bool bind(binding& b, const place& at, const yaml_node& node, std::optional<T>& into, Kind kind) {
  T value{};
  if (!bind(b, at, node, value, kind)) return false;
  into = std::move(value);
  return true;
}

template <class T, class Kind>
bool bind(binding& b, const place& at, const yaml_node& node, std::vector<T>& into, list_kind<Kind> kind) {
  std::vector<T> values;
  bool good = true;
  const auto one = [&](const yaml_node& item) {
    T value{};
    if (bind(b, at, item, value, kind.of)) {
      values.push_back(std::move(value));
    } else {
      good = false;
    }
  };
  if (kind.form == list_form::one_alone && node.kind == node_kind::scalar) {
    one(node);
  } else {
    if (!expect_list(node, at, b.out)) return false;
    for (const auto& item : node.items) one(item);
  }
  into = std::move(values);
  return good;
}

// ---- sections ---------------------------------------------------------------------------------

class section_reader {
 public:
  // `where` is what a missing key is reported at.
  section_reader(binding& b, const yaml_node& map, std::string section, mark where)
      : b_(b), keys_(map, std::move(section), where, b.out) {}

  template <class Member, class Kind>
  void field(const field_info& info, Member& into, Kind kind) {
    const auto* found = keys_.take(info.key);
    if (found == nullptr) {
      if (info.need == presence::required) keys_.missing(info.key, info.example);
      return;
    }
    const place at{keys_.section(), std::string(info.key), std::string(info.example), found->where};
    bind(b_, at, found->value, into, kind);
  }

  void finish() { keys_.finish(); }

 private:
  binding& b_;
  map_reader keys_;
};

// What a nested section is called in messages: "`queue` of provider `homelab`".
inline std::string nested_section(const place& at) {
  if (at.key.empty()) return at.section;
  return "`" + at.key + "`" + (at.section.empty() ? "" : " of " + at.section);
}

template <class T>
void read_section(binding& b, const yaml_node& map, std::string section, mark where, T& into) {
  if constexpr (requires { into.where = where; }) into.where = where;
  section_reader reader(b, map, std::move(section), where);
  describe(reader, into);
  reader.finish();
}

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
  requires(!is_optional<T>)
bool bind(binding& b, const place& at, const yaml_node& node, T& into, section_kind) {
  if (!expect_map(node, at, b.out)) return false;
  read_section(b, node, nested_section(at), at.key_mark, into);
  return true;
}

template <class T>
bool bind(binding& b, const place& at, const yaml_node& node, std::vector<T>& into, dictionary_kind kind) {
  if (!expect_map(node, at, b.out)) return false;
  for (const auto& entry : node.entries) {
    T value{};
    value.name = entry.key;
    const std::string section = std::string(kind.noun) + " `" + entry.key + "`";
    if (expect_map(entry.value, place{section, {}, {}, entry.where}, b.out)) {
      read_section(b, entry.value, section, entry.where, value);
    }
    value.where = entry.where;
    into.push_back(std::move(value));
  }
  return true;
}

// "rule `night`", or "the second rule" while it has no name.
std::string section_of_item(std::string_view noun, const yaml_node& item, std::size_t index);
// The place of the name where there is one, so that findings point at it.
mark mark_of_item(const yaml_node& item);

template <class T>
bool bind(binding& b, const place& at, const yaml_node& node, std::vector<T>& into, sequence_kind kind) {
  if (!expect_list(node, at, b.out)) return false;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const auto& item = node.items[i];
    const auto section = section_of_item(kind.noun, item, i);
    if (!expect_map(item, place{section, {}, {}, item.where}, b.out)) continue;
    T value{};
    read_section(b, item, section, mark_of_item(item), value);
    into.push_back(std::move(value));
  }
  return true;
}

}  // namespace nearfar::config
