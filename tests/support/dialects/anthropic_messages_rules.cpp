#include "tests/support/dialects/anthropic_messages_rules.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <set>
#include <vector>

namespace nearfar::support {
namespace {

struct block_shape {
  std::string_view type;
  known_names fields;
  std::string_view roles;  // "user", "assistant" or "both"
};

constexpr block_shape shapes[] = {
    {"text", {"type", "text", "citations", "cache_control"}, "both"},
    {"image", {"type", "source", "cache_control"}, "user"},
    {"document", {"type", "source", "title", "context", "citations", "cache_control"}, "both"},
    {"search_result", {"type", "source", "title", "content", "citations", "cache_control"}, "user"},
    {"tool_use", {"type", "id", "name", "input", "cache_control", "caller"}, "assistant"},
    {"tool_result", {"type", "tool_use_id", "content", "is_error", "cache_control"}, "user"},
    {"thinking", {"type", "thinking", "signature"}, "assistant"},
    {"redacted_thinking", {"type", "data"}, "assistant"},
};

class turn_reader {
 public:
  turn_reader(const incoming& in, const json::object& top) : in_(in), top_(top) {}

  std::optional<refusal> read() {
    if (auto wrong = system()) return wrong;
    const auto& turns = *array_member(top_, "messages");
    if (turns.empty()) return anthropic_refusal("messages: at least one message is required");
    for (index_ = 0; index_ < turns.size(); ++index_) {
      const auto* t = turns[index_].if_object();
      if (t == nullptr) return refuse("Input should be an object");
      if (auto wrong = turn(*t, index_ + 1 == turns.size())) return wrong;
    }
    if (!open_.empty()) return unanswered(index_ - 1);
    return thinking_kept(turns);
  }

 private:
  refusal refuse(std::string_view what) const {
    return anthropic_refusal(fmt::format("messages.{}: {}", index_, what));
  }
  refusal refuse_block(std::size_t block, std::string_view field, std::string_view what) const {
    return anthropic_refusal(
        fmt::format("messages.{}.content.{}{}{}: {}", index_, block, field.empty() ? "" : ".", field, what));
  }

  std::optional<refusal> system() const {
    const auto* v = top_.if_contains("system");
    if (v == nullptr || v->is_null() || v->is_string()) return std::nullopt;
    const auto* blocks = v->if_array();
    if (blocks == nullptr) return anthropic_refusal("system: Input should be a valid list");
    for (std::size_t i = 0; i < blocks->size(); ++i) {
      const auto* b = (*blocks)[i].if_object();
      if (b == nullptr || text_member(*b, "type") != "text")
        return anthropic_refusal(fmt::format("system.{}.type: Input should be 'text'", i));
      const auto name = unknown_name(*b, {"type", "text", "citations", "cache_control"});
      if (!name.empty())
        return anthropic_refusal(fmt::format("system.{}.{}: Extra inputs are not permitted", i, name));
      if (text_member(*b, "text").empty())
        return anthropic_refusal("system: text content blocks must be non-empty");
    }
    return std::nullopt;
  }

  std::optional<refusal> turn(const json::object& t, bool last) {
    role_ = text_member(t, "role");
    if (!one_of(role_, {"user", "assistant"}))
      return anthropic_refusal(
          fmt::format("messages.{}.role: Input should be 'user' or 'assistant'", index_));
    if (index_ == 0 && role_ != "user")
      return anthropic_refusal("messages: first message must use the \"user\" role");
    const auto name = unknown_name(t, {"role", "content"});
    if (!name.empty())
      return anthropic_refusal(fmt::format("messages.{}.{}: Extra inputs are not permitted", index_, name));
    const auto* content = t.if_contains("content");
    if (content == nullptr)
      return anthropic_refusal(fmt::format("messages.{}.content: Field required", index_));
    const bool prefill = last && role_ == "assistant";
    if (prefill && (thinks(top_) || one_of_refused("prefill")))
      return anthropic_refusal(
          "This model does not support assistant message prefill. The conversation must end "
          "with a user message.");
    if (const auto* text = content->if_string()) return plain_turn(view(*text), prefill);
    const auto* blocks = content->if_array();
    if (blocks == nullptr)
      return anthropic_refusal(fmt::format("messages.{}.content: Input should be a valid list", index_));
    if (blocks->empty() && !prefill) return empty_turn();
    return block_turn(*blocks, prefill);
  }

  bool one_of_refused(std::string_view what) const {
    return std::find(in_.how.refuses.begin(), in_.how.refuses.end(), what) != in_.how.refuses.end();
  }

  refusal empty_turn() const {
    return refuse("all messages must have non-empty content except for the optional final assistant message");
  }

  std::optional<refusal> plain_turn(std::string_view text, bool prefill) {
    if (!open_.empty()) return unanswered(index_ - 1);
    if (text.empty() && !prefill) return empty_turn();
    return prefill ? prefill_text(text) : std::nullopt;
  }

