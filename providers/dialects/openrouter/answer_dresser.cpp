#include "providers/dialects/openrouter/answer_dresser.hpp"

#include "providers/dialects/json_walk.hpp"
#include "providers/dialects/openai_chat/request_writer.hpp"
#include "providers/dialects/openai_chat/usage_walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <utility>
#include <vector>

namespace nearfar::providers::openrouter {

namespace od = json_walk::od;

namespace {

// A piece of the document that goes, and what comes in its place: a part of `texts`.
struct edit {
  std::size_t at = 0;
  std::size_t gone = 0;
  std::size_t text = 0;
  std::size_t length = 0;
};

// What a delta or a message has of thoughts. Tokens are of the document.
struct thoughts {
  std::string_view said;          // reasoning_content or reasoning
  const char* foreign = nullptr;  // where the name reasoning_content stands
  bool named = false;             // there is `reasoning`
  bool details = false;           // there is reasoning_details
  std::size_t next = 0;           // behind the last index in it
  std::string_view signed_text;   // of its entry that has a text and a signature
};

// Of one choice of a stream.
struct told_thoughts {
  std::size_t index = 0;  // of the entry that the next thought belongs to
  bool told = false;      // as details, without a signature yet
};

constexpr std::uint64_t max_choices = 128;
constexpr std::string_view vendors_word = "reasoning_content";

// Decimal, without an exponent: clients read prices with simple parsers.
void append_usd(std::string& to, double usd) {
  auto text = fmt::format("{:.12f}", usd);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  to += text;
}

}  // namespace

std::string_view normal_finish(std::string_view native) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 11> known{
      {{"stop", "stop"},
       {"length", "length"},
       {"tool_calls", "tool_calls"},
       {"content_filter", "content_filter"},
       {"error", "error"},
       {"function_call", "tool_calls"},
       {"tool_use", "tool_calls"},
       {"max_tokens", "length"},
       {"model_length", "length"},
       {"sensitive", "content_filter"},
       {"safety", "content_filter"}}};
  const auto at = std::ranges::find(known, native, [](const auto& row) { return row.first; });
  return at == known.end() ? "stop" : at->second;
}

struct answer_dresser::impl {
  dress_terms terms;
  std::string provider_member;  // "provider":"...",
  std::string id_value;
  od::parser parser;
  std::string padded;  // the document with readable bytes behind it
  bool streams = false;
  std::vector<told_thoughts> told;  // by choice
  std::vector<edit> edits;
  std::string texts;

  std::size_t offset(const char* p) const { return static_cast<std::size_t>(p - padded.data()); }

  template <class Write>
  void put(std::size_t at, std::size_t gone, Write&& write) {
    const auto begin = texts.size();
    write();
    edits.push_back({at, gone, begin, texts.size() - begin});
  }

  bool read(std::string_view document);
  bool members(od::object object, std::size_t begin);
  bool choice(od::value v);
  bool message(od::value v, thoughts& out);
  bool details(od::value v, thoughts& out);
  void write_thoughts(const thoughts& from, std::uint64_t choice);
  void dress(std::string_view body, std::string& to);
  bool usage_member(od::value v);
  void write_cost(const usage& used);
  void apply(std::string_view document, std::string& to);
};

answer_dresser::answer_dresser() : impl_(std::make_unique<impl>()) {}
answer_dresser::~answer_dresser() = default;

void answer_dresser::begin(dress_terms terms) {
  auto& own = *impl_;
  own.terms = std::move(terms);
  own.provider_member = "\"provider\":";
  openai_chat::append_json_string(own.provider_member, own.terms.provider);
  own.provider_member += ',';
  own.id_value.clear();
  openai_chat::append_json_string(own.id_value, own.terms.id);
}

void answer_dresser::events(std::string_view raw, std::string& to) {
  constexpr std::string_view field = "data:";
  impl_->streams = true;
  while (!raw.empty()) {
    const auto end = std::min(raw.find_first_of("\r\n"), raw.size());
    auto line = raw.substr(0, end);
    auto rest = raw.substr(end);
    const auto breaks = std::min(rest.find_first_not_of("\r\n"), rest.size());
    const auto open = line.find('{');
    const bool is_object = line.starts_with(field) && open != std::string_view::npos &&
                           line.find_first_not_of(' ', field.size()) == open;
    if (is_object) {
      to.append(line.substr(0, open));
      impl_->dress(line.substr(open), to);
    } else {
      to.append(line);
    }
    to.append(rest.substr(0, breaks));
    raw = rest.substr(breaks);
  }
}

