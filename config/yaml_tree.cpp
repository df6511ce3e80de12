#include "config/yaml_tree.hpp"

#include "config/codes.hpp"
#include "config/text_index.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <utility>

namespace nearfar::config {

const yaml_node* yaml_node::find(std::string_view key) const {
  for (const auto& entry : entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

namespace {

constexpr std::size_t largest_text = 4 * 1024 * 1024;
constexpr std::size_t deepest = 64;

// Thrown through yaml-cpp to stop reading; never leaves this file.
struct stop_reading {};

class tree_builder final : public YAML::EventHandler {
 public:
  tree_builder(const text_index& index, diagnostics& out) : index_(index), out_(out) {}

  bool has_root() const { return has_root_; }
  yaml_node take_root() { return std::move(root_); }

  // Where the innermost flow collection that is still open began.
  std::optional<mark> open_flow() const {
    for (auto at = open_.rbegin(); at != open_.rend(); ++at) {
      if (at->flow) return at->node.where;
    }
    return std::nullopt;
  }

  void OnDocumentStart(const YAML::Mark& at) override {
    if (documents_++ == 0) return;
    out_.error(code::second_document, index_.bracketed(at.line, at.column),
               "the file holds a second document", "one document a file: remove what follows the `---`");
    throw stop_reading{};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& at, YAML::anchor_t) override {
    yaml_node node;
    const auto here = index_.from(at.line, at.column);
    for (const std::string_view word : {"null", "Null", "NULL", "~"}) {
      if (here.starts_with(word)) {
        node.written = true;
        node.where = index_.word(at.line, at.column, word);
        break;
      }
    }
    // An empty value is marked where the next token begins: its own key says more.
    if (!node.written)
      node.where = pending_key() != nullptr ? pending_key()->second : index_.at(at.line, at.column);
    add(std::move(node));
  }

  void OnAlias(const YAML::Mark& at, YAML::anchor_t) override {
    const auto here = index_.from(at.line, at.column);
    const auto name = here.substr(0, here.find_first_of(" \t\r\n,]}"));
    yaml_node node;
    node.where = index_.word(at.line, at.column, name);
    node.broken = true;
    const auto* key = pending_key();
    if (key == nullptr || key->first != "<<") {
      out_.error(code::alias, node.where, "aliases are not allowed",
                 "write the value out, so that each line means what it says");
    }
    add(std::move(node));
  }

  void OnAnchor(const YAML::Mark& at, const std::string& name) override {
    out_.error(code::alias, index_.word(at.line, at.column, "&" + name), "anchors are not allowed",
               "remove `&" + name + "` and write the value out where it is needed");
  }

  void OnScalar(const YAML::Mark& at, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    yaml_node node;
    node.kind = node_kind::scalar;
    node.text = value;
    node.plain = tag == "?";
    node.where = scalar_mark(at, value);
    const auto here = index_.from(at.line, at.column);
    node.block = !node.plain && (here.starts_with('|') || here.starts_with('>'));
    refuse_tag(tag, node);
    add(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& at, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value style) override {
    open(node_kind::sequence, at, tag, style);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& at, const std::string& tag, YAML::anchor_t,
                  YAML::EmitterStyle::value style) override {
    open(node_kind::map, at, tag, style);
  }
  void OnMapEnd() override { close(); }

 private:
  struct level {
    yaml_node node;
    bool flow = false;
    std::optional<std::pair<std::string, mark>> key;  // map: read, waiting for its value
  };

  const std::pair<std::string, mark>* pending_key() const {
    return !open_.empty() && open_.back().key ? &*open_.back().key : nullptr;
  }

  mark scalar_mark(const YAML::Mark& at, const std::string& value) {
    const auto here = index_.from(at.line, at.column);
    if (here.empty()) return index_.at(at.line, at.column);
    if (here.front() == '"' || here.front() == '\'') {
      bool closed = true;
      const auto where = index_.bracketed(at.line, at.column, &closed);
      if (!closed) {  // yaml-cpp reads on to the end of the file and says nothing
        out_.error(code::yaml_syntax, where, "the quotation is never closed", "end it with the same quote");
        throw stop_reading{};
      }
      return where;
    }
    if (here.front() == '|' || here.front() == '>') return index_.at(at.line, at.column);
    return index_.word(at.line, at.column, value);
  }

  void refuse_tag(const std::string& tag, const yaml_node& node) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    out_.error(code::yaml_tag, node.where, "YAML tags are not allowed",
               "remove the `!` word: each key knows what it wants");
  }

  void open(node_kind kind, const YAML::Mark& at, const std::string& tag, YAML::EmitterStyle::value style) {
    if (open_.size() >= deepest) {
      out_.error(code::yaml_syntax, index_.at(at.line, at.column), "nested more than 64 levels deep");
      throw stop_reading{};
    }
    level next;
    next.flow = style == YAML::EmitterStyle::Flow;
    next.node.kind = kind;
    next.node.where = next.flow ? index_.bracketed(at.line, at.column) : index_.at(at.line, at.column);
    refuse_tag(tag, next.node);
    open_.push_back(std::move(next));
  }

  void close() {
    auto node = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(node));
  }

  void add(yaml_node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      has_root_ = true;
      return;
    }
    auto& parent = open_.back();
    if (parent.node.kind == node_kind::sequence) {
      parent.node.items.push_back(std::move(node));
      return;
    }
    if (!parent.key) {
      take_key(parent, std::move(node));
      return;
    }
    add_entry(parent, std::move(node));
  }

  void take_key(level& parent, yaml_node node) {
    if (node.kind != node_kind::scalar && !node.broken) {
      out_.error(code::yaml_tag, node.where, "a key must be a word", "quote it if it begins with a bracket");
    }
    if (parent.node.entries.empty() && !parent.flow) parent.node.where = node.where;
    parent.key.emplace(node.kind == node_kind::scalar ? std::move(node.text) : std::string(), node.where);
  }

  void add_entry(level& parent, yaml_node value) {
    auto [key, where] = std::move(*parent.key);
    parent.key.reset();
    if (key == "<<") {
      out_.error(code::merge_key, where, "merge keys are not allowed", "write the keys out");
      parent.node.broken = true;
      return;
    }
    if (key.empty()) return;  // reported as a key that is no word
    const auto twin = std::ranges::find(parent.node.entries, key, &yaml_entry::key);
    if (twin != parent.node.entries.end()) {
      out_.error(code::duplicate_key, where, "duplicate key `" + key + "`",
                 "it is already on line " + std::to_string(twin->where.line));
      return;
    }
    parent.node.entries.push_back({std::move(key), where, std::move(value)});
  }

  const text_index& index_;
  diagnostics& out_;
  std::vector<level> open_;
  yaml_node root_;
  bool has_root_ = false;
  int documents_ = 0;
};

struct comparison {
  mark where;
  std::string_view text;
};

// `battery: > 20%`: YAML takes `>` for the start of a folded text.
std::optional<comparison> unquoted_comparison(const text_index& index, int line) {
  const auto text = index.line(line);
  for (auto at = text.find('>'); at != std::string_view::npos; at = text.find('>', at + 1)) {
    auto before = text.substr(0, at);
    while (before.ends_with(' ')) before.remove_suffix(1);
    if (!before.ends_with(':') && !before.ends_with('-') && !before.ends_with('[') && !before.ends_with(','))
      continue;
    auto after = text.substr(at + 1);
    if (after.starts_with('=')) after.remove_prefix(1);
    while (after.starts_with(' ')) after.remove_prefix(1);
    if (after.empty() || after.front() < '0' || after.front() > '9') continue;
    const auto whole = text.substr(at, text.find_first_of(",]}#", at) - at);
    auto shown = whole;
    while (shown.ends_with(' ')) shown.remove_suffix(1);
    return comparison{index.word(line, static_cast<int>(at), shown), shown};
  }
  return std::nullopt;
}

struct plain_words {
  std::string_view theirs;
  std::string_view ours;
  std::string_view help;
};

constexpr plain_words translations[] = {
    {"illegal map value", "a `:` stands where no key can be",
     "check the indentation, or quote the text that holds the `:`"},
    {"end of map not found", "the map does not end here",
     "check the indentation and the quotes before this place"},
    {"end of sequence not found", "the list does not end here",
     "check the indentation: every `-` of a list in one column"},
    {"end of map flow not found", "the `{` is never closed", "end it with `}`"},
    {"end of sequence flow not found", "the `[` is never closed", "end it with `]`"},
    {"the referenced anchor is not defined", "a plain `*` begins an alias", "quote the name: `\"*\"`"},
    {"alias not found after *", "a plain `*` begins an alias", "quote the name: `\"*\"`"},
    {"unknown token", "this character cannot begin a value", "quote the value"},
};

void report_syntax(const YAML::Exception& broken, const tree_builder& builder, const text_index& index,
                   diagnostics& out) {
  const int line = std::max(0, broken.mark.line);
  const int column = std::max(0, broken.mark.column);
  if (const auto found = unquoted_comparison(index, line)) {
    out.error(code::unquoted_comparison, found->where,
              "a comparison must be quoted: YAML reads a plain `>` as the start of a block of text",
              "put it in quotes: `\"" + std::string(found->text) + "\"`");
    return;
  }
  const auto text = index.line(line);
  if (const auto tab = text.find('\t'); tab != std::string_view::npos && tab == text.find_first_not_of(' ')) {
    out.error(code::yaml_syntax, index.at(line, static_cast<int>(tab)), "a tab indents this line",
              "YAML wants blanks");
    return;
  }
  for (const auto& t : translations) {
    if (broken.msg != t.theirs) continue;
    const bool flow = broken.msg.find("flow") != std::string::npos;
    const auto where = flow && builder.open_flow() ? *builder.open_flow() : index.at(line, column);
    out.error(code::yaml_syntax, where, std::string(t.ours), std::string(t.help));
    return;
  }
  const std::string said = broken.msg.empty() ? "this is not YAML" : "this is not YAML: " + broken.msg;
  out.error(code::yaml_syntax, index.at(line, column), said);
}

}  // namespace

std::optional<yaml_node> parse_yaml(std::string_view text, diagnostics& out) {
  if (text.size() > largest_text) {
    out.error(code::empty_file, {}, "the file is larger than 4 MiB", "is this a configuration?");
    return std::nullopt;
  }
  if (const auto zero = text.find('\0'); zero != std::string_view::npos) {
    out.error(code::yaml_syntax, {}, "the file holds a zero byte", "save it as UTF-8 text");
    return std::nullopt;
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const text_index index(text);
  diagnostics found;
  tree_builder builder(index, found);
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& broken) {
    report_syntax(broken, builder, index, out);
    return std::nullopt;
  } catch (const stop_reading&) {
    const bool broken =
        std::ranges::any_of(found.all(), [](const diagnostic& d) { return d.code == code::yaml_syntax; });
    if (broken) {
      const auto& last = *std::ranges::find(found.all(), std::string(code::yaml_syntax), &diagnostic::code);
      out.error(last.code, last.where, last.message, last.help);
      return std::nullopt;
    }
  }
  for (const auto& d : found.all()) out.error(d.code, d.where, d.message, d.help);
  if (!builder.has_root()) {
    out.error(code::empty_file, {}, "the file is empty", "begin with `version: 1`");
    return std::nullopt;
  }
  return builder.take_root();
}

}  // namespace nearfar::config
