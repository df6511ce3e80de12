// The layer of a diff that compares what is written, on the trees of both files.
#include "config/units.hpp"
#include "routes/policy_diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

namespace nearfar::routes {
namespace {

using config::node_kind;
using config::yaml_entry;
using config::yaml_node;
using kind = written_change::kind;
using path = std::vector<std::string>;

// What one of a section is called.
constexpr auto nouns =
    std::to_array<std::pair<std::string_view, std::string_view>>({{"providers", "provider"},
                                                                  {"models", "model name"},
                                                                  {"guards", "guard"},
                                                                  {"rules", "rule"},
                                                                  {"attempts", "attempts entry"},
                                                                  {"tests", "test"},
                                                                  {"limits", "limit"},
                                                                  {"facts", "fact"}});

bool is_ordered(const std::string& section) {  // guards and tests work in any order
  return section == "rules" || section == "attempts";
}

std::string flow(const yaml_node& node) {
  std::string out;
  switch (node.kind) {
    case node_kind::null:
      return "null";
    case node_kind::scalar:
      return node.text;
    case node_kind::sequence:
      for (const auto& item : node.items) out += (out.empty() ? "" : ", ") + flow(item);
      return "[" + out + "]";
    case node_kind::map:
      for (const auto& e : node.entries) out += (out.empty() ? "" : ", ") + e.key + ": " + flow(e.value);
      return "{" + out + "}";
  }
  return out;
}

bool same_number(const std::string& a, const std::string& b) {
  using config::quantity;
  for (const auto what : {quantity::plain, quantity::tokens, quantity::duration, quantity::bytes,
                          quantity::percent, quantity::usd, quantity::usd_per_million}) {
    const auto x = config::parse_number_test(a, what).value;
    const auto y = config::parse_number_test(b, what).value;
    if (x && y && x->op == y->op && x->low == y->low && x->high == y->high) return true;
  }
  return false;
}

bool same(const yaml_node& a, const yaml_node& b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case node_kind::null:
      return true;
    case node_kind::scalar:
      return a.text == b.text || same_number(a.text, b.text);
    case node_kind::sequence:
      return std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(), same);
    case node_kind::map:
      return a.entries.size() == b.entries.size() &&
             std::all_of(a.entries.begin(), a.entries.end(), [&](const yaml_entry& e) {
               const auto* other = b.find(e.key);
               return other != nullptr && same(e.value, *other);
             });
  }
  return false;
}

std::string name_of(const yaml_node& item) {
  const auto* name = item.kind == node_kind::map ? item.find("name") : nullptr;
  return name != nullptr && name->kind == node_kind::scalar ? name->text : std::string();
}

bool is_named_list(const yaml_node& node) {
  return node.kind == node_kind::sequence && !node.items.empty() &&
         std::all_of(node.items.begin(), node.items.end(), [](const auto& i) { return !name_of(i).empty(); });
}

class comparison {
 public:
  std::vector<written_change> run(const yaml_node& before, const yaml_node& after) {
    maps({}, before, after);
    return std::move(out_);
  }

 private:
  void add(kind is, const path& at, std::string before, std::string after, int old_line, int new_line) {
    written_change c{is, {}, {}, std::move(before), std::move(after), old_line, new_line};
    std::size_t used = 1;
    c.subject = at[0];
    const auto noun =
        std::find_if(nouns.begin(), nouns.end(), [&](const auto& n) { return n.first == at[0]; });
    if (noun != nouns.end() && at.size() > 1) {
      c.subject = fmt::format("{} {}", noun->second, at[1]);
      used = 2;
      if (at[0] == "providers" && at.size() > 3 && at[2] == "models") {
        c.subject = fmt::format("target {}/{}", at[1], at[3]);
        used = 4;
      }
    }
    for (std::size_t i = used; i < at.size(); ++i) c.field += (c.field.empty() ? "" : ".") + at[i];
    out_.push_back(std::move(c));
  }

  static path below(const path& at, const std::string& key) {
    auto out = at;
    out.push_back(key);
    return out;
  }

  void added(const path& at, const yaml_node& node, int line) { whole(kind::added, at, node, line); }
  void removed(const path& at, const yaml_node& node, int line) { whole(kind::removed, at, node, line); }

