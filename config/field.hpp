// The vocabulary of the field table: what one key of the file is.
//
// Each struct of config/model.hpp is described once, in config/fields_*.hpp, by
//
//   template <class Visitor> void describe(Visitor& v, rule& r) {
//     v.field({.key = "order", .doc = "...", .example = "balanced"}, r.order, choice<order_by>{orders});
//   }
//
// A visitor has `field(const field_info&, Member&, Kind)`. The reader (config/binder.hpp) is one; a schema, a
// reference page or a dump are others. The third argument says in its type what the value looks like;
// everything that a visitor may want to print is in the first.
#pragma once

#include "config/model.hpp"
#include "config/units.hpp"

#include <limits>
#include <span>
#include <string_view>

namespace nearfar::config {

enum class presence : std::uint8_t { optional, required };

struct field_info {
  std::string_view key;
  std::string_view doc;            // one line, no full stop
  std::string_view fallback = {};  // what holds when the key is left out, as it would be written
  std::string_view example = {};   // as it would be written
  presence need = presence::optional;
};

// ---- kinds ------------------------------------------------------------------------------------

struct text_kind {};
struct path_kind {};  // `~` and relative ones resolved, stored absolute
struct flag_kind {};  // true or false
struct url_kind {};
struct listen_kind {};  // host:port or unix:/path
struct host_kind {};
struct origin_kind {};  // https://host[:port]
struct region_kind {};
struct retention_kind {};  // none, 30d, ...
struct name_kind {         // a name of the user's own
  std::string_view noun;
};

struct number_kind {
  quantity what = quantity::plain;
  double least = 0;
  double most = std::numeric_limits<double>::max();
};

inline constexpr number_kind duration_kind{quantity::duration, 0, 366.0 * 86'400'000};
inline constexpr number_kind tokens_kind{quantity::tokens, 1, 1e9};
inline constexpr number_kind bytes_kind{quantity::bytes, 1, 1e15};
inline constexpr number_kind price_kind{quantity::usd_per_million, 0, 1e6};

// One of a fixed set of words.
template <class E>
struct choice_value {
  std::string_view word;
  E value;
  std::string_view doc = {};
};

template <class E>
struct choice_kind {
  std::span<const choice_value<E>> values;
};

// A list; one value alone stands for a list of one where `one_alone` says so.
enum class list_form : std::uint8_t { list_only, one_alone };

template <class Kind>
struct list_kind {
  Kind of;
  list_form form = list_form::list_only;
};

// A map with the keys that describe(visitor, Member&) names.
struct section_kind {};

// name -> section; the name goes to the member `name` (or `id`) of the struct.
struct dictionary_kind {
  std::string_view noun;  // "provider"
};

// A list of sections, each with a `name` of its own.
struct sequence_kind {
  std::string_view noun;  // "rule"
};

// ---- kinds with a grammar of their own ---------------------------------------------------------

struct version_kind {};
struct moment_kind {};   // RFC 3339: 2026-12-01T08:00+01:00
struct words_kind {};    // `3 words`
struct amount_kind {};   // 5 USD, 2M or 60
struct zone_kind {};     // Europe/Berlin
struct threads_kind {};  // auto or a count
struct tags_kind {};
struct preset_kind {};      // a name of config/presets, or a file
struct secret_kind_ref {};  // {env: NAME}, {file: path} or client
struct dialects_kind {};    // dialect -> path, or a section
struct renames_kind {};     // field -> field
struct clamps_kind {};      // field -> [low, high]
struct word_of_kind {       // one of these, kept as it is written
  std::span<const std::string_view> words;
};
struct body_fields_kind {};     // a map of JSON values
struct message_fields_kind {};  // the same inside of a message
struct cost_kind {};            // free, or a section of prices
struct clock_kind {};           // a duration, or {base, per_1k_input}
struct word_or_duration_kind {  // the word, stored as nothing, or a duration
  std::string_view word;
};
struct models_of_provider_kind {};  // a map, a list of ids, or `discover`
struct model_names_kind {};         // name -> entries
struct fact_settings_kind {};       // fact -> section
struct fact_value_kind {};          // a value for the fact that the section is about
struct given_kind {};               // fact -> value
struct condition_kind_ref {};       // design: AND of keys, OR of lists, any:, not:
struct selectors_kind {};           // any of several selectors
struct ranks_kind {};               // a list of selectors, a nested list is one rank
struct expectation_kind {};         // what a test wants; not empty
struct price_test_kind {};          // "< 3 USD/M", or {input, output}
struct number_test_kind {
  quantity what = quantity::plain;
};

enum class reference : std::uint8_t { provider, target, model, provider_or_target, test_target };
struct reference_kind {
  reference to = reference::target;
};

}  // namespace nearfar::config
