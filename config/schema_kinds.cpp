#include "config/schema_kinds.hpp"

#include "config/preset.hpp"

#include <fmt/format.h>

namespace nearfar::config::schema {

namespace {

constexpr std::string_view fraction_digits = "(0|[1-9][0-9]*)(\\.[0-9]+)?";
constexpr std::string_view whole_digits = "(0|[1-9][0-9]*)(\\.0+)?";
constexpr std::string_view percent_digits = "(100(\\.0+)?|(0|[1-9][0-9]?)(\\.[0-9]+)?)";
constexpr std::string_view name_characters = "A-Za-z0-9._-";
constexpr std::string_view ipv4 =
    "((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\\.){3}(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])";
constexpr std::string_view port =
    "0*([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])";
constexpr std::string_view minute = "(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)";
constexpr std::string_view day = "(mon|tue|wed|thu|fri|sat|sun)";

// Largest of the integers that every reader of JSON has exactly (RFC 8259 section 6).
constexpr double largest_exact = 9'007'199'254'740'991.0;

// One number with its unit, without anchors.
std::string number_pattern(quantity what, digits form) {
  std::string units;
  bool bare = false;
  for (const auto name : unit_names(what)) {
    if (name.empty()) {
      bare = true;
      continue;
    }
    units += (units.empty() ? "" : "|") + std::string(name);
  }
  const auto alone = form == digits::whole ? whole_digits : fraction_digits;
  if (units.empty()) return std::string(alone);
  const auto counted = what == quantity::percent ? percent_digits : fraction_digits;
  const auto with_unit = fmt::format("{} ?({})", counted, units);
  return bare ? fmt::format("({}|{})", alone, with_unit) : with_unit;
}

std::string whole_text(std::string_view pattern) {
  return fmt::format("^\\s*{}\\s*$", pattern);
}

bool takes_bare_numbers(quantity what) {
  return what == quantity::plain || what == quantity::tokens;
}

object patterned(boost::json::value type, std::string_view pattern, std::string_view wanted) {
  object s{{"type", std::move(type)}, {"minLength", 1}};
  if (pattern.empty()) return s;
  s["pattern"] = pattern;
  s["patternErrorMessage"] = fmt::format("wants {}", wanted);
  return s;
}

array strings(std::span<const std::string_view> words) {
  array all;
  for (const auto word : words) all.emplace_back(word);
  return all;
}

void put_bound(object& s, std::string_view keyword, double bound) {
  if (bound == static_cast<double>(static_cast<std::int64_t>(bound)))
    s[keyword] = static_cast<std::int64_t>(bound);
  else
    s[keyword] = bound;
}

}  // namespace

object word() {
  return patterned(array{"string", "number", "boolean"}, {}, {});
}

object word(std::string_view pattern, std::string_view wanted) {
  return patterned(array{"string", "number", "boolean"}, pattern, wanted);
}

object text(std::string_view pattern, std::string_view wanted) {
  return patterned("string", pattern, wanted);
}

object name(std::string_view noun) {
  if (noun == "model") return word("^[A-Za-z0-9._/:@+-]+$", "letters, digits and any of `._-/:@+`");
  return word(fmt::format("^[{}]+$", name_characters), "letters, digits, `.`, `_` and `-` only");
}

object flag() {
  return {{"type", "boolean"}};
}

object number(const number_kind& kind, digits form) {
  const auto pattern = whole_text(number_pattern(kind.what, form));
  if (!takes_bare_numbers(kind.what)) return text(pattern, describe(kind.what));
  auto s =
      patterned(array{form == digits::whole ? "integer" : "number", "string"}, pattern, describe(kind.what));
  put_bound(s, "minimum", kind.least);
  if (kind.most < largest_exact) put_bound(s, "maximum", kind.most);
  return s;
}

object comparison(quantity what) {
  const auto bound = number_pattern(what, digits::fraction);
  const auto pattern = whole_text(fmt::format("((<=|>=|<|>)\\s*{0}|{0}\\s*\\.\\.\\s*{0}|{0})", bound));
  const auto wanted = fmt::format("{}, compared (`\"< ...\"`), or a range `a..b`", describe(what));
  if (!takes_bare_numbers(what)) return text(pattern, wanted);
  auto s = patterned(array{"number", "string"}, pattern, wanted);
  s["minimum"] = 0;
  return s;
}

object url() {
  return text("^(unix:/.{0,106}|https?://[^\\s/?#@]+(/[^\\s?#]*)?)$", "`http://` or `https://` and a host");
}

object listen() {
  return text(fmt::format("^(unix:/.{{0,106}}|(localhost|{}|\\[[0-9A-Fa-f:.]+\\]):{})$", ipv4, port),
              "an address and a port, such as `127.0.0.1:8484`, or `unix:/path`");
}

object host() {
  return word(fmt::format("^([A-Za-z0-9_][{}]*|\\[[0-9A-Fa-f:.]+\\])(:{})?$", name_characters, port),
              "a host name");
}

object origin() {
  return text("^https?://[^\\s/?#@]+$", "scheme, host and port only, such as `https://app.example`");
}

object retention() {
  return text(fmt::format("^(none|\\s*{}\\s*)$", number_pattern(quantity::duration, digits::fraction)),
              "`none` or a time such as `30d`");
}

object moment() {
  return text(
      "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[T "
      "]([01][0-9]|2[0-3]):[0-5][0-9](:[0-6][0-9](\\.[0-9]*)?)?"
      "([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$",
      "a date, a time and an offset, such as `2026-12-01T08:00+01:00`");
}

object words() {
  return text("^0*(([1-9][0-9]?|100) words|1 word)$", "1 to 100 words, such as `3 words`");
}

object preset() {
  array names;
  array titles;
  for (const auto& p : presets()) {
    names.emplace_back(p.name);
    titles.emplace_back(p.title);
  }
  object shipped{{"enum", std::move(names)}, {"enumDescriptions", std::move(titles)}};
  return any_of({std::move(shipped), text("\\.ya?ml$", "a preset that is shipped, or a file `./mine.yaml`")});
}

object secret() {
  auto variable = text("^[A-Za-z_][A-Za-z0-9_]*$", "the name of a variable, never the key itself");
  variable["description"] = "the environment variable that holds it";
  auto file = word();
  file["description"] = "the file that holds it";
  object ways{{"type", "object"},
              {"properties", object{{"env", std::move(variable)}, {"file", std::move(file)}}},
              {"additionalProperties", false},
              {"minProperties", 1},
              {"maxProperties", 1}};
  object client{{"enum", array{"client"}}, {"enumDescriptions", array{"the caller's own credential"}}};
  return any_of({std::move(client), std::move(ways)});
}

object fields_but(std::span<const std::string_view> names) {
  return {{"type", "object"}, {"propertyNames", names_but(strings(names))}};
}

object version() {
  return {{"enum", array{1, "1"}}};
}

object one_of(std::span<const std::string_view> words) {
  return {{"enum", strings(words)}};
}

object map_of(object value) {
  return {{"type", "object"}, {"additionalProperties", std::move(value)}};
}

object list_of(object item) {
  return {{"type", "array"}, {"items", std::move(item)}};
}

object list_of_some(object item) {
  return {{"type", "array"}, {"minItems", 1}, {"items", std::move(item)}};
}

object any_of(array alternatives) {
  return {{"anyOf", std::move(alternatives)}};
}

object one_or_list_of_some(object item) {
  auto list = list_of_some(item);
  return any_of({std::move(item), std::move(list)});
}

object value_of(const fact_info& fact) {
  switch (fact.shape) {
    case fact_shape::boolean:
      return flag();
    case fact_shape::number:
      return number(number_kind{fact.unit}, digits::fraction);
    case fact_shape::choice:
    case fact_shape::weekday:
      return {{"enum", strings(fact.words)}};
    case fact_shape::window:
      return text("^([01][0-9]|2[0-3]):[0-5][0-9]$", "a time of day such as `23:30`");
    case fact_shape::header:
      return {{"type", "object"}, {"additionalProperties", word()}};
    case fact_shape::name:
      break;
  }
  return word();
}

object test_of(const fact_info& fact) {
  switch (fact.shape) {
    case fact_shape::number:
      return one_or_list_of_some(comparison(fact.unit));
    case fact_shape::window:
      return one_or_list_of_some(
          text(fmt::format("^{0}-{0} +\\S+$", minute),
               "a window of the day and its zone, such as `\"22:00-06:00 Europe/Berlin\"`"));
    case fact_shape::weekday:
      return one_or_list_of_some(
          text(fmt::format("^{0}(-{0})?( +\\S+)?$", day), "`mon` to `sun` or a range such as `mon-fri`"));
    case fact_shape::header: {
      // A list of nothing is an odd thing to ask for, and legal.
      auto list = list_of(word());
      return {{"type", "object"}, {"additionalProperties", any_of({word(), std::move(list)})}};
    }
    case fact_shape::boolean:
    case fact_shape::choice:
    case fact_shape::name:
      break;
  }
  return one_or_list_of_some(value_of(fact));
}

object reference(std::string_view definition) {
  return {{"$ref", "#/$defs/" + std::string(definition)}};
}

object names_but(array words) {
  return {{"not", object{{"enum", std::move(words)}}}};
}

}  // namespace nearfar::config::schema
