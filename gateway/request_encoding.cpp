#include "gateway/request_encoding.hpp"

#include "gateway/key_scope.hpp"
#include "providers/dialects/conversation_tail.hpp"
#include "providers/dialects/custom_tools.hpp"
#include "providers/dialects/multipart.hpp"
#include "providers/dialects/openai_chat/continuation_writer.hpp"
#include "providers/dialects/openai_chat/quirks.hpp"
#include "providers/dialects/openai_chat/request_reader.hpp"
#include "providers/dialects/signature.hpp"
#include "providers/http/request_head.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace nearfar::gateway {

namespace {

using config::continuation_kind;
using config::dialect;
namespace openai_chat = providers::openai_chat;

constexpr std::string_view anthropic_version = "anthropic-version: 2023-06-01";

void add_note(query_state& q, std::string note) {
  if (std::ranges::find(q.notes, note) == q.notes.end()) q.notes.push_back(std::move(note));
}

routes::error unfit(std::string why) {
  auto out = routes::make_error(routes::error_kind::bad_request, std::move(why));
  out.side = routes::error_side::internal;
  return out;
}

bool has_usage_option(dialect d) {
  return d == dialect::openai_chat || d == dialect::openai_completions;
}

bool wants_usage(const query_state& q, const deployed_target& target) {
  return q.asked().stream && target.preset != nullptr && target.preset->stream_usage;
}

// Signed by another vendor's model than this target's: it would refuse them. What another dialect's vendor
// signed is marked with its issuer and needs no look at who answered.
bool bears_foreign_signatures(const query_state& q, const deployed_target& target, dialect speaks) {
  if (!q.asked().reasoning_signed) return false;
  const auto foreign = [&](routes::target_index at) {
    return at != routes::none_index && signer_of(q.target(at)) != signer_of(target);
  };
  if (foreign(q.sticky.target)) return true;
  if (!foreign(q.also_answered)) return false;
  const auto other = wire_of(q.target(q.also_answered), q.path);
  return other && other->speaks == speaks;
}

// Thoughts of another vendor's model in a history that Anthropic itself checks. Others that speak its dialect
// take back what they gave, signed or not.
bool bears_unsigned_thoughts(const query_state& q, const deployed_target& target) {
  if (q.path.in != dialect::anthropic_messages || signer_of(target) != "anthropic") return false;
  return q.scratch.view.foreign_thought_last || !q.scratch.view.foreign_thoughts.empty();
}

routes::result<void> parse_once(query_state& q) {
  if (q.conversation) return {};
  if (!q.unreadable.empty()) return unfit(q.unreadable);
  const auto* codec = providers::codec_of(q.path.in);
  if (codec == nullptr) return unfit("this dialect is not translated");
  auto parsed = codec->parse_request(q.scratch.view.body);
  if (!parsed) {
    q.unreadable = parsed.error().context;
    return std::move(parsed).error();
  }
  q.conversation = std::move(*parsed);
  q.conversation->model = q.asked().model;
  if (q.path.stream) q.conversation->stream = q.path.stream;
  return {};
}

// The client's own dialect, with tools of free text that this target does not know. What cannot be read here
// passes: the target says what is wrong with it.
bool bears_unknown_tools(query_state& q, const deployed_target& target) {
  const bool may = q.path.in == dialect::openai_chat || q.path.in == dialect::openai_responses;
  if (!may || !q.asked().tools || providers::knows_custom_tools(q.path.in, &target.preset->quirks))
    return false;
  const auto& view = q.scratch.view;
  const auto tools = std::ranges::find(view.members, "tools", &providers::member::name);
  if (tools == view.members.end()) return false;
  const auto text = view.body.substr(tools->value.offset, tools->value.length);
  if (text.find(R"("custom")") == std::string_view::npos) return false;
  return parse_once(q) && providers::any_custom_tools(*q.conversation);
}

// The vendor's continuation fields go over the target's own.
std::vector<config::body_field> with_fields(std::span<const config::body_field> upper,
                                            std::span<const config::body_field> lower) {
  std::vector<config::body_field> out(upper.begin(), upper.end());
  for (const auto& field : lower) {
    if (std::ranges::find(upper, field.name, &config::body_field::name) == upper.end()) out.push_back(field);
  }
  return out;
}

// The written body read again, so that the continuation fields of that dialect apply to it.
routes::result<translated_request> continue_written(query_state& q, std::string body, std::string_view model,
                                                    const providers::handover::ask& ask) {
  const std::size_t size = body.size();
  body.append(openai_chat::body_padding, ' ');
  providers::request_view view;
  if (auto read = q.on.reader.read(std::string_view(body).substr(0, size), view); !read)
    return std::move(read).error();
  openai_chat::spliced_body spliced;
  translated_request out;
  out.asked = openai_chat::splice_continuation(view, {.model = model}, ask, spliced);
  out.body.reserve(spliced.size);
  for (const auto piece : spliced.pieces) out.body += piece;
  return out;
}

// What is changed in the client's own body. Points into itself: it stays where it was made.
class own_changes {
 public:
  own_changes(const query_state& q, const deployed_target& target)
      : members_(openrouter_changes(q, target.index)) {
    if (q.path.in != dialect::gemini) all_.model = target.upstream_model;
    all_.want_usage = has_usage_option(q.path.in) && wants_usage(q, target);
    all_.set = target.set;
    all_.defaults = target.defaults;
    all_.cut_thoughts = bears_unsigned_thoughts(q, target);
    all_.without = members_.without;
    if (members_.provider) all_.instead = &*members_.provider;
  }
  own_changes(const own_changes&) = delete;
  own_changes& operator=(const own_changes&) = delete;

