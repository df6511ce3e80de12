// YAML text as a small strict tree: every node has its place, nothing is guessed.
//
// Built from yaml-cpp's events and not from its Node, because Node hides what has to be refused: aliases,
// anchors, tags, duplicate keys, a second document, a quotation that never ends.
#pragma once

#include "config/diagnostic.hpp"
#include "config/model.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::config {

enum class node_kind : std::uint8_t { null, scalar, sequence, map };

struct yaml_entry;

struct yaml_node {
  node_kind kind = node_kind::null;
  mark where;                       // of the value; an empty value has its key's place
  std::string text;                 // scalar
  bool plain = true;                // scalar: not quoted and no block
  bool block = false;               // scalar: a `|` or `>` text
  bool written = false;             // null: `null` or `~` stands there
  bool broken = false;              // already reported (an alias, a merge): say nothing of what is missing
  std::vector<yaml_node> items;     // sequence
  std::vector<yaml_entry> entries;  // map, without duplicates, in the file's order

  const yaml_node* find(std::string_view key) const;
};

struct yaml_entry {
  std::string key;
  mark where;  // of the key
  yaml_node value;
};

// The only document of `text`, or nullopt when the YAML itself is broken (one error, it comes alone) or
// there is nothing in it. What the tree can do without is reported and left out.
std::optional<yaml_node> parse_yaml(std::string_view text, diagnostics& out);

}  // namespace nearfar::config
