#include "tests/support/answer_script.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace nearfar::support {
namespace {

constexpr std::array<std::string_view, 12> words = {" one",  " two", " three",  " four",
                                                    " five", " six", " seven",  " eight",
                                                    " nine", " ten", " eleven", " twelve"};
constexpr std::size_t argument_piece = 8;  // bytes of tool arguments in one event

// "Hello there." -> "Hello", " there."
std::vector<std::string> cut_words(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = text.find(' ', 1);
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(out.back().size());
  }
  return out;
}

std::vector<std::string> default_text(const behaviour& b, const answer_identity& who) {
  std::vector<std::string> out;
  out.reserve(b.tokens);
  for (unsigned i = 0; i < b.tokens; ++i) {
    if (b.token_bytes != 0) {
      out.emplace_back(b.token_bytes, static_cast<char>('a' + i % 26));
    } else if (i == 0) {
      out.push_back(who.name);
    } else {
      out.emplace_back(words[(i - 1) % words.size()]);
    }
  }
  return out;
}

std::string answer_id(const answer_identity& who) {
  return fmt::format("chatcmpl-{}-{}", who.name, who.number);
}

}  // namespace

answer compose_answer(const behaviour& b, const answer_request& request, const answer_identity& who) {
  answer out;
  out.request = request;
  out.id = answer_id(who);
  out.vendor = b.vendor;
  if (request.shows_reasoning) out.reasoning = cut_words(b.reasoning);
  out.signature = b.signature.empty() ? issued_signature(b.reasoning) : b.signature;
  out.signs = !b.reasoning.empty() || !b.signature.empty();
  out.stop_sequence = b.stop_sequence;
  out.sends_usage = b.send_usage;
  out.tool_calls = b.tool_calls;
  if (!b.script.empty()) {
    out.text = b.script;
  } else if (!b.text.empty()) {
    out.text = cut_words(b.text);
  } else if (out.tool_calls.empty() && !b.empty_answer) {
    out.text = default_text(b, who);
  }
  const bool too_long = request.max_tokens != 0 && out.text.size() > request.max_tokens;
  if (too_long) out.text.resize(request.max_tokens);
  out.finish_reason = !b.finish_reason.empty()  ? b.finish_reason
                      : !out.tool_calls.empty() ? "tool_calls"
                      : too_long                ? "length"
                                                : "stop";
  if (b.usage) {
    out.usage = *b.usage;
  } else {
    out.usage.prompt_tokens = request.prompt_tokens;
    out.usage.reasoning_tokens = cut_words(b.reasoning).size();
    out.usage.completion_tokens = out.usage.reasoning_tokens + out.text.size() + out.tool_calls.size();
  }
  return out;
}

answer_script::answer_script(std::shared_ptr<const behaviour> how, const dialect_writer& dialect,
                             const request_head& head, std::string request_body, answer_identity who)
    : how_(std::move(how)), dialect_(dialect) {
  answer_.id = answer_id(who);
  minor_version_ = head.minor_version;
  keep_alive_ = head.keep_alive && how_->close == closing::keep;
  extra_fields_ = how_->headers;
  gzip_ = how_->gzip_if_asked && head.field("accept-encoding").find("gzip") != std::string_view::npos;
  if (how_->raw_body) {
    body_ = *how_->raw_body;
    if (!how_->content_type.empty()) content_type_ = how_->content_type;
    status_ = how_->status;
  } else if (how_->echo) {
    body_ = std::move(request_body);
    content_type_ = "application/json";
  } else if (how_->status != 200 || how_->error_in_200) {
    scripted_failure();
  } else {
    read_request({head, request_body, *how_}, who);
  }
  if (stream_) content_type_ = dialect_.stream_type(answer_);
  const auto usual = stream_ ? framing::chunked : framing::length;
  const auto frame = how_->frame == framing::usual ? usual : how_->frame;
  chunked_ = frame == framing::chunked && minor_version_ == 1;
  if (frame == framing::close || (stream_ && !chunked_)) keep_alive_ = false;
  if (gzip_ && !stream_) body_ = gzip_stored(body_);
}

void answer_script::read_request(const incoming& in, const answer_identity& who) {
  answer_request request;
  if (how_->form == answer_form::as_asked) {
    auto read = dialect_.read(in);
    if (!read) {
      status_ = read.error().status;
      body_ = std::move(read.error().body);
      if (body_.empty()) body_ = dialect_.error_body(read.error().error, status_);
      return;
    }
    request = std::move(*read);
  }
  if (how_->form == answer_form::stream) request.stream = true;
  answer_ = compose_answer(*how_, request, who);
  stream_ = answer_.request.stream;
  answers_ = answer_.request.costs;
  if (stream_) return;
  if (answer_.request.whole) {
    body_ = std::move(*answer_.request.whole);
    content_type_ = answer_.request.whole_type;
  } else {
    body_ = dialect_.whole(answer_);
  }
}

