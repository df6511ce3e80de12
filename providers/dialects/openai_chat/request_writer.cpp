#include "providers/dialects/openai_chat/request_writer.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace nearfar::providers::openai_chat {
namespace {

constexpr std::string_view include_usage = "\"include_usage\":true";

bool is_limit(std::string_view name) {
  return name == "max_tokens" || name == "max_completion_tokens";
}

bool names(std::span<const config::body_field> fields, std::string_view name) {
  return std::any_of(fields.begin(), fields.end(), [&](const auto& each) { return each.name == name; });
}

// Writes the edits in the order of the document. What is new goes to `scratch`, whose place in memory
// is not settled before the end: until then its pieces have no address.
class splicer {
 public:
  splicer(const request_view& from, const request_changes& changes, spliced_body& into)
      : from_(from), changes_(changes), into_(into) {}

  void run() {
    for (const member& each : from_.members) {
      if (is_left_out(each.name)) {
        leave_out(each);
      } else {
        any_kept_ = true;
        edit(each);
      }
      last_end_ = each.value.offset + each.value.length;
    }
    keep_until(from_.last_member_end);
    append_missing();
    keep_until(from_.body.size());
    settle();
  }

 private:
  void keep_until(std::size_t end) {
    if (end > done_) into_.pieces.push_back(from_.body.substr(done_, end - done_));
    done_ = std::max(done_, end);
  }

  bool is_left_out(std::string_view name) const {
    return std::ranges::find(changes_.without, name) != changes_.without.end();
  }

  // With the comma before it; the first of all with the comma behind it.
  void leave_out(const member& each) {
    const std::size_t end = each.value.offset + each.value.length;
    if (any_kept_) {
      keep_until(last_end_);
      done_ = end;
      return;
    }
    if (done_ == 0) keep_until(from_.body.find('{') + 1);
    const auto comma = from_.body.find_first_not_of(" \t\r\n", end);
    done_ = comma != std::string_view::npos && from_.body[comma] == ',' ? comma + 1 : end;
  }

  void put(std::string_view text) { into_.scratch.append(text); }

  template <class Write>
  void piece(Write&& write) {
    const std::size_t begin = into_.scratch.size();
    write();
    into_.pieces.emplace_back(scratch_mark, into_.scratch.size() - begin);
  }

  void replace(const span_of& value, std::string_view text) {
    keep_until(value.offset);
    piece([&] { put(text); });
    done_ = value.offset + value.length;
  }

  void edit(const member& each) {
    const std::string_view name = each.name;
    if (name == "model" && !changes_.model.empty()) {
      keep_until(each.value.offset);
      piece([&] { append_json_string(into_.scratch, changes_.model); });
      done_ = each.value.offset + each.value.length;
      return;
    }
    if (changes_.instead && changes_.instead->name == name)
      return replace(each.value, changes_.instead->json);
    for (const auto& field : changes_.set) {
      if (field.name == name)
        return replace(each.value, changes_.output_said > 0 ? std::string_view{value_of(field)} : field.json);
    }
    if (!changes_.more_messages.empty() && name == "messages") return add_messages(each);
    if (changes_.cut_thoughts && name == "messages") {
      for (const span_of& thought : from_.foreign_thoughts) {
        keep_until(thought.offset);
        done_ = thought.offset + thought.length;
      }
      return;
    }
    if (changes_.output_said > 0 && is_limit(name)) {
      if (const auto less = shrunk(from_.body.substr(each.value.offset, each.value.length)); !less.empty())
        replace(each.value, less);
      return;
    }
    if (name == "stream_options" && changes_.want_usage && !from_.has_include_usage) ask_for_usage(each);
  }

  std::string value_of(const config::body_field& field) const {
    auto less = changes_.output_said > 0 && is_limit(field.name) ? shrunk(field.json) : std::string{};
    return less.empty() ? field.json : less;
  }

  // What is left of a limit; empty where it is none (null, -1).
  std::string shrunk(std::string_view limit) const {
    double most = 0;
    const auto read = std::from_chars(limit.data(), limit.data() + limit.size(), most);
    if (read.ec != std::errc{} || read.ptr != limit.data() + limit.size() || !(most >= 1) || most > 1e15)
      return {};
    const auto whole = static_cast<std::uint64_t>(most);
    return std::to_string(whole > changes_.output_said ? whole - changes_.output_said : 1);
  }

  void add_messages(const member& list) {
    const std::size_t end = list.value.offset + list.value.length - 1;  // of its bracket
    const std::string_view inside = from_.body.substr(list.value.offset + 1, list.value.length - 2);
    const bool empty = inside.find_first_not_of(" \t\r\n") == std::string_view::npos;
    keep_until(end);
    piece([&] {
      if (!empty) put(",");
      put(changes_.more_messages);
    });
  }

