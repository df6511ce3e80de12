#include "config/schema.hpp"

#include "config/binder.hpp"
#include "config/fields_preset.hpp"
#include "config/fields_server.hpp"
#include "config/protected_fields.hpp"
#include "config/schema_kinds.hpp"
#include "config/schema_value.hpp"

#include <concepts>
#include <type_traits>
#include <utility>

namespace nearfar::config {

namespace {

using schema::array;
using schema::object;

template <class T>
struct without_optional {
  using type = T;
};
template <class T>
struct without_optional<std::optional<T>> {
  using type = T;
};
template <class T>
using plain = typename without_optional<T>::type;

template <class Member>
constexpr schema::digits digits_of =
    std::is_floating_point_v<plain<Member>> ? schema::digits::fraction : schema::digits::whole;

// Asks the reader itself whether it would take this for the key.
template <class Member, class Kind>
bool reader_takes(const Member& member, Kind kind, std::string_view text) {
  static const configuration empty;
  if (text.empty()) return false;
  diagnostics said;
  const auto root = parse_yaml(text, said);
  if (!root) return false;
  binding b{said, empty, "/", "/"};
  Member copy = member;
  const bool taken = config::bind(b, place{}, *root, copy, kind);  // std::bind would be found too
  return taken && !said.has_errors();
}

array strings_of(const auto& values, auto member) {
  array all;
  for (const auto& v : values) all.emplace_back(v.*member);
  return all;
}

template <class T>
object section_of(T& value, const fact_info* fact = nullptr);

class section_schema {
 public:
  // `fact`: the one that the section is about, where it is a known one.
  explicit section_schema(const fact_info* fact) : fact_(fact) {}

  template <class Member, class Kind>
  void field(const field_info& info, Member& member, Kind kind) {
    if (fact_ != nullptr && info.key == "type") return;  // a known fact has its type
    object s = of(member, kind);
    s["description"] = info.doc;
    // Some fallbacks are prose ("as the catalog says").
    if (reader_takes(member, kind, info.fallback)) s["default"] = as_editors_read(info.fallback);
    // The example of `if_unsensed` is of one fact, and not of each.
    if (fact_ == nullptr || !std::is_same_v<Kind, fact_value_kind>)
      s["examples"] = array{as_editors_read(info.example)};
    properties_[info.key] = std::move(s);
    if (info.need == presence::required) required_.emplace_back(info.key);
  }

  object finish() {
    object s{{"type", "object"}, {"properties", std::move(properties_)}, {"additionalProperties", false}};
    if (!required_.empty()) s["required"] = std::move(required_);
    return s;
  }

 private:
  // ---- single values ----
  static object of(auto&, text_kind) { return schema::word(); }
  static object of(auto&, path_kind) { return schema::word(); }
  static object of(auto&, flag_kind) { return schema::flag(); }
  static object of(auto&, url_kind) { return schema::url(); }
  static object of(auto&, listen_kind) { return schema::listen(); }
  static object of(auto&, host_kind) { return schema::host(); }
  static object of(auto&, origin_kind) { return schema::origin(); }
  static object of(auto&, region_kind) { return schema::name({}); }
  static object of(auto&, retention_kind) { return schema::retention(); }
  static object of(auto&, name_kind kind) { return schema::name(kind.noun); }
  static object of(auto&, version_kind) { return schema::version(); }
  static object of(auto&, moment_kind) { return schema::moment(); }
  static object of(auto&, words_kind) { return schema::words(); }
  static object of(auto&, amount_kind) {
    return schema::any_of({schema::number({quantity::usd, 0, 1e12}, schema::digits::fraction),
                           schema::number({quantity::tokens, 0, 1e12}, schema::digits::whole)});
  }
  static object of(auto&, zone_kind) { return schema::word(); }
  static object of(auto&, preset_kind) { return schema::preset(); }
  static object of(auto&, renames_kind) { return schema::map_of(schema::word()); }
  static object of(auto&, word_of_kind kind) { return schema::one_of(kind.words); }
  static object of(auto&, clamps_kind) {
    auto pair = schema::list_of(object{{"type", "number"}});
    pair["minItems"] = 2;
    pair["maxItems"] = 2;
    return schema::map_of(std::move(pair));
  }
  static object of(auto&, dialects_kind) {
    dialect_path one;
    auto map =
        schema::map_of(schema::any_of({schema::text("^/", "a path that begins with `/`"), section_of(one)}));
    map["propertyNames"] = schema::one_of(dialect_words);
    map["minProperties"] = 1;
    return map;
  }
  static object of(auto&, secret_kind_ref) { return schema::secret(); }
  static object of(auto&, body_fields_kind) { return schema::fields_but(protected_fields); }
  static object of(auto&, message_fields_kind) { return schema::fields_but(protected_message_fields); }
  static object of(auto&, reference_kind) { return schema::word(); }
  static object of(auto&, tags_kind) { return schema::list_of(schema::name("tag")); }
  static object of(auto&, number_test_kind kind) { return schema::comparison(kind.what); }
  static object of(auto&, threads_kind) {
    return schema::any_of(
        {object{{"enum", array{"auto"}}}, schema::number({quantity::plain, 1, 1024}, schema::digits::whole)});
  }
  static object of(auto&, word_or_duration_kind kind) {
    return schema::any_of(
        {object{{"enum", array{kind.word}}}, schema::number(duration_kind, schema::digits::whole)});
  }

