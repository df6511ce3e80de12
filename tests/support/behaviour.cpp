#include "tests/support/behaviour.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <array>
#include <functional>
#include <limits>

namespace nearfar::support {
namespace {

namespace json = boost::json;

// Holds the first thing that was wrong.
struct reading {
  std::string wrong;

  bool fail(std::string_view key, std::string_view wants) {
    if (wrong.empty()) wrong = fmt::format("`{}` wants {}", key, wants);
    return false;
  }

  template <class Number>
  bool number(std::string_view key, const json::value& v, Number& out) {
    if (!v.is_int64() && !v.is_uint64()) return fail(key, "a whole number");
    const auto wide = v.to_number<std::int64_t>();
    if constexpr (std::is_unsigned_v<Number>) {
      if (wide < 0) return fail(key, "a number that is not negative");
    }
    out = static_cast<Number>(wide);
    return true;
  }

  bool text(std::string_view key, const json::value& v, std::string& out) {
    if (!v.is_string()) return fail(key, "a string");
    out.assign(v.get_string().data(), v.get_string().size());
    return true;
  }

  bool flag(std::string_view key, const json::value& v, bool& out) {
    if (!v.is_bool()) return fail(key, "true or false");
    out = v.get_bool();
    return true;
  }

  bool duration(std::string_view key, const json::value& v, millis& out) {
    std::int64_t count = 0;
    if (!number(key, v, count)) return false;
    if (count < 0) return fail(key, "milliseconds");
    out = millis{count};
    return true;
  }