void answer_script::scripted_failure() {
  status_ = how_->status;
  if (!how_->retry_after.empty()) extra_fields_.emplace_back("retry-after", how_->retry_after);
  switch (how_->body) {
    case body_kind::error:
      body_ = dialect_.error_body(how_->error, status_);
      break;
    case body_kind::html:
      content_type_ = "text/html";
      body_ = fmt::format("<html><head><title>{0}</title></head><body><h1>{0} {1}</h1></body></html>\n",
                          status_, reason_phrase(status_));
      break;
    case body_kind::empty:
      content_type_.clear();
      break;
  }
}

billed_tokens answer_script::owed_for_all() const {
  // A server that is silent works on it, one that breaks off there has not begun.
  const bool refused = breaks_at(break_point::before_head) && how_->break_with != break_kind::stall;
  if (!answers_ || refused) return {};
  const auto& u = answer_.usage;
  const auto prompt = answer_.request.whole ? answer_.request.prompt_tokens : u.prompt_tokens;
  return {prompt, answer_.request.whole ? 0 : u.completion_tokens, u.cached_tokens, u.cache_write_tokens};
}

billed_tokens answer_script::owed() const {
  auto out = owed_for_all();
  if (!ended_) out.completion = std::min(out.completion, given_);
  return out;
}

action answer_script::next() {
  switch (stage_) {
    case stage::interim:
      if (interim_ < how_->interim.size()) return next_interim();
      stage_ = stage::start;
      if (how_->head_delay.count() > 0) return pause(how_->head_delay);
      [[fallthrough]];
    case stage::start:
      if (breaks_at(break_point::before_head)) return break_now();
      if (!stream_) return whole_answer();
      stage_ = stage::opening;
      head_out_ = true;
      return action{action_kind::write, head_bytes(content_type_, std::nullopt), {}, {}};
    case stage::opening: {
      stage_ = stage::parts;
      waited_ = how_->first_token_delay.count() == 0;
      // An error event before the first token is the first event: nothing of an answer is before it.
      if (breaks_at(break_point::before_first_token) && how_->break_with == break_kind::error_event)
        return next();
      std::string event;
      dialect_.opening(answer_, event);
      return write(std::move(event));
    }
    case stage::parts:
      return stream_part();
    case stage::breaking:
      return break_now();
    case stage::stalling:
      stage_ = stage::over;
      return stall();
    case stage::over:
      break;
  }
  return action{};
}

action answer_script::next_interim() {
  const int status = how_->interim[interim_++];
  return action{
      action_kind::write, fmt::format("HTTP/1.1 {} {}\r\n\r\n", status, reason_phrase(status)), {}, {}};
}

// Generation time passes before the head of an answer that is no stream, as with real servers.
action answer_script::whole_answer() {
  const auto time = how_->first_token_delay + how_->token_delay * static_cast<int>(answer_.text.size());
  if (!waited_ && time.count() > 0) {
    waited_ = true;
    return action{action_kind::pause, {}, time, {}};
  }
  if (how_->gated && !released_) {
    released_ = true;
    return action{action_kind::gate, {}, {}, {}};
  }
  const bool breaks = how_->break_with != break_kind::none;
  // Half of a body is left behind by a break in its middle; all of it was generated.
  if (how_->break_at == break_point::after_tokens) given_ = answer_.usage.completion_tokens;
  const auto declared = static_cast<std::int64_t>(body_.size()) + how_->content_length_delta;
  auto out = head_bytes(content_type_, static_cast<std::size_t>(std::max<std::int64_t>(declared, 0)));
  auto sent = std::string_view(body_);
  if (breaks) sent = how_->break_at == break_point::after_tokens ? sent.substr(0, sent.size() / 2) : "";
  if (chunked_) {
    if (!sent.empty()) fmt::format_to(std::back_inserter(out), "{:x}\r\n{}\r\n", sent.size(), sent);
    if (!breaks) out += "0\r\n\r\n";
  } else {
    out += sent;
  }
  stage_ = breaks ? stage::breaking : stage::over;
  ended_ = !breaks;
  if (how_->content_length_delta > 0) keep_alive_ = false;  // the rest never comes: FIN tells
  return action{action_kind::write, std::move(out), {}, {}};
}

action answer_script::stream_part() {
  if (breaks_at(break_point::before_first_token) && part_ == 0) {
    if (!waited_) {
      waited_ = true;
      return pause(how_->first_token_delay);
    }
    return break_now();
  }
  if (!waited_) {
    waited_ = true;
    return pause(part_ == 0 ? how_->first_token_delay : how_->token_delay);
  }
  if (how_->gated && !released_ && part_ >= how_->free_tokens) {
    released_ = true;
    return action{action_kind::gate, {}, {}, {}};
  }
  if (how_->garbage_after == part_ && garbage_ < how_->garbage_count) {
    ++garbage_;
    std::string event;
    dialect_.garbage(how_->garbage, event);
    return write(std::move(event));
  }
  const bool last = part_ == part_count();
  if (breaks_at(break_point::after_tokens) && (part_ == how_->after || last)) return break_now();
  if (last) return ending();
  std::string event;
  const auto next = part_at(part_);
  dialect_.token(answer_, next, event);
  if (next.kind != part_kind::tool_call_piece) ++given_;
  ++part_;
  released_ = false;
  waited_ = part_ == part_count() || how_->token_delay.count() == 0;
  return write(std::move(event));
}