  const openai_chat::request_changes& all() const { return all_; }

 private:
  providers::openrouter::member_changes members_;
  openai_chat::request_changes all_;
};

// The same of a conversation, whose members without a place lie in `extra`.
void take_members_out(const providers::openrouter::member_changes& by, boost::json::object& extra) {
  for (const auto name : by.without) extra.erase(name);
  if (!by.provider) return;
  boost::system::error_code never;
  extra[by.provider->name] = boost::json::parse(by.provider->json, never);
}

// The client's own request with what this server understands otherwise put right.
routes::result<void> adapt_request(query_state& q, running_attempt& attempt) {
  const auto& target = q.target(attempt.target);
  boost::system::error_code failed;
  auto parsed = boost::json::parse(q.scratch.view.body, failed, {},
                                   {.numbers = boost::json::number_precision::precise});
  if (failed || !parsed.is_object()) return unfit("the body cannot be read again");
  openai_chat::notes said;
  openai_chat::adapt(parsed.get_object(), target.preset->quirks, said);
  for (auto& note : said) add_note(q, std::move(note));
  std::string body = boost::json::serialize(parsed);
  const std::size_t size = body.size();
  body.append(openai_chat::body_padding, ' ');
  providers::request_view view;
  if (auto read = q.on.reader.read(std::string_view(body).substr(0, size), view); !read)
    return std::move(read).error();
  const own_changes changes(q, target);
  openai_chat::spliced_body spliced;
  if (attempt.leg) {
    const providers::handover::ask what{
        .said = q.so_far->said, .how = &target.continues, .kind = attempt.leg->kind()};
    attempt.asked_to_go_on = openai_chat::splice_continuation(view, changes.all(), what, spliced);
  } else {
    openai_chat::splice(view, changes.all(), spliced);
  }
  auto& out = attempt.written.emplace();
  for (const auto piece : spliced.pieces) out += piece;
  return {};
}

bool is_form(const query_state& q) {
  return !config::is_chat(q.path.in) && !providers::form_boundary(q.head.find("content-type")).empty();
}

// The model's part of a form takes a name, and no quotes.
void splice_form(const query_state& q, const deployed_target& target, openai_chat::spliced_body& body) {
  const auto& view = q.scratch.view;
  body.scratch = target.upstream_model;
  body.pieces = {view.body.substr(0, view.model.offset), body.scratch,
                 view.body.substr(view.model.offset + view.model.length)};
  body.size = 0;
  for (const auto piece : body.pieces) body.size += piece.size();
  body.usage_added = false;
}

bool tells_version(std::span<const std::string> lines) {
  return std::ranges::any_of(lines, [](const auto& line) { return line.starts_with("anthropic-version"); });
}

}  // namespace