  template <class Enum, std::size_t N>
  bool word(std::string_view key, const json::value& v, Enum& out,
            const std::array<std::pair<std::string_view, Enum>, N>& words) {
    std::string given;
    if (!text(key, v, given)) return false;
    std::string known;
    for (const auto& [name, value] : words) {
      if (name == given) {
        out = value;
        return true;
      }
      if (!known.empty()) known += ", ";
      known += name;
    }
    return fail(key, "one of " + known);
  }
};

constexpr std::array<std::pair<std::string_view, break_kind>, 5> break_words{
    {{"none", break_kind::none},
     {"cut", break_kind::cut},
     {"reset", break_kind::reset},
     {"stall", break_kind::stall},
     {"error_event", break_kind::error_event}}};
constexpr std::array<std::pair<std::string_view, break_point>, 3> point_words{
    {{"before_head", break_point::before_head},
     {"before_first_token", break_point::before_first_token},
     {"after_tokens", break_point::after_tokens}}};
constexpr std::array<std::pair<std::string_view, body_kind>, 3> body_words{
    {{"error", body_kind::error}, {"html", body_kind::html}, {"empty", body_kind::empty}}};
constexpr std::array<std::pair<std::string_view, stream_end>, 4> end_words{
    {{"done", stream_end::done},
     {"no_done", stream_end::no_done},
     {"open", stream_end::open},
     {"no_finish", stream_end::no_finish}}};
constexpr std::array<std::pair<std::string_view, answer_form>, 3> form_words{
    {{"as_asked", answer_form::as_asked}, {"json", answer_form::json}, {"stream", answer_form::stream}}};
constexpr std::array<std::pair<std::string_view, framing>, 4> frame_words{{{"usual", framing::usual},
                                                                           {"chunked", framing::chunked},
                                                                           {"length", framing::length},
                                                                           {"close", framing::close}}};
constexpr std::array<std::pair<std::string_view, closing>, 3> close_words{
    {{"keep", closing::keep}, {"announced", closing::announced}, {"silent", closing::silent}}};

bool read_texts(reading& r, std::string_view key, const json::value& v, std::vector<std::string>& out) {
  if (!v.is_array()) return r.fail(key, "a list of strings");
  for (const auto& entry : v.get_array()) {
    if (!r.text(key, entry, out.emplace_back())) return false;
  }
  return true;
}

bool read_strict(reading& r, std::string_view key, const json::value& v, behaviour& b) {
  return r.flag(key, v, b.strict.emplace());
}

bool read_tool_calls(reading& r, std::string_view key, const json::value& v, behaviour& b) {
  if (!v.is_array()) return r.fail(key, "a list of {id, name, arguments}");
  for (const auto& entry : v.get_array()) {
    if (!entry.is_object()) return r.fail(key, "a list of {id, name, arguments}");
    auto& call = b.tool_calls.emplace_back();
    for (const auto& [name, value] : entry.get_object()) {
      std::string* out = name == "id"          ? &call.id
                         : name == "name"      ? &call.name
                         : name == "arguments" ? &call.arguments
                                               : nullptr;
      if (out == nullptr) return r.fail(key, "only id, name and arguments");
      if (!r.text(key, value, *out)) return false;
    }
  }
  return true;
}

bool read_usage(reading& r, std::string_view key, const json::value& v, behaviour& b) {
  if (!v.is_object()) return r.fail(key, "an object of token counts");
  auto& usage = b.usage.emplace();
  for (const auto& [name, value] : v.get_object()) {
    std::uint64_t* out = name == "prompt_tokens"        ? &usage.prompt_tokens
                         : name == "completion_tokens"  ? &usage.completion_tokens
                         : name == "cached_tokens"      ? &usage.cached_tokens
                         : name == "reasoning_tokens"   ? &usage.reasoning_tokens
                         : name == "cache_write_tokens" ? &usage.cache_write_tokens
                                                        : nullptr;
    if (out == nullptr) {
      return r.fail(key,
                    "prompt_tokens, completion_tokens, cached_tokens, cache_write_tokens, reasoning_tokens");
    }
    if (!r.number(key, value, *out)) return false;
  }
  return true;
}

bool read_error(reading& r, std::string_view key, const json::value& v, behaviour& b) {
  if (!v.is_object()) return r.fail(key, "an object of message, type, code and param");
  for (const auto& [name, value] : v.get_object()) {
    std::string* out = name == "message" ? &b.error.message
                       : name == "type"  ? &b.error.type
                       : name == "code"  ? &b.error.code
                       : name == "param" ? &b.error.param
                                         : nullptr;
    if (out == nullptr) return r.fail(key, "only message, type, code and param");
    if (!r.text(key, value, *out)) return false;
  }
  return true;
}

bool read_headers(reading& r, std::string_view key, const json::value& v, behaviour& b) {
  if (!v.is_object()) return r.fail(key, "an object of strings");
  for (const auto& [name, value] : v.get_object()) {
    auto& header = b.headers.emplace_back();
    header.first.assign(name.data(), name.size());
    if (!r.text(key, value, header.second)) return false;
  }
  return true;
}

bool read_interim(reading& r, std::string_view key, const json::value& v, behaviour& b) {
  if (!v.is_array()) return r.fail(key, "a list of status codes");
  for (const auto& entry : v.get_array()) {
    if (!r.number(key, entry, b.interim.emplace_back())) return false;
  }
  return true;
}

bool read_raw_body(reading& r, std::string_view key, const json::value& v, behaviour& b) {
  std::string bytes;
  if (!r.text(key, v, bytes)) return false;
  b.raw_body = std::make_shared<const std::string>(std::move(bytes));
  return true;
}

bool read_garbage_after(reading& r, std::string_view key, const json::value& v, behaviour& b) {
  return r.number(key, v, b.garbage_after.emplace());
}

struct field {
  std::string_view name;
  bool (*read)(reading&, std::string_view, const json::value&, behaviour&);
};

using key_t = std::string_view;
using val_t = const json::value&;

#define NUMBER(name) \
  {#name, [](reading& r, key_t k, val_t v, behaviour& b) { return r.number(k, v, b.name); }}
#define TEXT(name) {#name, [](reading& r, key_t k, val_t v, behaviour& b) { return r.text(k, v, b.name); }}
#define FLAG(name) {#name, [](reading& r, key_t k, val_t v, behaviour& b) { return r.flag(k, v, b.name); }}
#define TEXTS(name) \
  {#name, [](reading& r, key_t k, val_t v, behaviour& b) { return read_texts(r, k, v, b.name); }}
#define DURATION(name) \
  {#name "_ms", [](reading& r, key_t k, val_t v, behaviour& b) { return r.duration(k, v, b.name); }}
#define WORD(name, words) \
  {#name, [](reading& r, key_t k, val_t v, behaviour& b) { return r.word(k, v, b.name, words); }}

constexpr std::array fields = std::to_array<field>({
    NUMBER(tokens),
    NUMBER(token_bytes),
    TEXT(text),
    TEXTS(script),
    TEXT(reasoning),
    {"tool_calls", read_tool_calls},
    TEXT(finish_reason),
    {"usage", read_usage},
    TEXT(signature),
    TEXT(stop_sequence),
    FLAG(send_usage),
    FLAG(empty_answer),
    FLAG(full_bill),
    {"strict", read_strict},
    TEXT(vendor),
    FLAG(reasoning_model),
    TEXTS(refuses),
    NUMBER(status),
    WORD(body, body_words),
    {"error", read_error},
    FLAG(error_in_200),
    TEXT(retry_after),
    {"raw_body", read_raw_body},
    TEXT(content_type),
    FLAG(echo),
    DURATION(head_delay),
    DURATION(first_token_delay),
    DURATION(token_delay),
    FLAG(gated),
    NUMBER(free_tokens),
    DURATION(comment_every),
    WORD(break_with, break_words),
    WORD(break_at, point_words),
    NUMBER(after),
    {"garbage_after", read_garbage_after},
    NUMBER(garbage_count),
    TEXT(garbage),
    WORD(end, end_words),
    {"headers", read_headers},
    {"interim", read_interim},
    WORD(form, form_words),
    WORD(frame, frame_words),
    NUMBER(content_length_delta),
    WORD(close, close_words),
    FLAG(gzip_if_asked),
    FLAG(burst),
    FLAG(crlf),
    NUMBER(split_bytes),
    NUMBER(read_bytes_per_s),
});

#undef NUMBER
#undef TEXT
#undef TEXTS
#undef FLAG
#undef DURATION
#undef WORD

}  // namespace

boost::system::result<behaviour, std::string> read_behaviour(std::string_view text) {
  boost::system::error_code ec;
  const auto document = json::parse(text, ec);
  if (ec || !document.is_object()) return std::string("a behaviour is a JSON object");
  behaviour out;
  reading r;
  for (const auto& [key, value] : document.get_object()) {
    const std::string_view name(key.data(), key.size());
    const field* found = nullptr;
    for (const auto& f : fields) {
      if (f.name == name) found = &f;
    }
    if (found == nullptr) return fmt::format("unknown key `{}`", name);
    if (!found->read(r, name, value, out)) return r.wrong;
  }
  return out;
}

}  // namespace nearfar::support