action answer_script::ending() {
  stage_ = stage::over;
  ended_ = true;
  std::string events;
  if (how_->end != stream_end::no_finish) {
    dialect_.finish(answer_, events);
    if (how_->send_usage) dialect_.usage(answer_, events);
    if (how_->end == stream_end::done) dialect_.done(answer_, events);
  }
  auto out = write(std::move(events));
  if (how_->end == stream_end::open) {
    stage_ = stage::stalling;
    return out;
  }
  if (chunked_) out.bytes += "0\r\n\r\n";
  return out;
}

action answer_script::break_now() {
  stage_ = stage::over;
  switch (how_->break_with) {
    case break_kind::reset:
      return action{action_kind::reset, {}, {}, {}};
    case break_kind::stall:
      return stall();
    case break_kind::error_event:
      if (stream_) {
        std::string event;
        dialect_.error_event(answer_, how_->error, event);
        auto out = write(std::move(event));
        if (chunked_) out.bytes += "0\r\n\r\n";
        return out;
      }
      break;  // a JSON answer has no events: it ends short
    case break_kind::cut:
    case break_kind::none:
      break;
  }
  return action{action_kind::cut, {}, {}, {}};
}

action answer_script::stall() const {
  auto out = pause(millis{0});
  out.kind = action_kind::stall;
  return out;
}

action answer_script::pause(millis wait) const {
  action out{action_kind::pause, {}, wait, {}};
  const bool head_is_out = stream_ && head_out_;
  if (how_->comment_every.count() > 0 && head_is_out) {
    std::string comment;
    dialect_.comment(comment);
    out.bytes = framed(std::move(comment));
    out.comment_every = how_->comment_every;
  }
  return out;
}

action answer_script::write(std::string event) const {
  return action{action_kind::write, framed(std::move(event)), {}, {}};
}

std::string answer_script::framed(std::string bytes) const {
  if (how_->crlf) {
    std::string wide;
    for (const char c : bytes) {
      if (c == '\n' && !wide.ends_with('\r')) wide += '\r';
      wide += c;
    }
    bytes = std::move(wide);
  }
  // Concatenated gzip members are one gzip stream (RFC 1952, 2.2), so each event can leave at once.
  if (gzip_ && !bytes.empty()) bytes = gzip_stored(bytes);
  if (!chunked_ || bytes.empty()) return bytes;
  std::string out;
  out.reserve(bytes.size() + 16);
  fmt::format_to(std::back_inserter(out), "{:x}\r\n", bytes.size());
  out += bytes;
  out += "\r\n";
  return out;
}

std::string answer_script::head_bytes(std::string_view content_type,
                                      std::optional<std::size_t> length) const {
  std::string out = fmt::format("HTTP/1.1 {} {}\r\n", status_, reason_phrase(status_));
  auto field = [&](std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
  };
  if (!content_type.empty()) field("content-type", content_type);
  field(dialect_.request_id_field(), "req_" + answer_.id);
  for (const auto& [name, value] : extra_fields_) field(name, value);
  if (gzip_) field("content-encoding", "gzip");
  if (chunked_) {
    field("transfer-encoding", "chunked");
  } else if (length && how_->frame != framing::close) {
    field("content-length", std::to_string(*length));
  }
  const bool announce = !keep_alive_ && how_->close != closing::silent && how_->content_length_delta == 0;
  if (announce) field("connection", "close");
  out += "\r\n";
  return out;
}

bool answer_script::breaks_at(break_point where) const {
  return how_->break_with != break_kind::none && how_->break_at == where;
}

std::size_t answer_script::part_count() const {
  std::size_t out = answer_.reasoning.size() + answer_.text.size();
  for (const auto& call : answer_.tool_calls)
    out += 1 + (call.arguments.size() + argument_piece - 1) / argument_piece;
  return out;
}

part answer_script::part_at(std::size_t index) const {
  for (const auto* tokens : {&answer_.reasoning, &answer_.text}) {
    if (index < tokens->size()) {
      const auto kind = tokens == &answer_.text ? part_kind::text : part_kind::reasoning;
      return {kind, (*tokens)[index], 0, index == 0, index + 1 == tokens->size()};
    }
    index -= tokens->size();
  }
  for (std::size_t call = 0; call < answer_.tool_calls.size(); ++call) {
    const std::string_view arguments = answer_.tool_calls[call].arguments;
    const auto pieces = 1 + (arguments.size() + argument_piece - 1) / argument_piece;
    if (index == 0) return {part_kind::tool_call_start, {}, call, true, pieces == 1};
    if (index < pieces) {
      const auto piece = arguments.substr((index - 1) * argument_piece, argument_piece);
      return {part_kind::tool_call_piece, piece, call, false, index + 1 == pieces};
    }
    index -= pieces;
  }
  return {};
}

}  // namespace nearfar::support