routes::result<translated_request> translate_request(query_state& q, const deployed_target& target,
                                                     const translation& how) {
  if (auto parsed = parse_once(q); !parsed) return std::move(parsed).error();
  const auto* codec = providers::codec_of(how.to->speaks);
  if (codec == nullptr) return unfit("the target's dialect is not translated");
  const bool splices = how.go_on != nullptr && how.to->speaks == dialect::openai_chat;
  std::optional<providers::chat::chat_request> changed;
  const auto members = openrouter_changes(q, target.index);
  const bool takes_out = !members.without.empty() || members.provider;
  if (how.strip_signatures || takes_out || (how.go_on != nullptr && !splices)) changed = *q.conversation;
  if (takes_out) take_members_out(members, changed->extra);
  if (how.strip_signatures && providers::strip_signatures(*changed) > 0)
    add_note(q, "reasoning: signatures of another vendor were left out");
  translated_request out;
  if (how.go_on != nullptr && !splices) out.asked = providers::go_on(*changed, *how.go_on);
  const auto& shape = q.deployed->policy->targets()[target.index];
  std::vector<config::body_field> set(how.set.begin(), how.set.end());
  if (how.go_on != nullptr && !splices && out.asked.kind == continuation_kind::native)
    set = with_fields(how.go_on->how->set, how.set);
  providers::write_options options{.model = target.upstream_model,
                                   .max_output = shape.max_output.value_or(0),
                                   .stream = how.stream,
                                   .want_usage = target.preset->stream_usage,
                                   .issuer = providers::chat::issuer_of(how.to->speaks),
                                   .quirks = &target.preset->quirks,
                                   .set = set,
                                   .defaults = target.defaults};
  auto written = codec->write_request(changed ? *changed : *q.conversation, options);
  if (!written) return std::move(written).error();
  for (auto& note : written->notes) add_note(q, std::move(note));
  if (splices) return continue_written(q, std::move(written->body), target.upstream_model, *how.go_on);
  out.body = std::move(written->body);
  return out;
}

namespace {

routes::result<void> prepare(query_state& q, running_attempt& attempt) {
  const auto& target = q.target(attempt.target);
  const auto wire = wire_of(target, q.path);
  if (!wire) return unfit("it serves no such dialect");
  if (wire->translates && q.path.verb == query_verb::count_tokens) return unfit("it counts no tokens");
  attempt.wire = *wire;
  if (!wire->translates) attempt.wire.translates = bears_unknown_tools(q, target);
  const bool strips = bears_foreign_signatures(q, target, wire->speaks);
  // A leg in the client's own dialect: only openai-chat has continuation fields to splice.
  const bool rewrites_leg = attempt.leg && q.path.in != dialect::openai_chat;
  const bool passes = !attempt.wire.translates;
  const bool unsigned_thoughts = passes && bears_unsigned_thoughts(q, target);
  // A cut leaves every other byte as it was, so that the prompt cache still hits.
  const bool cuts = unsigned_thoughts && !q.scratch.view.foreign_thought_last;
  if (passes && !strips && !rewrites_leg && cuts == unsigned_thoughts) {
    if (cuts) add_note(q, "reasoning: left out, it bears no signature of the target's");
    const bool adapts = q.path.in == dialect::openai_chat &&
                        openai_chat::needs_adapting(q.scratch.view, target.preset->quirks);
    return adapts ? adapt_request(q, attempt) : routes::result<void>();
  }
  translation how{
      .to = &attempt.wire, .set = target.set, .strip_signatures = strips, .stream = q.asked().stream};
  providers::handover::ask ask;
  if (attempt.leg) {
    ask = {.said = q.so_far->said, .how = &target.continues, .kind = attempt.leg->kind()};
    how.go_on = &ask;
  }
  auto made = translate_request(q, target, how);
  if (!made) return std::move(made).error();
  attempt.written = std::move(made->body);
  attempt.asked_to_go_on = made->asked;
  if (attempt.wire.translates && !providers::knows_custom_tools(wire->speaks, &target.preset->quirks))
    attempt.as_functions = providers::custom_tool_names(*q.conversation);
  return {};
}

}  // namespace

