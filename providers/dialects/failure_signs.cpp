#include "providers/dialects/failure_signs.hpp"

#include "providers/dialects/retry_after.hpp"

#include <boost/json.hpp>

#include <charconv>

namespace nearfar::providers {

namespace json = boost::json;

namespace {

constexpr std::size_t most_read = 1024 * 1024;

std::string lower(std::string_view text) {
  std::string out{text};
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string_view view(const json::string& text) {
  return {text.data(), text.size()};
}

const json::object* object_in(const json::object& from, std::string_view key) {
  const json::value* found = from.if_contains(key);
  return found ? found->if_object() : nullptr;
}

std::string_view string_in(const json::object& from, std::string_view key) {
  const json::value* found = from.if_contains(key);
  const json::string* text = found ? found->if_string() : nullptr;
  return text ? view(*text) : std::string_view{};
}

std::int64_t number_in(const json::object& from, std::string_view key) {
  const json::value* found = from.if_contains(key);
  if (!found || !found->is_int64()) return 0;
  return found->get_int64();
}

class collector {
 public:
  explicit collector(failure_signs& out) : out_(out) {}

  void root(const json::value& v) {
    if (const auto* list = v.if_array()) {  // Google's endpoint wraps its error
      if (!list->empty() && list->front().is_object()) root(list->front());
      return;
    }
    const auto* top = v.if_object();
    if (!top) return;
    if (const json::value* error = top->if_contains("error")) named(*error, *top);
    if (const auto* groq = object_in(*top, "x_groq")) {
      if (const json::value* error = groq->if_contains("error")) named(*error, *groq);
    }
    in_choices(*top);
    vendor_fields(*top);
    // Mistral, SGLang, Bedrock, DashScope's own API: the fields lie at the top.
    if (!out_.error) fields(*top);
    if (string_in(*top, "object") == "error" || string_in(*top, "type") == "error") out_.error = true;
  }

 private:
  void say(std::string_view text) {
    out_.said.assign(text);
    out_.message = lower(text);
  }

  void word(std::string_view text) {
    if (!text.empty()) out_.words.push_back(lower(text));
  }

  void named(const json::value& error, const json::object& around) {
    if (const auto* text = error.if_string()) {  // Ollama and xAI
      if (text->empty()) return;
      out_.error = true;
      say(view(*text));
      code(around);
      return;
    }
    const auto* object = error.if_object();
    if (!object) return;
    out_.error = true;
    if (const auto* details = object_in(*object, "details")) word(string_in(*details, "error_code"));
    if (const auto* inner = object_in(*object, "innererror")) word(string_in(*inner, "code"));
    if (const auto* metadata = object_in(*object, "metadata")) {
      word(string_in(*metadata, "error_type"));
      out_.moderated = metadata->contains("flagged_input") || metadata->contains("reasons");
    }
    fields(*object);
  }

  void fields(const json::object& from) {
    details(from);
    code(from);
    word(string_in(from, "__type"));
    word(string_in(from, "type"));
    word(string_in(from, "status"));
    for (const std::string_view key : {"message", "Message", "error_msg", "detail"}) {
      if (out_.message.empty()) say(string_in(from, key));
    }
  }

  void code(const json::object& from) {
    const json::value* found = from.if_contains("code");
    if (!found) return;
    if (const auto* text = found->if_string()) {
      word(view(*text));
      int status = 0;
      const auto read = std::from_chars(text->data(), text->data() + text->size(), status);
      if (read.ec == std::errc{} && read.ptr == text->data() + text->size()) http_status(status);
    } else if (found->is_int64()) {
      const auto value = found->get_int64();
      if (value >= 400 && value < 600) {
        http_status(static_cast<int>(value));
      } else {
        word(std::to_string(value));
      }
    }
  }

  void http_status(int value) {
    if (value >= 400 && value < 600) out_.status = value;
  }

  // google.rpc.Status.details
  void details(const json::object& from) {
    const json::value* found = from.if_contains("details");
    const auto* list = found ? found->if_array() : nullptr;
    if (!list) return;
    for (const json::value& each : *list) {
      const auto* object = each.if_object();
      if (!object) continue;
      word(string_in(*object, "reason"));
      if (const auto delay = read_retry_delay(string_in(*object, "retryDelay"))) out_.retry_after = delay;
      const json::value* violations = object->if_contains("violations");
      if (!violations || !violations->is_array()) continue;
      for (const json::value& one : violations->get_array()) {
        const auto* violation = one.if_object();
        if (!violation) continue;
        const bool daily = string_in(*violation, "quotaId").find("PerDay") != std::string_view::npos;
        out_.daily_quota = out_.daily_quota || daily;
      }
    }
  }

  // OpenRouter puts the error of a broken answer into its choice.
  void in_choices(const json::object& top) {
    const json::value* found = top.if_contains("choices");
    const auto* list = found ? found->if_array() : nullptr;
    if (!list) return;
    for (const json::value& each : *list) {
      const auto* choice = each.if_object();
      const json::value* error = choice ? choice->if_contains("error") : nullptr;
      if (error) named(*error, *choice);
    }
  }

  void vendor_fields(const json::object& top) {
    if (const auto* base = object_in(top, "base_resp")) {  // MiniMax
      if (const auto status = number_in(*base, "status_code")) {
        out_.error = true;
        word("minimax-" + std::to_string(status));
        say(string_in(*base, "status_msg"));
      }
    }
    if (const auto status = number_in(top, "error_code")) {  // Qianfan's first API
      out_.error = true;
      word("qianfan-" + std::to_string(status));
      say(string_in(top, "error_msg"));
    }
  }

  failure_signs& out_;
};

}  // namespace

failure_signs read_failure(std::string_view body) {
  failure_signs out;
  if (body.size() > most_read) return out;
  boost::system::error_code failed;
  const json::value v = json::parse(body, failed);
  if (!failed) collector{out}.root(v);
  return out;
}

}  // namespace nearfar::providers