  static std::optional<refusal> prefill_text(std::string_view text) {
    if (!text.empty() && std::string_view(" \t\r\n").find(text.back()) != std::string_view::npos)
      return anthropic_refusal("messages: final assistant content cannot end with trailing whitespace");
    return std::nullopt;
  }

  std::optional<refusal> block_turn(const json::array& blocks, bool prefill) {
    auto waiting = std::exchange(open_, {});
    bool results_over = false;
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      const auto* b = blocks[i].if_object();
      if (b == nullptr) return refuse_block(i, "", "Input should be an object");
      const auto type = text_member(*b, "type");
      if (auto wrong = block(*b, i)) return wrong;
      if (type != "tool_result") {
        results_over = true;
        continue;
      }
      const std::string id(text_member(*b, "tool_use_id"));
      const auto found = std::find(waiting.begin(), waiting.end(), id);
      if (found == waiting.end()) {
        return refuse_block(i, "",
                            fmt::format("unexpected `tool_use_id` found in `tool_result` blocks: {}. Each "
                                        "`tool_result` block must have a corresponding `tool_use` block in "
                                        "the previous message.",
                                        id));
      }
      if (results_over) break;  // counts as not answered
      waiting.erase(found);
    }
    if (!waiting.empty()) {
      std::swap(waiting, open_);
      return unanswered(index_ - 1);
    }
    const auto* end = blocks.empty() ? nullptr : blocks.back().if_object();
    return prefill && end != nullptr ? prefill_text(text_member(*end, "text")) : std::nullopt;
  }

  refusal unanswered(std::size_t turn) const {
    std::string ids;
    for (const auto& id : open_) ids += (ids.empty() ? "" : ", ") + id;
    return anthropic_refusal(fmt::format(
        "messages.{}: `tool_use` ids were found without `tool_result` blocks immediately after: {}. "
        "Each `tool_use` block must have a corresponding `tool_result` block in the next message.",
        turn, ids));
  }

  std::optional<refusal> block(const json::object& b, std::size_t i) {
    const auto type = text_member(b, "type");
    const auto* shape =
        std::find_if(std::begin(shapes), std::end(shapes), [&](const auto& s) { return s.type == type; });
    if (shape == std::end(shapes)) {
      const bool of_the_vendor =
          role_ == "assistant" && (type == "server_tool_use" || type.ends_with("_tool_result"));
      if (of_the_vendor) return std::nullopt;
      return refuse_block(i, "",
                          fmt::format("Input tag '{}' found using 'type' does not match any of the expected "
                                      "tags",
                                      type));
    }
    const auto name = unknown_name(b, shape->fields);
    if (!name.empty())
      return refuse_block(i, fmt::format("{}.{}", type, name), "Extra inputs are not permitted");
    if (shape->roles != "both" && shape->roles != role_)
      return refuse_block(i, "", fmt::format("`{}` blocks are not permitted in `{}` messages", type, role_));
    if (type == "text") return text_block(b, i);
    if (type == "image") return image(b, fmt::format("messages.{}.content.{}.image", index_, i));
    if (type == "document") return document(b, i);
    if (type == "tool_use") return tool_use(b, i);
    if (type == "tool_result") return tool_result(b, i);
    if (type == "thinking") return thought(b, i);
    return std::nullopt;
  }

  std::optional<refusal> text_block(const json::object& b, std::size_t i) const {
    if (text_member(b, "text").empty())
      return anthropic_refusal("messages: text content blocks must be non-empty");
    const auto* citations = array_member(b, "citations");
    if (role_ == "user" && citations != nullptr && !citations->empty() && newest_version())
      return refuse_block(i, "text.citations", "citations are not permitted in user messages");
    return std::nullopt;
  }

  bool newest_version() const { return in_.head.field("anthropic-version") == "2026-10-21"; }

  static std::optional<refusal> image(const json::object& b, const std::string& at) {
    const auto* source = object_member(b, "source");
    if (source == nullptr) return anthropic_refusal(at + ".source: Field required");
    const auto type = text_member(*source, "type");
    if (!one_of(type, {"base64", "url", "file"}))
      return anthropic_refusal(
          at +
          ".source: Input tag does not match any of the expected tags: 'base64', 'file', "
          "'url'");
    const auto name = type == "base64" ? unknown_name(*source, {"type", "media_type", "data"})
                      : type == "url"  ? unknown_name(*source, {"type", "url"})
                                       : unknown_name(*source, {"type", "file_id"});
    if (!name.empty())
      return anthropic_refusal(fmt::format("{}.source.{}: Extra inputs are not permitted", at, name));
    if (type == "base64" &&
        !one_of(text_member(*source, "media_type"), {"image/jpeg", "image/png", "image/gif", "image/webp"}))
      return anthropic_refusal(at +
                               ".source.base64.media_type: Input should be 'image/jpeg', 'image/png', "
                               "'image/gif' or 'image/webp'");
    if (type == "base64" && text_member(*source, "data").empty())
      return anthropic_refusal(at + ".source.base64.data: image cannot be empty");
    return std::nullopt;
  }

