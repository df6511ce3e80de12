#include "providers/dialects/openai_responses/answer_items.hpp"

#include "providers/dialects/openai_responses/fields.hpp"
#include "providers/dialects/openai_responses/item_text.hpp"
#include "providers/dialects/openai_responses/reasoning_seal.hpp"

#include <boost/json.hpp>

namespace nearfar::providers::openai_responses {

namespace json = boost::json;

namespace {

std::string id_of(const chat::part& from, const response_text& names, std::string_view kind,
                  std::uint32_t output) {
  return from.item_id.empty() ? names.item_id(kind, output) : from.item_id;
}

std::string_view issuer_of(const chat::part& from, std::string_view issuer) {
  return issuer.empty() ? std::string_view(from.issuer) : issuer;
}

void append_thoughts(std::string& to, const chat::part& from, const std::string& id,
                     std::string_view issuer) {
  std::string summary;
  if (!from.text.empty()) append_summary_part(summary, from.text);
  std::string encrypted;
  if (!from.signature.empty()) {
    encrypted = write_seal({.what = from.redacted ? sealed::redacted : sealed::thoughts,
                            .issuer = issuer_of(from, issuer),
                            .call_id = {},
                            .signature = from.signature});
  }
  append_reasoning_item(to, id, summary, encrypted);
}

class items {
 public:
  items(const chat::answer_choice& from, const response_text& names, std::string_view issuer)
      : from_(from), names_(names), issuer_(issuer) {}

  std::string write() {
    for (const chat::part& each : from_.parts) add(each);
    end_message();
    return std::move(out_);
  }

 private:
  void separate() {
    if (!out_.empty()) out_.push_back(',');
    ++output_;
  }

  void add(const chat::part& each) {
    std::string item;
    if (append_part_item(item, each, names_, output_ + (parts_.empty() ? 0 : 1), issuer_)) {
      end_message();
      separate();
      out_.append(item);
    } else if (!message_part(each)) {
      return;
    }
    if (!each.signature.empty() && each.kind != chat::part_kind::thinking) seal_of(each);
  }

  bool message_part(const chat::part& each) {
    std::string part;
    if (each.kind == chat::part_kind::text) {
      std::string annotations;
      std::string logprobs;
      lists_of(each, annotations, logprobs);
      append_text_part(part, each.text, annotations, logprobs);
    } else if (each.kind == chat::part_kind::refusal) {
      append_refusal_part(part, each.text);
    } else if (each.kind == chat::part_kind::audio) {
      append_audio_part(part, each.media.data);
    } else {
      return false;
    }
    if (!parts_.empty() && each.item_id != message_id_) end_message();
    message_id_ = each.item_id;
    if (!parts_.empty()) parts_.push_back(',');
    parts_.append(part);
    return true;
  }

  // The citations and probabilities of the answer belong to its first text.
  void lists_of(const chat::part&, std::string& annotations, std::string& logprobs) {
    if (listed_) return;
    listed_ = true;
    if (const json::array* list = from_.annotations.if_array()) {
      for (const json::value& each : *list) append_annotation(annotations, json::serialize(each));
    }
    if (!from_.logprobs.is_null()) append_logprobs(logprobs, json::serialize(from_.logprobs));
  }

  // What signs a call or a text stands behind it, in an item of its own.
  void seal_of(const chat::part& each) {
    const bool call = each.kind == chat::part_kind::tool_call;
    end_message();
    separate();
    append_reasoning_item(out_, names_.item_id("rs", output_ - 1), {},
                          write_seal({.what = call ? sealed::call : sealed::text,
                                      .issuer = issuer_of(each, issuer_),
                                      .call_id = each.id,
                                      .signature = each.signature}));
  }

  void end_message() {
    if (parts_.empty()) return;
    separate();
    const std::string id = message_id_.empty() ? names_.item_id("msg", output_ - 1) : message_id_;
    const bool whole = status_of(from_.why) == response_status::completed;
    append_message_item(out_, id, whole ? item_status::completed : item_status::incomplete, parts_);
    parts_.clear();
  }

  const chat::answer_choice& from_;
  const response_text& names_;
  std::string_view issuer_;
  std::string out_;
  std::string parts_;  // of the message at hand
  std::string message_id_;
  std::uint32_t output_ = 0;  // items so far
  bool listed_ = false;
};

}  // namespace

bool append_part_item(std::string& to, const chat::part& from, const response_text& names,
                      std::uint32_t output, std::string_view issuer) {
  switch (from.kind) {
    case chat::part_kind::thinking:
      append_thoughts(to, from, id_of(from, names, "rs", output), issuer);
      return true;
    case chat::part_kind::tool_call: {
      const bool custom = from.form == chat::call_form::custom;
      const std::string id = id_of(from, names, custom ? "ctc" : "fc", output);
      const std::string call_id = from.id.empty() ? names.item_id("call", output) : from.id;
      const std::string_view said = from.text.empty() && !custom ? "{}" : std::string_view(from.text);
      append_call_item(to, {from.form, id, call_id, from.name, said}, item_status::completed);
      return true;
    }
    case chat::part_kind::image: {
      const chat::media_source& image = from.media;
      append_image_item(to, id_of(from, names, "ig", output), "completed",
                        image.data.empty() ? image.url : image.data);
      return true;
    }
    case chat::part_kind::opaque:
      // Only this dialect's own have an item's form.
      if (string_at(from.extra, "type").empty() || string_at(from.extra, "id").empty()) return false;
      to.append(json::serialize(from.extra));
      return true;
    default:
      return false;
  }
}

std::string write_items(const chat::answer_choice& from, const response_text& names,
                        std::string_view issuer) {
  return items(from, names, issuer).write();
}

}  // namespace nearfar::providers::openai_responses
