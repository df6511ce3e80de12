#include "config/field_docs.hpp"

#include "config/fact_table.hpp"
#include "config/fields_preset.hpp"
#include "config/fields_server.hpp"
#include "config/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <utility>

namespace nearfar::config {

namespace {

struct shape {
  std::string value = {};
  std::vector<word_doc> words = {};
  std::string title = {};
  std::vector<field_doc> fields = {};
};

template <class T>
shape section_of(T& value, const std::string& path, std::string words, std::string title);

std::string article(std::string_view noun) {
  const bool vowel = !noun.empty() && std::string_view("aeiou").find(noun.front()) != std::string_view::npos;
  return fmt::format("{} {}", vowel ? "an" : "a", noun);
}

std::string title_of(std::string_view noun) {
  auto text = article(noun);
  text.front() = 'A';
  return text;
}

class docs_visitor {
 public:
  explicit docs_visitor(std::string path) : path_(std::move(path)) {}

  template <class Member, class Kind>
  void field(const field_info& info, Member& member, Kind kind) {
    auto doc = entry(info);
    auto s = of(member, kind, doc.path);
    doc.value = std::move(s.value);
    doc.words = std::move(s.words);
    doc.title = s.title.empty() ? "`" + doc.path + "`" : std::move(s.title);
    doc.fields = std::move(s.fields);
    fields_.push_back(std::move(doc));
  }

  std::vector<field_doc> finish() { return std::move(fields_); }

 private:
  field_doc entry(const field_info& info) const {
    field_doc doc;
    doc.path = path_.empty() ? std::string(info.key) : path_ + "." + std::string(info.key);
    doc.doc = info.doc;
    doc.fallback = info.fallback;
    doc.example = info.example;
    doc.required = info.need == presence::required;
    return doc;
  }

  // ---- single values ----
  using text = const std::string&;
  static shape of(auto&, text_kind, text) { return {.value = "a text"}; }
  static shape of(auto&, path_kind, text) { return {.value = "a path"}; }
  static shape of(auto&, flag_kind, text) { return {.value = "`true` or `false`"}; }
  static shape of(auto&, url_kind, text) { return {.value = "a URL, or `unix:/path`"}; }
  static shape of(auto&, listen_kind, text) { return {.value = "an address `host:port`, or `unix:/path`"}; }
  static shape of(auto&, host_kind, text) { return {.value = "a host name"}; }
  static shape of(auto&, origin_kind, text) { return {.value = "an origin `https://host`"}; }
  static shape of(auto&, region_kind, text) { return {.value = "a word of your own"}; }
  static shape of(auto&, retention_kind, text) { return {.value = "`none`, or a time such as `30d`"}; }
  static shape of(auto&, name_kind kind, text) {
    return {.value = kind.noun == "model" ? "a model's id" : "a word of your own"};
  }
  static shape of(auto&, version_kind, text) { return {.value = "`1`"}; }
  static shape of(auto&, moment_kind, text) { return {.value = "a moment such as `2026-12-01T08:00+01:00`"}; }
  static shape of(auto&, words_kind, text) { return {.value = "a count such as `3 words`"}; }
  static shape of(auto&, amount_kind, text) {
    return {.value = "money such as `5 USD`, or a count such as `60` or `2M`"};
  }
  static shape of(auto&, zone_kind, text) { return {.value = "a time zone by its IANA name"}; }
  static shape of(auto&, threads_kind, text) { return {.value = "`auto`, or a count"}; }
  static shape of(auto&, tags_kind, text) { return {.value = "a list of words"}; }
  static shape of(auto&, secret_kind_ref, text) {
    return {.value = "`{env: NAME}`, `{file: path}` or `client`"};
  }
  static shape of(auto&, renames_kind, text) { return {.value = "a map: field, and its name there"}; }
  static shape of(auto&, clamps_kind, text) { return {.value = "a map: field, and `[least, most]`"}; }
  static shape of(auto&, word_of_kind kind, text) {
    shape s{.value = "one of these"};
    for (const auto word : kind.words) s.words.push_back({std::string(word), {}});
    return s;
  }
  static shape of(auto&, dialects_kind, text path) {
    dialect_path one;
    auto s = section_of(one, path, "a map: dialect, and its path or a map", "Where a dialect is served");
    for (const auto word : dialect_words) s.words.push_back({std::string(word), {}});
    return s;
  }
  static shape of(auto&, body_fields_kind, text) { return {.value = "a map of JSON values"}; }
  static shape of(auto&, message_fields_kind, text) { return {.value = "a map of JSON values"}; }
  static shape of(auto&, word_or_duration_kind kind, text) {
    return {.value = fmt::format("`{}`, or {}", kind.word, describe(quantity::duration))};
  }
  static shape of(auto&, preset_kind, text) {
    shape s{.value = "the name of a preset, or a file `./mine.yaml`"};
    for (const auto& p : presets()) s.words.push_back({p.name, p.title});
    return s;
  }
  static shape of(auto&, number_kind kind, text) {
    auto value = std::string(describe(kind.what));
    if (kind.what == quantity::plain && kind.most < 1e9)
      value = fmt::format("a plain number from {} to {}", static_cast<std::int64_t>(kind.least),
                          static_cast<std::int64_t>(kind.most));
    return {.value = std::move(value)};
  }
  static shape of(auto&, number_test_kind kind, text) {
    return {.value = fmt::format("a comparison of {}", describe(kind.what))};
  }
  static shape of(auto&, reference_kind kind, text) {
    switch (kind.to) {
      case reference::provider:
        return {.value = "a provider"};
      case reference::target:
        return {.value = "a target `provider/model`"};
      case reference::model:
        return {.value = "a model"};
      case reference::provider_or_target:
        return {.value = "a provider or a target"};
      case reference::test_target:
        return {.value = "a target, or `none`"};
    }
    return {};
  }