  void ask_for_usage(const member& options) {
    into_.usage_added = true;
    if (!from_.stream_options.present()) {  // it is null
      return replace(options.value, "{\"include_usage\":true}");
    }
    const std::string_view inside = from_.body.substr(options.value.offset + 1, options.value.length - 2);
    const bool empty = inside.find_first_not_of(" \t\r\n") == std::string_view::npos;
    keep_until(options.value.offset + 1);
    piece([&] {
      put(include_usage);
      if (!empty) put(",");
    });
  }

  void append_missing() {
    const auto present = [&](std::string_view name) {
      return !is_left_out(name) && std::any_of(from_.members.begin(), from_.members.end(),
                                               [&](const member& each) { return each.name == name; });
    };
    const std::size_t begin = into_.scratch.size();
    const auto append = [&](const config::body_field& field) {
      put(",");
      append_json_string(into_.scratch, field.name);
      put(":");
      put(changes_.output_said > 0 ? std::string_view{value_of(field)} : field.json);
    };
    for (const auto& field : changes_.set) {
      if (!present(field.name)) append(field);
    }
    for (const auto& field : changes_.defaults) {
      if (!present(field.name) && !names(changes_.set, field.name)) append(field);
    }
    const auto said = [&](std::string_view name) {
      return present(name) || names(changes_.set, name) || names(changes_.defaults, name);
    };
    if (changes_.want_usage && !said("stream_options")) {
      into_.usage_added = true;
      put(",\"stream_options\":{\"include_usage\":true}");
    }
    if (into_.scratch.size() > begin) into_.pieces.emplace_back(scratch_mark, into_.scratch.size() - begin);
  }

  void settle() {
    const char* next = into_.scratch.data();
    for (std::string_view& each : into_.pieces) {
      if (each.data() == scratch_mark) {
        each = {next, each.size()};
        next += each.size();
      }
      into_.size += each.size();
    }
  }

  static constexpr char mark_ = 0;
  static constexpr const char* scratch_mark = &mark_;  // an address that no piece of a body has

  const request_view& from_;
  const request_changes& changes_;
  spliced_body& into_;
  std::size_t last_end_ = 0;  // of the member before
  bool any_kept_ = false;
  std::size_t done_ = 0;  // bytes of the body that are dealt with
};

constexpr std::uint64_t ones = 0x0101010101010101;

// Not zero where any of eight bytes is a quote, a backslash or below 0x20.
std::uint64_t escapes_in(std::uint64_t v) {
  const auto zeros_in = [](std::uint64_t x) { return (x - ones) & ~x; };
  return (zeros_in(v ^ (ones * '"')) | zeros_in(v ^ (ones * '\\')) | ((v - ones * 0x20) & ~v)) & (ones << 7);
}

template <class Word>
std::uint64_t load(const char* from) {
  Word word = 0;
  std::memcpy(&word, from, sizeof word);
  return word;
}

}  // namespace

void splice(const request_view& from, const request_changes& changes, spliced_body& into) {
  into.pieces.clear();
  into.scratch.clear();
  into.size = 0;
  into.usage_added = false;
  splicer{from, changes, into}.run();
}

// Eight bytes at a time, the last of them twice where the length is no multiple: no byte alone, no copy.
bool needs_no_escape(std::string_view text) {
  const char* const begin = text.data();
  const std::size_t size = text.size();
  if (size >= 8) {
    std::uint64_t found = escapes_in(load<std::uint64_t>(begin + size - 8));
    for (std::size_t i = 0; i + 8 < size; i += 8) found |= escapes_in(load<std::uint64_t>(begin + i));
    return found == 0;
  }
  if (size >= 4) {
    return escapes_in(load<std::uint32_t>(begin) | load<std::uint32_t>(begin + size - 4) << 32) == 0;
  }
  std::uint64_t few = ones * ' ';
  for (const char c : text) few = few << 8 | static_cast<unsigned char>(c);
  return escapes_in(few) == 0;
}

void append_json_string(std::string& to, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  to.push_back('"');
  std::size_t plain = 0;
  for (std::size_t i = needs_no_escape(text) ? text.size() : 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    to.append(text.substr(plain, i - plain));
    plain = i + 1;
    if (c == '"' || c == '\\') {
      to.push_back('\\');
      to.push_back(static_cast<char>(c));
    } else if (c == '\n') {
      to.append("\\n");
    } else {
      to.append("\\u00");
      to.push_back(hex[c >> 4]);
      to.push_back(hex[c & 15]);
    }
  }
  to.append(text.substr(plain));
  to.push_back('"');
}

}  // namespace nearfar::providers::openai_chat