routes::result<void> prepare_request(query_state& q, running_attempt& attempt) {
  auto made = prepare(q, attempt);
  // What the client wrote wrong is for the client alone: it may quote the request.
  if (!made && made.error().side == routes::error_side::internal)
    add_note(q, fmt::format("{} is passed over: {}", q.target(attempt.target).name, made.error().context));
  return made;
}

void encode_request(query_state& q, running_attempt& attempt) {
  const auto& target = q.target(attempt.target);
  auto& body = attempt.buffers->body;
  if (attempt.written) {
    body.pieces.assign(1, *attempt.written);
    body.size = attempt.written->size();
    // The same dialect, rewritten: its usage chunk was asked for by us.
    const bool same = !attempt.wire.translates && q.path.in == dialect::openai_chat;
    body.usage_added = same && wants_usage(q, target) && !q.asked().include_usage;
    if (attempt.leg) attempt.leg->begin(attempt.asked_to_go_on);
  } else if (attempt.leg) {
    const providers::handover::ask what{
        .said = q.so_far->said, .how = &target.continues, .kind = attempt.leg->kind()};
    attempt.leg->begin(
        openai_chat::splice_continuation(q.scratch.view, own_changes(q, target).all(), what, body));
  } else if (is_form(q)) {
    splice_form(q, target, body);
  } else {
    openai_chat::splice(q.scratch.view, own_changes(q, target).all(), body);
  }
  attempt.usage_added = body.usage_added;
}

routes::result<void> write_upstream_head(query_state& q, running_attempt& attempt,
                                         const providers::origin& where) {
  const auto& target = q.target(attempt.target);
  const auto& wire = attempt.wire;
  std::string made;
  std::string_view path = wire.at->path;
  bool as_it_stands = q.path.verb == query_verb::answer && wire.at->stream_path.empty() &&
                      path.find('{') == std::string_view::npos;
  if (!as_it_stands) path = made = path_of(wire, target, q.path, q.asked().stream);
  const auto& elsewhere = target.continues.path;
  if (attempt.leg && attempt.leg->kind() == continuation_kind::native && !elsewhere.empty() &&
      wire.speaks == dialect::openai_chat) {
    path = elsewhere;
    as_it_stands = false;
  }
  providers::upstream_request request{.to = where, .path = path};
  request.auth = wire.at->auth.value_or(target.preset->auth);
  request.fixed = target.preset->headers;
  request.key = &credential_for(q, target);
  // Of a process of ours each start has another address.
  if (as_it_stands && &where == &target.where) request.begun = target.begun_head_for(wire.at);
  request.client = q.head.fields;
  request.content_length = attempt.buffers->body.size;
  if (is_form(q)) request.content_type = q.head.find("content-type");
  if (wire.speaks != dialect::anthropic_messages) {
    request.kept_back = providers::known_field::anthropic;
  } else if (!tells_version(request.fixed)) {
    // Compulsory there; the client's own takes its place.
    request.also_fixed = anthropic_version;
  }
  return providers::write_request_head(request, attempt.buffers->head);
}

}  // namespace nearfar::gateway