  std::optional<refusal> document(const json::object& b, std::size_t i) const {
    if (role_ == "assistant" && newest_version())
      return refuse_block(i, "", "`document` blocks are not permitted in `assistant` messages");
    const auto* source = object_member(b, "source");
    const auto type = source == nullptr ? std::string_view{} : text_member(*source, "type");
    if (!one_of(type, {"base64", "text", "url", "content", "file"}))
      return refuse_block(i, "document.source", "Input tag does not match any of the expected tags");
    if (type == "base64" && text_member(*source, "media_type") != "application/pdf")
      return refuse_block(i, "document.source.base64.media_type", "Input should be 'application/pdf'");
    if (type == "text" && text_member(*source, "media_type") != "text/plain")
      return refuse_block(i, "document.source.text.media_type", "Input should be 'text/plain'");
    return std::nullopt;
  }

  std::optional<refusal> tool_use(const json::object& b, std::size_t i) {
    const std::string id(text_member(b, "id"));
    if (!plain_identifier(id, 512))
      return refuse_block(i, "tool_use.id", "String should match pattern '^[a-zA-Z0-9_-]+$'");
    if (!plain_identifier(text_member(b, "name"), 200))
      return refuse_block(i, "tool_use.name", "String should match pattern '^[a-zA-Z0-9_-]{1,200}$'");
    if (object_member(b, "input") == nullptr)
      return refuse_block(i, "tool_use.input", "Input should be a valid dictionary");
    if (!ids_.insert(id).second) return anthropic_refusal("messages: `tool_use` ids must be unique");
    open_.push_back(id);
    return std::nullopt;
  }

  std::optional<refusal> tool_result(const json::object& b, std::size_t i) const {
    const auto* parts = array_member(b, "content");
    for (std::size_t k = 0; parts != nullptr && k < parts->size(); ++k) {
      const auto* p = (*parts)[k].if_object();
      const auto type = p == nullptr ? std::string_view{} : text_member(*p, "type");
      if (!one_of(type, {"text", "image", "document", "search_result", "tool_reference"}))
        return refuse_block(i, fmt::format("tool_result.content.{}", k),
                            "Input tag does not match any of the "
                            "expected tags");
      if (type == "text" && text_member(*p, "text").empty())
        return anthropic_refusal("messages: text content blocks must be non-empty");
      if (type != "image") continue;
      if (auto wrong =
              image(*p, fmt::format("messages.{}.content.{}.tool_result.content.{}.image", index_, i, k)))
        return wrong;
    }
    return std::nullopt;
  }

  std::optional<refusal> thought(const json::object& b, std::size_t i) const {
    if (!given(b, "signature")) return refuse_block(i, "thinking.signature", "Field required");
    if (!genuine_signature(text_member(b, "signature"), text_member(b, "thinking"), in_.how))
      return refuse_block(i, "", "Invalid `signature` in `thinking` block");
    return std::nullopt;
  }

  // In a tool loop the last assistant turn starts with its thoughts. Adaptive thinking does not ask.
  std::optional<refusal> thinking_kept(const json::array& turns) const {
    const auto* thinking = object_member(top_, "thinking");
    if (thinking == nullptr || text_member(*thinking, "type") != "enabled") return std::nullopt;
    for (auto i = turns.size(); i-- > 0;) {
      const auto& t = turns[i].get_object();
      if (text_member(t, "role") != "assistant") continue;
      const auto* blocks = array_member(t, "content");
      const auto uses = [](const json::value& v) {
        return text_member(v.get_object(), "type") == "tool_use";
      };
      if (blocks == nullptr || std::none_of(blocks->begin(), blocks->end(), uses)) return std::nullopt;
      const auto first = text_member(blocks->front().get_object(), "type");
      if (one_of(first, {"thinking", "redacted_thinking"})) return std::nullopt;
      return anthropic_refusal(fmt::format(
          "messages.{}.content.0.type: Expected `thinking` or `redacted_thinking`, but found `{}`. When "
          "`thinking` is enabled, a final `assistant` message must start with a thinking block "
          "(preceeding the lastmost set of `tool_use` and `tool_result` blocks).",
          i, first));
    }
    return std::nullopt;
  }

  const incoming& in_;
  const json::object& top_;
  std::size_t index_ = 0;
  std::string_view role_;
  std::set<std::string> ids_;
  std::vector<std::string> open_;  // calls of the turn before
};

}  // namespace

std::optional<refusal> anthropic_messages_refuse(const incoming& in, const json::object& top) {
  return turn_reader(in, top).read();
}

}  // namespace nearfar::support