  template <class Member>
  static object of(Member&, number_kind kind) {
    if constexpr (std::integral<plain<Member>>)
      kind.most = std::min(kind.most, static_cast<double>(std::numeric_limits<plain<Member>>::max()));
    return schema::number(kind, digits_of<Member>);
  }

  template <class E>
  static object of(auto&, choice_kind<E> kind) {
    object s{{"enum", strings_of(kind.values, &choice_value<E>::word)}};
    s["enumDescriptions"] = strings_of(kind.values, &choice_value<E>::doc);
    return s;
  }

  template <class T, class Kind>
  object of(std::vector<T>&, list_kind<Kind> kind) {
    T one{};
    object item = of(one, kind.of);
    object list = schema::list_of(item);
    if (kind.form == list_form::list_only) return list;
    return schema::any_of({std::move(item), std::move(list)});
  }

  // ---- sections ----
  template <class T>
  static object of(T& value, section_kind) {
    return section_of(value);
  }
  template <class T>
  static object of(std::optional<T>&, section_kind) {
    T value{};
    return section_of(value);
  }
  template <class T>
  static object of(std::vector<T>&, sequence_kind) {
    T value{};
    return schema::list_of(section_of(value));
  }
  template <class T>
  static object of(std::vector<T>&, dictionary_kind kind) {
    T value{};
    object s{{"type", "object"}, {"additionalProperties", section_of(value)}};
    if (kind.noun == "provider") {
      auto reserved = strings_of(tiers, &choice_value<tier>::word);
      reserved.emplace_back("none");
      auto names = schema::names_but(std::move(reserved));
      names["pattern"] = "^[A-Za-z0-9._-]+$";
      s["propertyNames"] = std::move(names);
    }
    return s;
  }

  // ---- grammars of their own ----
  static object of(auto&, cost_kind) {
    price p;
    return schema::any_of({object{{"enum", array{"free"}}}, section_of(p)});
  }
  static object of(auto&, clock_kind) {
    token_clock c;
    return schema::any_of({schema::number(duration_kind, schema::digits::whole), section_of(c)});
  }
  static object of(provider& p, models_of_provider_kind kind) {
    target_model m;
    object map{{"type", "object"}, {"additionalProperties", section_of(m)}};
    array ways{std::move(map), schema::list_of(schema::name("model"))};
    if (reader_takes(p, kind, "discover")) ways.push_back(object{{"enum", array{"discover"}}});
    return schema::any_of(std::move(ways));
  }
  static object of(auto&, model_names_kind) {
    return {{"type", "object"}, {"additionalProperties", schema::one_or_list_of_some(schema::word())}};
  }
  static object of(auto&, fact_settings_kind);
  object of(auto&, fact_value_kind) { return fact_ != nullptr ? schema::value_of(*fact_) : schema::word(); }
  static object of(auto&, given_kind);
  static object of(expectation& e, expectation_kind) {
    auto s = section_of(e);
    s["minProperties"] = 1;
    return s;
  }
  static object of(auto&, condition_kind_ref) { return schema::reference("condition"); }
  static object of(auto&, selectors_kind) { return schema::reference("selectors"); }
  static object of(auto&, ranks_kind) {
    auto ranks = schema::list_of(schema::reference("selectors"));
    return schema::any_of({schema::reference("word_or_selector"), std::move(ranks)});
  }
  static object of(auto&, price_test_kind) {
    price_test_section each;
    return schema::any_of({schema::comparison(quantity::usd_per_million), section_of(each)});
  }

