#include "providers/dialects/anthropic_messages/request_reader.hpp"

#include "providers/dialects/anthropic_messages/message_walk.hpp"
#include "providers/dialects/json_walk.hpp"
#include "providers/dialects/text_measure.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nearfar::providers::anthropic_messages {

namespace od = json_walk::od;
using json_walk::is_string;
using json_walk::raw_text;
using json_walk::token;

namespace {

constexpr std::size_t max_members = 256;
constexpr std::size_t parser_kept = 1024 * 1024;  // a parser grown beyond this is given back

// One read: what it has found, and the first thing wrong.
class reading {
 public:
  reading(std::string_view body, request_view& out) : body_(body), out_(out) {}

  bool object(od::document& doc);
  std::string problem;

 private:
  bool member_of_body(od::field& field);
  bool add_member(std::string_view name);
  bool visit(std::string_view name, od::value v, std::string_view first);
  bool model(od::value v, std::string_view first);
  bool stream(std::string_view first);
  bool limit(std::string_view first);
  bool tools(od::value v, std::string_view first);
  bool output_config(od::value v, std::string_view first);
  bool metadata(od::value v, std::string_view first);
  bool opaque(std::string_view name, od::value v);
  bool finish();
  bool fail(std::string text);
  bool broken(od::document& doc);
  std::size_t offset(const char* at) const { return static_cast<std::size_t>(at - body_.data()); }

