#include "config/field_docs.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>

namespace nearfar::config {

namespace {

namespace json = boost::json;

// What is legal wherever targets are chosen is no key of the file, nor is what another file holds.
bool is_key_of_file(const field_doc& f) {
  return f.path != "selector" && f.path != "preset_file";
}

template <class Range, class Name>
std::size_t widest(const Range& range, Name name) {
  std::size_t width = 0;
  for (const auto& item : range) width = std::max(width, std::string_view(name(item)).size());
  return width;
}

void append_keys(const std::vector<field_doc>& fields, std::string& out) {
  const auto width = widest(fields, [](const field_doc& f) { return f.key(); });
  for (const auto& f : fields)
    out += fmt::format("    {:<{}}  {}{}\n", f.key(), width, f.doc, f.required ? " (required)" : "");
}

void append_words(const std::vector<word_doc>& words, std::string& out) {
  const auto width = widest(words, [](const word_doc& w) -> const std::string& { return w.word; });
  for (const auto& w : words)
    out +=
        fmt::format("    {:<{}}{}{}\n", w.word, w.doc.empty() ? 0 : width, w.doc.empty() ? "" : "  ", w.doc);
}

std::string text_of(const field_doc& f) {
  auto out = fmt::format("{}{}\n  {}\n", f.path, f.required ? " (required)" : "", f.doc);
  if (!f.value.empty()) out += fmt::format("  value     {}\n", f.value);
  append_words(f.words, out);
  if (!f.fallback.empty()) out += fmt::format("  left out  {}\n", f.fallback);
  if (!f.example.empty()) {
    const auto key = is_key_of_file(f) ? fmt::format("{}: ", f.key()) : f.path == "selector" ? "only: " : "";
    out += fmt::format("  example   {}{}\n", key, f.example);
  }
  if (!f.fields.empty()) {
    out += "  keys\n";
    append_keys(f.fields, out);
  }
  return out;
}

std::string text_of(const fact_doc& f) {
  auto out = fmt::format("{} (a fact)\n  {}\n  value     {}\n", f.name, f.doc, f.value);
  append_words(f.words, out);
  out += fmt::format("  decided   {}\n  example   when: {{{}: {}}}\n",
                     f.source == "sensed" ? "by sensors and PUT /admin/facts" : "by " + f.source, f.name,
                     f.example);
  return out;
}

json::array words_json(const std::vector<word_doc>& words) {
  json::array all;
  for (const auto& w : words) {
    json::object one{{"word", w.word}};
    if (!w.doc.empty()) one["doc"] = w.doc;
    all.push_back(std::move(one));
  }
  return all;
}

json::object json_of(const field_doc& f) {
  json::object one{{"kind", "field"}, {"path", f.path}, {"doc", f.doc}, {"required", f.required}};
  const auto put = [&](std::string_view key, const std::string& text) {
    if (!text.empty()) one[key] = text;
  };
  put("value", f.value);
  put("left_out", f.fallback);
  put("example", f.example);
  if (!f.words.empty()) one["words"] = words_json(f.words);
  json::array keys;
  for (const auto& inner : f.fields) keys.push_back(json_of(inner));
  if (!keys.empty()) one["keys"] = std::move(keys);
  return one;
}

json::object json_of(const fact_doc& f) {
  json::object one{{"kind", "fact"},   {"name", f.name},         {"doc", f.doc},
                   {"value", f.value}, {"decided_by", f.source}, {"example", f.example}};
  if (!f.words.empty()) one["words"] = words_json(f.words);
  return one;
}

// ---- the page -----------------------------------------------------------------------------------

std::string code(std::string_view text) {
  return text.empty() ? "" : fmt::format("`{}`", text);
}

std::string words_of(const std::vector<word_doc>& words) {
  std::string all;
  for (const auto& w : words) all += (all.empty() ? "" : ", ") + code(w.word);
  return all;
}

// Prose is not set as code.
std::string fallback_of(const field_doc& f) {
  const bool prose = f.fallback.find(' ') != std::string::npos && !f.fallback.starts_with('{') &&
                     !f.fallback.starts_with('[');
  return prose ? f.fallback : code(f.fallback);
}

std::string row(const field_doc& f) {
  const auto value = f.words.empty() ? f.value : words_of(f.words);
  return fmt::format("| `{}` | {}{} | {} | {} | {} |\n", f.key(), f.doc, f.required ? " (required)" : "",
                     value, fallback_of(f), code(f.example));
}

void append_table(std::string_view title, const std::vector<field_doc>& fields, std::string& out) {
  out += fmt::format("\n## {}\n\n| key | what it is | value | left out | example |\n|---|---|---|---|---|\n",
                     title);
  for (const auto& f : fields) out += is_key_of_file(f) ? row(f) : "";
  for (const auto& f : fields) {
    if (f.fields.empty()) continue;
    append_table(f.title == code(f.path) ? f.title : fmt::format("{} (`{}`)", f.title, f.path), f.fields,
                 out);
  }
}

void append_words_of_keys(const std::vector<field_doc>& fields, std::string& out) {
  for (const auto& f : fields) {
    const bool told = std::ranges::any_of(f.words, [](const word_doc& w) { return !w.doc.empty(); });
    if (told) {
      out += fmt::format("\n**`{}`**:", f.path);
      for (const auto& w : f.words)
        out += fmt::format(" `{}` {}{}", w.word, w.doc, &w == &f.words.back() ? ".\n" : ";");
    }
    append_words_of_keys(f.fields, out);
  }
}

constexpr std::string_view page_head =
    "<!-- Generated: nearfar docs --markdown > docs/reference.md -->\n"
    "# Every key and every fact\n\n"
    "From the table that the reader, the schema and `nearfar docs FIELD` go by. How a file is written, and "
    "what\n"
    "guards, rules and selectors mean: [configuration](configuration.md).\n";

}  // namespace

std::string docs_overview() {
  auto keys = field_docs();
  std::erase_if(keys, [](const field_doc& f) { return !is_key_of_file(f); });
  std::string out = "The file\n";
  append_keys(keys, out);
  out += "\nFacts, for `when`, `unless` and `given`\n";
  const auto width = widest(fact_docs(), [](const fact_doc& f) -> const std::string& { return f.name; });
  for (const auto& f : fact_docs()) out += fmt::format("    {:<{}}  {}\n", f.name, width, f.doc);
  return out +
         "\nMore of each: `nearfar docs rules.order`, `nearfar docs battery`; for `only`, `allow` and the "
         "like: "
         "`nearfar docs selector`; for a preset of your own: `nearfar docs preset_file`\n";
}

std::string docs_text(const found_docs& found) {
  std::string out;
  for (const auto* f : found.fields) out += (out.empty() ? "" : "\n") + text_of(*f);
  for (const auto* f : found.facts) out += (out.empty() ? "" : "\n") + text_of(*f);
  return out;
}

std::string docs_json(const found_docs& found) {
  json::array all;
  for (const auto* f : found.fields) all.push_back(json_of(*f));
  for (const auto* f : found.facts) all.push_back(json_of(*f));
  return json::serialize(all);
}

std::string docs_page() {
  std::string out(page_head);
  append_table("The file", field_docs(), out);
  out += "\n## Facts\n\n| fact | what it is | value | decided by | example |\n|---|---|---|---|---|\n";
  for (const auto& f : fact_docs()) {
    out += fmt::format("| `{}` | {} | {} | {} | `{}: {}` |\n", f.name, f.doc,
                       f.words.empty() ? f.value : words_of(f.words), f.source, f.name, f.example);
  }
  out += "\n## What the words mean\n";
  append_words_of_keys(field_docs(), out);
  return out;
}

}  // namespace nearfar::config
