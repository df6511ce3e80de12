#include "providers/dialects/anthropic_messages/request_reader.hpp"

#include "providers/dialects/anthropic_messages/message_walk.hpp"
#include "providers/dialects/body_reading.hpp"
#include "providers/dialects/text_measure.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nearfar::providers::anthropic_messages {

namespace od = json_walk::od;
using json_walk::is_string;
using json_walk::raw_text;
using json_walk::token;

namespace {

// One read: what it has found.
class reading final : public body_reading {
 public:
  using body_reading::body_reading;

 private:
  bool visit(std::string_view name, od::value v, std::string_view first) override;
  bool limit(std::string_view first);
  bool output_config(od::value v, std::string_view first);
  bool metadata(od::value v, std::string_view first);
  bool finish() override;

  message_walk walk_;
  std::string_view user_;
  bool messages_seen_ = false;
};

bool reading::visit(std::string_view name, od::value v, std::string_view first) {
  if (name == "model") return model(v, first);
  if (name == "messages") {
    messages_seen_ = true;
    return walk_.messages(v, body()) || fail(walk_.problem());
  }
  if (name == "system") return walk_.system(v, body()) || fail(walk_.problem());
  if (name == "stream") return boolean(name, first, out().facts.stream);
  if (name == "max_tokens") return limit(first);
  if (name == "tools") return tools(name, v, first);
  if (name == "output_config") return output_config(v, first);
  if (name == "output_format") out().facts.json = out().facts.json || first.front() == '{';
  if (name == "metadata") return metadata(v, first);
  return opaque(name, v);
}

bool reading::limit(std::string_view first) {
  if (first == "null") return true;
  return json_walk::read_count(first, out().facts.output_tokens) || fail("max_tokens must be a whole number");
}

bool reading::output_config(od::value v, std::string_view first) {
  if (first == "null") return true;
  od::object object;
  if (first.front() != '{' || v.get_object().get(object)) return fail("output_config must be an object");
  simdjson::error_code error = simdjson::SUCCESS;
  return json_walk::each_field(object, error, [this](od::field& f) {
    std::string_view key;
    if (f.unescaped_key().get(key)) return false;
    od::value each = f.value();
    const std::string_view kind = token(each);
    if (!opaque("output_config", each)) return false;
    if (key != "format" || !kind.starts_with('{')) return true;
    const auto value = json_walk::up_to_here(kind.data(), each, body());
    if (!value) return false;
    out().facts.json = true;
    add_quarters(raw_quarters(*value));
    return true;
  });
}

bool reading::metadata(od::value v, std::string_view first) {
  if (first == "null") return true;
  od::object object;
  if (first.front() != '{' || v.get_object().get(object)) return fail("metadata must be an object");
  simdjson::error_code error = simdjson::SUCCESS;
  return json_walk::each_field(object, error, [this](od::field& f) {
    std::string_view key;
    if (f.unescaped_key().get(key)) return false;
    od::value each = f.value();
    const std::string_view text = token(each);
    if (key != "user_id" || text == "null") return opaque("metadata", each);
    if (!is_string(text)) return fail("metadata.user_id must be a string");
    user_ = raw_text(text);
    return true;
  });
}

bool reading::finish() {
  if (!out().model.present()) return fail("model is missing: name a model");
  if (!messages_seen_) return fail("messages is missing: send an array of messages");
  routes::query& facts = out().facts;
  facts.in = config::dialect::anthropic_messages;
  facts.model = out().model_text;
  facts.images = walk_.images();
  facts.reasoning_signed = walk_.reasoning_signed();
  out().foreign_thoughts = walk_.foreign_thoughts();
  out().foreign_thought_last = walk_.foreign_thought_last();
  facts.input_tokens = (quarters() + walk_.quarters() + 3) / 4;
  facts.body_bytes = body().size();
  out().has_session = !user_.empty();
  facts.conversation =
      out().has_session ? conversation_of_session(user_) : stable_hash(walk_.opening(), out().model_text);
  return true;
}

}  // namespace

struct request_reader::impl {
  od::parser parser;
};

request_reader::request_reader() : impl_(std::make_unique<impl>()) {}
request_reader::~request_reader() = default;

routes::result<void> request_reader::read(std::string_view body, request_view& out) {
  return reading{body, out}.read(impl_->parser);
}

bool refuses_sampling(std::string_view version) {
  // Versions are dates, which sort as text.
  constexpr std::string_view first_without = "2026-10-21";
  return version.size() == first_without.size() && version >= first_without;
}

std::string without_sampling(const request_view& from) {
  std::string out;
  out.reserve(from.body.size());
  std::size_t done = from.body.find('{') + 1;
  out.append(from.body.substr(0, done));
  bool any = false;
  for (const member& each : from.members) {
    const std::size_t end = each.value.offset + each.value.length;
    std::string_view text = from.body.substr(done, end - done);
    done = end;
    if (each.name == "temperature" || each.name == "top_p" || each.name == "top_k") continue;
    const std::size_t comma = text.find_first_not_of(" \t\r\n");
    // Between a value and its key's quote stands nothing but the comma and blanks.
    if (!any && comma != std::string_view::npos && text[comma] == ',') text.remove_prefix(comma + 1);
    any = true;
    out.append(text);
  }
  out.append(from.body.substr(done));
  return out;
}

}  // namespace nearfar::providers::anthropic_messages