  std::string_view body_;
  request_view& out_;
  message_walk walk_;
  std::size_t count_ = 0;
  std::uint64_t quarters_ = 0;
  std::string_view user_;
  bool messages_seen_ = false;
};

bool reading::fail(std::string text) {
  if (problem.empty()) problem = std::move(text);
  return false;
}

bool reading::broken(od::document& doc) {
  if (!problem.empty()) return false;
  const char* at = nullptr;
  if (doc.current_location().get(at)) at = body_.data() + body_.size();
  const std::size_t place = std::min(offset(at), body_.size());
  return fail(
      fmt::format("the body is not valid JSON near byte {}: check its brackets, commas and quotes", place));
}

bool reading::object(od::document& doc) {
  od::object root;
  if (const auto error = doc.get_object().get(root)) {
    if (error == simdjson::INCORRECT_TYPE) return fail("the body must be a JSON object");
    return broken(doc);
  }
  simdjson::error_code error = simdjson::SUCCESS;
  if (!json_walk::each_field(root, error, [this](od::field& f) { return member_of_body(f); }))
    return broken(doc);
  const char* rest = nullptr;
  if (!doc.current_location().get(rest)) {
    return fail(
        fmt::format("the body goes on after its JSON object at byte {}: send one object", offset(rest)));
  }
  return finish();
}

bool reading::member_of_body(od::field& field) {
  std::string_view name;
  if (field.unescaped_key().get(name))
    return fail("the body has a key with an escape that JSON does not know");
  od::value v = field.value();
  const std::string_view first = token(v);
  if (first.empty() || !add_member(name)) return false;
  if (!visit(name, v, first)) return false;

  std::size_t length = first.size();
  if (json_walk::is_container(first)) {
    const auto value = json_walk::up_to_here(first.data(), v, body_);
    if (!value) return false;
    length = json_walk::trim_end(*value).size();
  }
  member& last = out_.members[count_ - 1];
  last.value = {offset(first.data()), length};
  out_.last_member_end = last.value.offset + length;
  if (last.name == "model") out_.model = last.value;
  return true;
}

bool reading::add_member(std::string_view name) {
  for (std::size_t i = 0; i < count_; ++i) {
    if (out_.members[i].name == name) {
      return fail(fmt::format("the key {:?} stands twice in the body: servers disagree on which one counts",
                              name.substr(0, 64)));
    }
  }
  if (count_ == max_members) return fail(fmt::format("the body has more than {} keys", max_members));
  // Names are written over those of the last request, so that their memory is used again.
  if (count_ < out_.members.size()) {
    out_.members[count_].name.assign(name);
  } else {
    out_.members.push_back({std::string{name}, {}});
  }
  ++count_;
  return true;
}

bool reading::visit(std::string_view name, od::value v, std::string_view first) {
  if (name == "model") return model(v, first);
  if (name == "messages") {
    messages_seen_ = true;
    return walk_.messages(v, body_) || fail(walk_.problem());
  }
  if (name == "system") return walk_.system(v, body_) || fail(walk_.problem());
  if (name == "stream") return stream(first);
  if (name == "max_tokens") return limit(first);
  if (name == "tools") return tools(v, first);
  if (name == "output_config") return output_config(v, first);
  if (name == "output_format") out_.facts.json = out_.facts.json || first.front() == '{';
  if (name == "metadata") return metadata(v, first);
  return opaque(name, v);
}

bool reading::model(od::value v, std::string_view first) {
  std::string_view name;
  if (!is_string(first)) return fail("model must be a string with a model's name");
  if (v.get_string().get(name)) return fail("model holds an escape that JSON does not know");
  if (name.empty()) return fail("model is empty: name a model");
  out_.model_text.assign(name);
  return true;
}

bool reading::stream(std::string_view first) {
  if (first != "true" && first != "false" && first != "null") return fail("stream must be true or false");
  out_.facts.stream = first == "true";
  return true;
}

bool reading::limit(std::string_view first) {
  if (first == "null") return true;
  return json_walk::read_count(first, out_.facts.output_tokens) || fail("max_tokens must be a whole number");
}

bool reading::tools(od::value v, std::string_view first) {
  if (first == "null") return true;
  if (first.front() != '[') return fail("tools must be an array");
  if (!opaque("tools", v)) return false;
  const auto value = json_walk::up_to_here(first.data(), v, body_);
  if (!value) return false;
  const std::string_view list = json_walk::trim_end(*value);
  out_.facts.tools = list.find('{') != std::string_view::npos;
  quarters_ += raw_quarters(list);
  return true;
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
    const auto value = json_walk::up_to_here(kind.data(), each, body_);
    if (!value) return false;
    out_.facts.json = true;
    quarters_ += raw_quarters(*value);
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

bool reading::opaque(std::string_view name, od::value v) {
  switch (json_walk::check(v, 1)) {
    case json_walk::walked::fine:
      return true;
    case json_walk::walked::too_deep:
      return fail(
          fmt::format("{:?} is nested deeper than {} levels", name.substr(0, 64), json_walk::max_depth));
    case json_walk::walked::malformed:
      break;
  }
  return fail(fmt::format("the value of {:?} is not valid JSON: check its brackets, commas and quotes",
                          name.substr(0, 64)));
}

bool reading::finish() {
  out_.members.resize(count_);
  if (!out_.model.present()) return fail("model is missing: name a model");
  if (!messages_seen_) return fail("messages is missing: send an array of messages");
  routes::query& facts = out_.facts;
  facts.model = out_.model_text;
  facts.images = walk_.images();
  facts.reasoning_signed = walk_.reasoning_signed();
  out_.foreign_thoughts = walk_.foreign_thoughts();
  out_.foreign_thought_last = walk_.foreign_thought_last();
  facts.input_tokens = (quarters_ + walk_.quarters() + 3) / 4;
  facts.body_bytes = body_.size();
  out_.has_session = !user_.empty();
  facts.conversation =
      out_.has_session ? conversation_of_session(user_) : stable_hash(walk_.opening(), out_.model_text);
  return true;
}

void clear(request_view& out, std::string_view body) {
  out.body = body;
  out.model_text.clear();
  out.model = {};
  out.stream_options = {};
  out.has_session = false;
  out.has_include_usage = false;
  out.last_member_end = 0;
  out.foreign_thoughts.clear();
  out.foreign_thought_last = false;
  out.facts = routes::query{};
  out.facts.in = config::dialect::anthropic_messages;
}

}  // namespace

struct request_reader::impl {
  od::parser parser;
};

request_reader::request_reader() : impl_(std::make_unique<impl>()) {}
request_reader::~request_reader() = default;

routes::result<void> request_reader::read(std::string_view body, request_view& out) {
  clear(out, body);
  reading walk{body, out};
  od::document doc;
  bool fine = false;
  if (const auto error = json_walk::open(impl_->parser, body, doc)) {
    walk.problem = body.empty()
                       ? "the body is empty: send a JSON object"
                       : fmt::format("the body is not valid JSON: {}", simdjson::error_message(error));
  } else {
    fine = walk.object(doc);
  }
  if (impl_->parser.capacity() > parser_kept) impl_->parser = od::parser{};
  if (fine) return {};
  auto refused = routes::make_error(routes::error_kind::bad_request, std::move(walk.problem));
  refused.side = routes::error_side::downstream;
  return refused;
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