void answer_dresser::answer(std::string_view body, std::string& to) {
  impl_->streams = false;
  impl_->dress(body, to);
}

void answer_dresser::impl::dress(std::string_view body, std::string& to) {
  edits.clear();
  texts.clear();
  if (read(body)) {
    apply(body, to);
  } else {
    to.append(body);
  }
}

bool answer_dresser::impl::read(std::string_view document) {
  padded.assign(document);
  padded.append(simdjson::SIMDJSON_PADDING, ' ');
  od::document doc;
  od::object object;
  const std::string_view text(padded.data(), document.size());
  if (json_walk::open(parser, text, doc) != simdjson::SUCCESS) return false;
  if (doc.get_object().get(object) != simdjson::SUCCESS) return false;
  return members(object, document.find('{') + 1);
}

bool answer_dresser::impl::members(od::object object, std::size_t begin) {
  simdjson::error_code error = simdjson::SUCCESS;
  bool names_provider = false;
  bool tells_usage = false;
  bool has_choices = false;
  const bool complete = json_walk::each_field(object, error, [&](od::field& f) {
    const od::raw_json_string key = f.key();
    od::value v = f.value();
    const auto first = json_walk::token(v);
    if (first.empty()) return false;
    if (key == "provider") names_provider = json_walk::is_string(first);
    if (key == "id" && (json_walk::is_string(first) || first == "null")) {
      put(offset(first.data()), first.size(), [&] { texts += id_value; });
    }
    if (key == "choices" && first.front() == '[') {
      od::array list;
      has_choices = true;
      if (v.get_array().get(list) != simdjson::SUCCESS) return false;
      return json_walk::each_element(list, error, [&](od::value& each) { return choice(each); });
    }
    if (key == "usage" && first.front() == '{') {
      tells_usage = true;
      return usage_member(v);
    }
    return true;
  });
  if (!complete || !has_choices) return false;
  put(begin, 0, [&] {
    if (!names_provider) texts += provider_member;
    if (tells_usage && !terms.metadata.empty()) texts += "\"openrouter_metadata\":" + terms.metadata + ",";
  });
  return true;
}

bool answer_dresser::impl::choice(od::value v) {
  od::object object;
  if (v.get_object().get(object) != simdjson::SUCCESS) return false;
  simdjson::error_code error = simdjson::SUCCESS;
  std::string_view reason;
  bool native = false;
  std::uint64_t index = 0;
  thoughts said;
  const bool complete = json_walk::each_field(object, error, [&](od::field& f) {
    const od::raw_json_string key = f.key();
    od::value each = f.value();
    const auto first = json_walk::token(each);
    if (key == "native_finish_reason") native = true;
    if (key == "finish_reason" && json_walk::is_filled_string(first)) reason = first;
    if (key == "index") json_walk::read_count(first, index);
    if ((key == "delta" || key == "message") && !first.empty() && first.front() == '{')
      return message(each, said);
    return true;
  });
  if (!complete) return false;
  write_thoughts(said, index);
  if (reason.empty() || native) return true;
  put(offset(reason.data()), reason.size(), [&] {
    texts += '"';
    texts += normal_finish(json_walk::raw_text(reason));
    texts += "\",\"native_finish_reason\":";
    texts += reason;
  });
  return true;
}

bool answer_dresser::impl::message(od::value v, thoughts& out) {
  od::object object;
  if (v.get_object().get(object) != simdjson::SUCCESS) return false;
  simdjson::error_code error = simdjson::SUCCESS;
  return json_walk::each_field(object, error, [&](od::field& f) {
    const od::raw_json_string key = f.key();
    od::value each = f.value();
    const auto first = json_walk::token(each);
    const bool other = key == vendors_word;
    if (other) out.foreign = key.raw();
    if (key == "reasoning") out.named = true;
    if ((other || key == "reasoning") && json_walk::is_filled_string(first)) out.said = first;
    if (key != "reasoning_details" || first.empty() || first.front() != '[') return true;
    out.details = true;
    od::array list;
    if (each.get_array().get(list) != simdjson::SUCCESS) return false;
    return json_walk::each_element(list, error, [&](od::value& entry) { return details(entry, out); });
  });
}