  // A whole section that comes or goes is told by its members.
  void whole(kind is, const path& at, const yaml_node& node, int line) {
    const bool has_members = at.size() == 1 && std::any_of(nouns.begin(), nouns.end(),
                                                           [&](const auto& n) { return n.first == at[0]; });
    if (has_members && is_named_list(node)) {
      for (const auto& item : node.items) whole(is, below(at, name_of(item)), item, item.where.line);
      return;
    }
    if (has_members && node.kind == node_kind::map) {
      for (const auto& e : node.entries) whole(is, below(at, e.key), e.value, e.where.line);
      return;
    }
    auto text = node.kind != node_kind::map || at.size() > 2 ? flow(node) : std::string();
    if (is == kind::added) return add(is, at, {}, std::move(text), 0, line);
    add(is, at, std::move(text), {}, line, 0);
  }

  void nodes(const path& at, const yaml_node& before, const yaml_node& after, int old_line, int new_line) {
    if (same(before, after) && !is_named_list(before)) return;
    if (before.kind == node_kind::map && after.kind == node_kind::map) return maps(at, before, after);
    if (is_named_list(before) && is_named_list(after)) return lists(at, before, after);
    add(kind::changed, at, flow(before), flow(after), old_line, new_line);
  }

  void maps(const path& at, const yaml_node& before, const yaml_node& after) {
    for (const auto& e : before.entries) {
      const auto* other = entry(after, e.key);
      if (other == nullptr) {
        removed(below(at, e.key), e.value, e.where.line);
      } else {
        nodes(below(at, e.key), e.value, other->value, e.where.line, other->where.line);
      }
    }
    for (const auto& e : after.entries) {
      if (entry(before, e.key) == nullptr) added(below(at, e.key), e.value, e.where.line);
    }
  }

  void lists(const path& at, const yaml_node& before, const yaml_node& after) {
    for (const auto& item : before.items) {
      const auto* other = item_of(after, name_of(item));
      const auto here = below(at, name_of(item));
      if (other == nullptr) {
        removed(here, item, item.where.line);
      } else {
        maps(here, item, *other);
      }
    }
    for (const auto& item : after.items) {
      if (item_of(before, name_of(item)) == nullptr) added(below(at, name_of(item)), item, item.where.line);
    }
    if (is_ordered(at.back())) moves(at, before, after);
  }

  // Those outside the longest run of names that kept their order.
  void moves(const path& at, const yaml_node& before, const yaml_node& after) {
    struct both {
      std::size_t from, to;
    };
    std::vector<both> common;
    for (std::size_t i = 0; i < before.items.size(); ++i) {
      const auto* other = item_of(after, name_of(before.items[i]));
      if (other != nullptr) common.push_back({i, static_cast<std::size_t>(other - after.items.data())});
    }
    std::vector<std::size_t> length(common.size(), 1);
    std::vector<std::size_t> previous(common.size(), common.size());
    std::size_t last = common.size();
    for (std::size_t i = 0; i < common.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (common[j].to < common[i].to && length[j] + 1 > length[i]) {
          length[i] = length[j] + 1;
          previous[i] = j;
        }
      }
      if (last == common.size() || length[i] > length[last]) last = i;
    }
    std::vector<bool> stayed(common.size(), false);
    for (auto i = last; i < common.size(); i = previous[i]) stayed[i] = true;
    for (std::size_t i = 0; i < common.size(); ++i) {
      if (stayed[i]) continue;
      const auto& from = before.items[common[i].from];
      add(kind::moved, below(at, name_of(from)), std::to_string(common[i].from + 1),
          std::to_string(common[i].to + 1), from.where.line, after.items[common[i].to].where.line);
    }
  }

  static const yaml_entry* entry(const yaml_node& map, const std::string& key) {
    const auto at =
        std::find_if(map.entries.begin(), map.entries.end(), [&](const auto& e) { return e.key == key; });
    return at == map.entries.end() ? nullptr : &*at;
  }

  static const yaml_node* item_of(const yaml_node& list, const std::string& name) {
    const auto at =
        std::find_if(list.items.begin(), list.items.end(), [&](const auto& i) { return name_of(i) == name; });
    return at == list.items.end() ? nullptr : &*at;
  }

  std::vector<written_change> out_;
};

}  // namespace

std::vector<written_change> written_changes(const yaml_node& before, const yaml_node& after) {
  return comparison().run(before, after);
}

}  // namespace nearfar::routes