  template <class E>
  static shape of(auto&, choice_kind<E> kind, text) {
    shape s{.value = "one of these"};
    for (const auto& v : kind.values) s.words.push_back({std::string(v.word), std::string(v.doc)});
    return s;
  }
  template <class T, class Kind>
  static shape of(std::vector<T>&, list_kind<Kind> kind, text path) {
    T one{};
    auto s = of(one, kind.of, path);
    s.value =
        kind.form == list_form::one_alone ? s.value + ", or a list of these" : "a list, each " + s.value;
    return s;
  }

  // ---- sections ----
  template <class T>
  static shape of(T& value, section_kind, text path) {
    return section_of(value, path, "a map", {});
  }
  template <class T>
  static shape of(std::optional<T>&, section_kind, text path) {
    T value{};
    return section_of(value, path, "a map", {});
  }
  template <class T>
  static shape of(std::vector<T>&, sequence_kind kind, text path) {
    T value{};
    return section_of(value, path, fmt::format("a list, each {}", article(kind.noun)), title_of(kind.noun));
  }
  template <class T>
  static shape of(std::vector<T>&, dictionary_kind kind, text path) {
    T value{};
    return section_of(value, path, fmt::format("a map: name, and {}", article(kind.noun)),
                      title_of(kind.noun));
  }

  // ---- grammars of their own ----
  static shape of(auto&, cost_kind, text path) {
    price p;
    return section_of(p, path, "`free`, or a map", {});
  }
  static shape of(auto&, clock_kind, text path) {
    token_clock c;
    return section_of(c, path, "a duration such as `4s`, or a map", {});
  }
  static shape of(auto&, models_of_provider_kind, text path) {
    target_model m;
    return section_of(m, path, "a map: id, and what you know of the model; a list of ids; or `discover`",
                      "A model of a provider");
  }
  static shape of(auto&, model_names_kind, text) {
    return {.value = "a map: name, and a list of targets, models or names"};
  }
  static shape of(auto&, fact_settings_kind, text path) {
    fact_config f;
    return section_of(f, path, "a map: fact, and its settings", "A fact");
  }
  static shape of(auto&, fact_value_kind, text) { return {.value = "a value of the fact"}; }
  static shape of(auto&, given_kind, text) {
    return {.value = "a map: fact, and its value; `reached`, and names of limits"};
  }
  static shape of(expectation& e, expectation_kind, text path) { return section_of(e, path, "a map", {}); }
  static shape of(auto&, condition_kind_ref, text) { return {.value = "a condition over facts"}; }
  static shape of(auto&, selectors_kind, text) { return {.value = "a selector, or a list of these"}; }
  static shape of(auto&, ranks_kind, text) {
    return {.value = "a list of selectors; a nested list is one rank"};
  }
  static shape of(auto&, price_test_kind, text path) {
    price_test_section each;
    return section_of(each, path, "a comparison of a price such as `3 USD/M`, or a map", {});
  }