bool answer_dresser::impl::details(od::value v, thoughts& out) {
  od::object object;
  const auto begin = json_walk::token(v);
  if (begin.empty() || begin.front() != '{') return !begin.empty();
  if (v.get_object().get(object) != simdjson::SUCCESS) return false;
  simdjson::error_code error = simdjson::SUCCESS;
  std::string_view text;
  std::uint64_t index = out.next;
  bool is_signed = false;
  const bool complete = json_walk::each_field(object, error, [&](od::field& f) {
    const od::raw_json_string key = f.key();
    od::value each = f.value();
    const auto first = json_walk::token(each);
    if (key == "text" && json_walk::is_filled_string(first)) text = first;
    if (key == "signature") is_signed = json_walk::is_filled_string(first);
    if (key == "index") json_walk::read_count(first, index);
    return true;
  });
  out.next = static_cast<std::size_t>(index) + 1;
  if (is_signed) out.signed_text = text;
  return complete;
}

// OpenRouter's word for the thoughts is `reasoning`; most servers say `reasoning_content`. Its clients keep
// what stands in reasoning_details, and put the texts of a stream's entries together: there the entry that
// signs may not say again what was said.
void answer_dresser::impl::write_thoughts(const thoughts& from, std::uint64_t choice) {
  if (from.foreign && !from.named)
    put(offset(from.foreign), vendors_word.size(), [&] { texts += "reasoning"; });
  if (choice >= max_choices) return;
  if (told.size() <= choice) told.resize(choice + 1);
  told_thoughts so_far = streams ? told[choice] : told_thoughts{};
  if (from.details) {
    if (so_far.told && !from.signed_text.empty())
      put(offset(from.signed_text.data()), from.signed_text.size(), [&] { texts += "\"\""; });
    so_far = {std::max(so_far.index, from.next), false};
  } else if (!from.said.empty()) {
    put(offset(from.said.data()) + from.said.size(), 0, [&] {
      texts += ",\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":";
      texts += from.said;
      texts += ",\"format\":\"unknown\",\"index\":" + std::to_string(so_far.index) + "}]";
    });
    so_far.told = true;
  }
  if (streams) told[choice] = so_far;
}

bool answer_dresser::impl::usage_member(od::value v) {
  const auto first = json_walk::raw_token(v);
  const auto begin = offset(first.data()) + 1;
  std::optional<usage> used;
  if (!openai_chat::read_usage(v, used)) return false;
  if (!used || used->cost || !terms.prices.input || !terms.prices.output) return true;
  put(begin, 0, [&] { write_cost(*used); });
  return true;
}

// From list prices: the vendor's bill is not known here.
void answer_dresser::impl::write_cost(const usage& used) {
  const auto cached = static_cast<double>(std::min(used.cached, used.input));
  const auto fresh = static_cast<double>(used.input) - cached;
  const double prompt =
      (fresh * *terms.prices.input + cached * terms.prices.cached.value_or(*terms.prices.input)) / 1e6;
  const double completion = static_cast<double>(used.output) * *terms.prices.output / 1e6;
  texts += "\"cost\":";
  append_usd(texts, prompt + completion);
  texts += ",\"is_byok\":false,\"cost_details\":{\"upstream_inference_cost\":";
  append_usd(texts, prompt + completion);
  texts += ",\"upstream_inference_prompt_cost\":";
  append_usd(texts, prompt);
  texts += ",\"upstream_inference_completions_cost\":";
  append_usd(texts, completion);
  texts += ",\"estimated\":true},";
}

void answer_dresser::impl::apply(std::string_view document, std::string& to) {
  std::ranges::sort(edits, {}, &edit::at);
  std::size_t done = 0;
  for (const auto& one : edits) {
    to.append(document.substr(done, one.at - done));
    to.append(std::string_view(texts).substr(one.text, one.length));
    done = one.at + one.gone;
  }
  to.append(document.substr(done));
}

}  // namespace nearfar::providers::openrouter
