#include "config/binder.hpp"

#include "config/address.hpp"
#include "config/limit_amounts.hpp"
#include "config/moment.hpp"
#include "config/paths.hpp"
#include "config/zones.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

namespace nearfar::config {

namespace {

std::string ordinal(std::size_t index) {
  static constexpr std::array<std::string_view, 5> words{"first", "second", "third", "fourth", "fifth"};
  return index < words.size() ? std::string(words[index]) : fmt::format("{}th", index + 1);
}

bool store(std::optional<std::string> value, std::string& into) {
  if (!value) return false;
  into = std::move(*value);
  return true;
}

bool bind_address(binding& b, const place& at, const yaml_node& node, std::string& into,
                  std::string_view wanted, std::string_view diagnostic_code,
                  std::string (*problem)(std::string_view)) {
  const auto text = expect_scalar(node, at, wanted, b.out);
  if (!text) return false;
  if (const auto why = problem(*text); !why.empty()) {
    b.out.error(std::string(diagnostic_code), node.where, fmt::format("{} {}", at.subject(), why),
                at.example.empty() ? "" : fmt::format("for example `{}: {}`", at.key, at.example));
    return false;
  }
  into = *text;
  return true;
}

// Legal, and nearly always the price of one token.
void advise_on_price(binding& b, const place& at, const yaml_node& node, quantity what, double value) {
  if (what != quantity::usd_per_million || value <= 0 || value >= least_likely_price) return;
  b.out.warning(code::price_of_a_token, node.where,
                fmt::format("{} is next to nothing for a million tokens", at.subject()),
                fmt::format("if it is the price of one token, write `{}`", price_of_million(value)));
}

}  // namespace

void report_number(binding& b, const place& at, const yaml_node& node, const number_error& why) {
  b.out.error(why.code, node.where, at.subject() + " " + why.message, why.help);
}

void report_word(binding& b, const place& at, const yaml_node& node,
                 std::span<const std::string_view> legal) {
  b.out.error(code::unknown_value, node.where, fmt::format("{} cannot be `{}`", at.subject(), node.text),
              suggestion(node.text, legal));
}

std::string section_of_item(std::string_view noun, const yaml_node& item, std::size_t index) {
  const auto* name = item.find("name");
  if (name != nullptr && name->kind == node_kind::scalar && !name->text.empty()) {
    return fmt::format("{} `{}`", noun, name->text);
  }
  return fmt::format("the {} {}", ordinal(index), noun);
}

mark mark_of_item(const yaml_node& item) {
  const auto* name = item.find("name");
  return name != nullptr && name->kind == node_kind::scalar ? name->where : item.where;
}

bool bind(binding& b, const place& at, const yaml_node& node, std::string& into, text_kind) {
  return store(read_text(node, at, b.out), into);
}

bool bind(binding& b, const place& at, const yaml_node& node, std::string& into, path_kind) {
  const auto text = expect_scalar(node, at, "a path", b.out);
  if (!text) return false;
  into = resolve_path(*text, b.folder, b.home);
  return true;
}

bool bind(binding& b, const place& at, const yaml_node& node, std::string& into, url_kind) {
  return bind_address(b, at, node, into, "a URL", code::bad_url, url_problem);
}

bool bind(binding& b, const place& at, const yaml_node& node, std::string& into, listen_kind) {
  return bind_address(b, at, node, into, "an address", code::bad_address, listen_problem);
}

bool bind(binding& b, const place& at, const yaml_node& node, std::string& into, host_kind) {
  return bind_address(b, at, node, into, "a host name", code::bad_address, host_problem);
}

bool bind(binding& b, const place& at, const yaml_node& node, std::string& into, origin_kind) {
  return bind_address(b, at, node, into, "an origin", code::bad_url, origin_problem);
}

bool bind(binding& b, const place& at, const yaml_node& node, std::string& into, region_kind) {
  return store(read_name(node, at, "", b.out), into);
}

bool bind(binding& b, const place& at, const yaml_node& node, std::string& into, retention_kind) {
  const auto text = expect_scalar(node, at, "`none` or a time such as `30d`", b.out);
  if (!text) return false;
  if (*text != "none") {
    const auto time = parse_number(*text, quantity::duration, "30d");
    if (!time.value) {
      report_number(b, at, node, time.error);
      return false;
    }
  }
  into = *text;
  return true;
}

bool bind(binding& b, const place& at, const yaml_node& node, std::string& into, name_kind kind) {
  // Model ids are the vendors' own: "qwen/qwen3-max:free", "meta-llama/Llama@2".
  const std::string_view also = kind.noun == "model" ? "/:@+" : "";
  return store(read_name(node, at, also, b.out), into);
}

bool bind(binding& b, const place& at, const yaml_node& node, bool& into, flag_kind) {
  const auto value = read_flag(node, at, b.out);
  if (!value) return false;
  into = *value;
  return true;
}

bool bind(binding& b, const place& at, const yaml_node& node, double& into, number_kind kind) {
  const auto text = expect_scalar(node, at, describe(kind.what), b.out);
  if (!text) return false;
  const auto parsed = parse_number(*text, kind.what, at.example);
  if (!parsed.value) {
    report_number(b, at, node, parsed.error);
    return false;
  }
  if (*parsed.value < kind.least || *parsed.value > kind.most) {
    const bool low = *parsed.value < kind.least;
    const std::string bound =
        kind.what == quantity::plain || kind.what == quantity::tokens
            ? fmt::format("{} {}", low ? "at least" : "at most", low ? kind.least : kind.most)
            : "";
    b.out.error(code::out_of_range, node.where,
                fmt::format("{} is too {}", at.subject(), low ? "small" : "large"), bound);
    return false;
  }
  advise_on_price(b, at, node, kind.what, *parsed.value);
  into = *parsed.value;
  return true;
}

bool bind(binding& b, const place& at, const yaml_node& node, number_test& into, number_test_kind kind) {
  const auto text = expect_scalar(node, at, "a comparison such as `\"> 5\"`", b.out);
  if (!text) return false;
  if (node.block) {
    b.out.error(code::unquoted_comparison, node.where,
                at.subject() + " is a block of text: YAML reads a plain `>` as the start of one",
                "put the comparison in quotes, on one line: `\"> 5\"`");
    return false;
  }
  const auto parsed = parse_number_test(*text, kind.what, at.example);
  if (!parsed.value) {
    report_number(b, at, node, parsed.error);
    return false;
  }
  advise_on_price(b, at, node, kind.what, parsed.value->high);
  into = *parsed.value;
  return true;
}

bool bind(binding& b, const place& at, const yaml_node& node, int& into, version_kind) {
  const auto text = expect_scalar(node, at, "a number", b.out);
  if (!text) return false;
  if (*text != "1") {
    b.out.error(code::bad_version, node.where, fmt::format("version `{}` is not known", *text),
                "this nearfar reads `version: 1`");
    return false;
  }
  into = 1;
  return true;
}

bool bind(binding& b, const place& at, const yaml_node& node, std::string& into, moment_kind) {
  const auto text = expect_scalar(node, at, "a moment such as `2026-12-01T08:00+01:00`", b.out);
  if (!text) return false;
  const auto moment = parse_moment(*text);
  if (!moment) {
    b.out.error(code::bad_time_window, node.where, fmt::format("{} is no moment: `{}`", at.subject(), *text),
                "a date, a time and an offset, such as `2026-12-01T08:00+01:00`");
    return false;
  }
  if (*moment <= std::time(nullptr)) {
    b.out.warning(code::until_has_passed, node.where,
                  fmt::format("{} has passed: it no longer applies", at.subject()),
                  "remove it, or move the moment");
  }
  into = *text;
  return true;
}

bool bind(binding& b, const place& at, const yaml_node& node, unsigned& into, words_kind) {
  const auto text = expect_scalar(node, at, "a count such as `3 words`", b.out);
  if (!text) return false;
  const auto count = text->substr(0, text->find(' '));
  unsigned words = 0;
  const auto [end, failed] = std::from_chars(count.data(), count.data() + count.size(), words);
  const auto unit = text->substr(count.size());
  const bool counted = failed == std::errc{} && end == count.data() + count.size();
  if (!counted || words == 0 || words > 100 || !(unit == " words" || (unit == " word" && words == 1))) {
    b.out.error(code::unknown_unit, node.where,
                fmt::format("{} wants 1 to 100 words, not `{}`", at.subject(), *text),
                "for example `3 words`");
    return false;
  }
  into = words;
  return true;
}

// A wrong word is said once: it does not count as left out as well.
bool bind(binding& b, const place& at, const yaml_node& node, std::optional<period>& into,
          choice_kind<period> kind) {
  return bind(b, at, node, into.emplace(period::day), kind);
}

bool bind(binding& b, const place& at, const yaml_node& node, limit_amount& into, amount_kind) {
  const auto text = expect_scalar(node, at, "an amount such as `5 USD`, `2M` or `60`", b.out);
  if (!text) return false;
  // Whether the amount fits what is counted is for check_policy: here the other key may not be read yet.
  const auto read = parse_limit_amount(*text);
  if (!read.value) {
    report_number(b, at, node, read.error);
    return false;
  }
  if (*read.value > 1e12) {
    b.out.error(code::out_of_range, node.where, at.subject() + " is beyond 1,000,000,000,000");
    return false;
  }
  into = {*read.value, read.money, node.where};
  return true;
}

bool bind(binding& b, const place& at, const yaml_node& node, std::string& into, zone_kind) {
  const auto text = expect_scalar(node, at, "a time zone such as `Europe/Berlin`", b.out);
  if (!text) return false;
  if (!zone_offset(std::string(*text), std::time(nullptr))) {
    b.out.error(code::bad_time_window, node.where,
                fmt::format("{}: there is no zone `{}` here", at.subject(), *text),
                "a name of the zone database, such as `Europe/Berlin`");
    return false;
  }
  into = *text;
  return true;
}

bool bind(binding& b, const place& at, const yaml_node& node, std::optional<millis>& into,
          word_or_duration_kind kind) {
  if (node.kind == node_kind::scalar && node.text == kind.word) {
    into.reset();
    return true;
  }
  millis time{0};
  if (!bind(b, at, node, time, duration_kind)) return false;
  into = time;
  return true;
}

bool bind(binding& b, const place& at, const yaml_node& node, std::optional<unsigned>& into, threads_kind) {
  if (node.kind == node_kind::scalar && node.text == "auto") {
    into.reset();
    return true;
  }
  const auto text = expect_scalar(node, at, "`auto` or a number", b.out);
  if (!text) return false;
  unsigned value = 0;
  if (!bind(b, at, node, value, number_kind{quantity::plain, 1, 1024})) return false;
  into = value;
  return true;
}

bool bind(binding& b, const place& at, const yaml_node& node, std::vector<std::string>& into, tags_kind) {
  if (!expect_list(node, at, b.out)) return false;
  for (const auto& item : node.items) {
    auto name = read_name(item, at, "", b.out);
    if (!name) continue;
    if (std::ranges::find(into, *name) != into.end()) {
      b.out.error(code::defined_twice, item.where, fmt::format("tag `{}` is there twice", *name),
                  "remove one");
      continue;
    }
    into.push_back(std::move(*name));
  }
  return true;
}

}  // namespace nearfar::config