  std::string path_;
  std::vector<field_doc> fields_;
};

template <class T>
shape section_of(T& value, const std::string& path, std::string words, std::string title) {
  docs_visitor visitor(path);
  describe(visitor, value);
  return {.value = std::move(words), .words = {}, .title = std::move(title), .fields = visitor.finish()};
}

std::string value_words(const fact_info& fact) {
  switch (fact.shape) {
    case fact_shape::boolean:
      return "`true` or `false`";
    case fact_shape::choice:
      return "one of these";
    case fact_shape::name:
      return "a name; `*` may stand in it";
    case fact_shape::number:
      return std::string(describe(fact.unit)) + ", compared";
    case fact_shape::window:
      return "a window of the day and its zone";
    case fact_shape::weekday:
      return "a day or a range of days; the zone may follow";
    case fact_shape::header:
      return "a map: header, and its value; it may end in `*`";
  }
  return {};
}

std::string source_words(fact_source source) {
  switch (source) {
    case fact_source::sensed:
      return "sensed";
    case fact_source::caller:
      return "the caller's key";
    case fact_source::privacy:
      return "client, upwards only";
    case fact_source::clock:
      return "clock";
    case fact_source::client:
      return "client";
    case fact_source::ledger:
      return "ledger";
  }
  return {};
}

std::vector<field_doc> all_fields() {
  configuration c;
  auto fields = section_of(c, {}, {}, {}).fields;
  selector s;
  auto keys = section_of(s, "selector", {}, {});
  field_doc grammar;
  grammar.path = "selector";
  grammar.doc = "which targets: in `allow`, `deny`, `only`, `prefer`, `never`";
  grammar.value = "a tier, a provider, a target, a model, or a map: all of its keys must fit";
  grammar.example = "[device, {region: eu, price: \"< 3 USD/M\"}]";
  grammar.title = "A selector";
  grammar.fields = std::move(keys.fields);
  fields.push_back(std::move(grammar));
  preset p;
  field_doc own;
  own.path = "preset_file";
  own.doc = "a kind of server that no preset knows, as a file: `preset: ./mine.yaml`";
  own.value = "a map in a file of its own";
  own.example = "{title: Mine, dialects: {openai-chat: /v1/chat/completions}}";
  own.title = "A preset file";
  own.fields = section_of(p, own.path, {}, {}).fields;
  fields.push_back(std::move(own));
  return fields;
}

std::vector<fact_doc> all_facts() {
  std::vector<fact_doc> facts;
  for (const auto& f : fact_table()) {
    fact_doc doc{std::string(f.name),    std::string(f.doc),     value_words(f),
                 source_words(f.source), std::string(f.example), {}};
    for (const auto word : f.words) doc.words.push_back({std::string(word), {}});
    facts.push_back(std::move(doc));
  }
  return facts;
}

void walk(const std::vector<field_doc>& fields, const std::function<void(const field_doc&)>& see) {
  for (const auto& f : fields) {
    see(f);
    walk(f.fields, see);
  }
}

bool ends_with_path(std::string_view path, std::string_view end) {
  if (!path.ends_with(end)) return false;
  return path.size() == end.size() || path[path.size() - end.size() - 1] == '.';
}

// `providers.homelab.url` names `providers.url`: each part of `path` stands in `written`, in order, the
// first and the last at its ends; what is left over are names of the user's own.
bool names_of_ones_own_between(std::string_view path, std::string_view written) {
  const auto parts = [](std::string_view text) {
    std::vector<std::string_view> all;
    for (auto dot = text.find('.'); dot != std::string_view::npos; dot = text.find('.')) {
      all.push_back(text.substr(0, dot));
      text.remove_prefix(dot + 1);
    }
    all.push_back(text);
    return all;
  };
  const auto wanted = parts(path);
  const auto given = parts(written);
  if (given.size() <= wanted.size() || wanted.front() != given.front() || wanted.back() != given.back())
    return false;
  std::size_t at = 0;
  for (const auto part : given) at += at < wanted.size() && part == wanted[at] ? 1 : 0;
  return at == wanted.size();
}

}  // namespace

std::string_view field_doc::key() const {
  const auto dot = path.rfind('.');
  return std::string_view(path).substr(dot == std::string::npos ? 0 : dot + 1);
}

const std::vector<field_doc>& field_docs() {
  static const auto all = all_fields();
  return all;
}

const std::vector<fact_doc>& fact_docs() {
  static const auto all = all_facts();
  return all;
}

found_docs find_docs(std::string_view name) {
  found_docs found;
  const auto collect = [&](const std::function<bool(std::string_view)>& fits) {
    walk(field_docs(), [&](const field_doc& f) {
      if (fits(f.path)) found.fields.push_back(&f);
    });
  };
  collect([&](std::string_view path) { return path == name; });
  if (found.fields.empty()) collect([&](std::string_view path) { return ends_with_path(path, name); });
  if (found.fields.empty())
    collect([&](std::string_view path) { return names_of_ones_own_between(path, name); });
  const auto fact_name = name.starts_with("facts.") ? name.substr(6) : name;
  for (const auto& f : fact_docs()) {
    if (f.name == fact_name) found.facts.push_back(&f);
  }
  if (!found.fields.empty() || !found.facts.empty()) return found;
  std::vector<std::string> legal;
  const bool dotted = name.find('.') != std::string_view::npos;
  walk(field_docs(), [&](const field_doc& f) { legal.push_back(dotted ? f.path : std::string(f.key())); });
  for (const auto& f : fact_docs()) legal.push_back(f.name);
  if (const auto near = nearest(name, legal); !near.empty())
    found.help = fmt::format("did you mean `{}`?", near);
  return found;
}

}  // namespace nearfar::config