  const fact_info* fact_;
  object properties_;
  array required_;
};

object needs_one_of(std::string_view first, std::string_view second) {
  return schema::any_of({object{{"required", array{first}}}, object{{"required", array{second}}}});
}

template <class T>
object section_of(T& value, const fact_info* fact) {
  section_schema visitor(fact);
  describe(visitor, value);
  auto s = visitor.finish();
  // What `check` asks of several keys together.
  if constexpr (std::is_same_v<T, guard>) s["anyOf"] = needs_one_of("allow", "deny")["anyOf"];
  if constexpr (std::is_same_v<T, provider>) s["anyOf"] = needs_one_of("preset", "runtime")["anyOf"];
  return s;
}

// `if_unsensed` of a declared fact is what its `type` says.
object value_by_type(fact_type type, std::string_view word) {
  fact_info like{"", fact_shape::name, fact_source::sensed, "", ""};
  if (type == fact_type::boolean) like.shape = fact_shape::boolean;
  if (type == fact_type::number) like.shape = fact_shape::number;
  object of_type{{"properties", object{{"type", object{{"enum", array{word}}}}}},
                 {"required", array{"type"}}};
  object then{{"properties", object{{"if_unsensed", schema::value_of(like)}}}};
  return {{"if", std::move(of_type)}, {"then", std::move(then)}};
}

object section_schema::of(auto&, fact_settings_kind) {
  fact_config f;
  object known;
  for (const auto& fact : fact_table()) {
    known[fact.name] = false;
    if (fact.source != fact_source::sensed) continue;
    auto s = section_of(f, &fact);
    s["description"] = fact.doc;
    known[fact.name] = std::move(s);
  }
  auto declared = section_of(f);
  declared["required"] = array{"type"};
  array by_type;
  for (const auto& t : fact_types) by_type.push_back(value_by_type(t.value, t.word));
  declared["allOf"] = std::move(by_type);
  return {
      {"type", "object"}, {"properties", std::move(known)}, {"additionalProperties", std::move(declared)}};
}

object section_schema::of(auto&, given_kind) {
  object known;
  for (const auto& fact : fact_table()) {
    known[fact.name] = false;
    auto s = schema::value_of(fact);
    s["description"] = fact.doc;
    known[fact.name] = std::move(s);
  }
  auto reached = schema::any_of({schema::word(), schema::list_of(schema::word())});
  reached["description"] = "limits that have no room left";
  known[reached_key] = std::move(reached);
  return {{"type", "object"}, {"properties", std::move(known)}, {"additionalProperties", schema::word()}};
}

// ---- what refers to itself ----------------------------------------------------------------------

object condition_schema() {
  object keys;
  keys["any"] = schema::list_of_some(schema::reference("condition"));
  keys["any"].as_object()["description"] = "one of these holds";
  keys["not"] = schema::reference("condition");
  keys["not"].as_object()["description"] = "this does not hold";
  for (const auto& fact : fact_table()) {
    keys[fact.name] = false;  // legal elsewhere, so it must not pass for one of the user's own
    auto s = schema::test_of(fact);
    s["description"] = fact.doc;
    s["examples"] = array{as_editors_read(fact.example)};
    keys[fact.name] = std::move(s);
  }
  object s{{"description", "all of these keys hold; a list holds when one of its values does"},
           {"type", "object"},
           {"minProperties", 1},
           {"properties", std::move(keys)}};
  // Facts of one's own are declared elsewhere in the file.
  s["additionalProperties"] = schema::one_or_list_of_some(schema::word());
  return s;
}

object definitions() {
  selector one;
  auto map = section_of(one);
  map["description"] = "all of these fit; a list fits when one of its values does";
  map["minProperties"] = 1;
  object tier_word{{"enum", strings_of(tiers, &choice_value<tier>::word)},
                   {"enumDescriptions", strings_of(tiers, &choice_value<tier>::doc)}};
  auto single = schema::any_of({std::move(tier_word), schema::word(), std::move(map)});
  single["description"] = "a tier, a provider, a target `provider/model`, a model, or a map of attributes";
  return {{"condition", condition_schema()},
          {"word_or_selector", std::move(single)},
          {"selectors", schema::one_or_list_of_some(schema::reference("word_or_selector"))}};
}

}  // namespace

std::string preset_schema() {
  preset p;
  object s{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "nearfar preset"}};
  for (auto& member : section_of(p)) s[member.key()] = std::move(member.value());
  return pretty(s);
}

std::string configuration_schema() {
  configuration c;
  object s{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "nearfar configuration"}};
  for (auto& member : section_of(c)) s[member.key()] = std::move(member.value());
  s["$defs"] = definitions();
  return pretty(s);
}

}  // namespace nearfar::config
