// The field table for people: `nearfar docs` and the reference page.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nearfar::config {

struct word_doc {
  std::string word;
  std::string doc;
};

struct field_doc {
  std::string path;               // "attempts.first_token"; names of the user's own are left out of it
  std::string doc;                // one line
  std::string value;              // "a duration such as `4s`"
  std::string fallback;           // what holds when it is left out; may be empty
  std::string example;            // as it would be written
  std::vector<word_doc> words;    // those that it may be
  std::vector<field_doc> fields;  // the keys inside
  std::string title;              // of the keys inside: "A rule"
  bool required = false;

  std::string_view key() const;
};

struct fact_doc {
  std::string name;
  std::string doc;
  std::string value;
  std::string source;  // who decides it
  std::string example;
  std::vector<word_doc> words;
};

// The keys at the top of the file, in their order, with everything below them; then `selector`, whose keys
// are legal wherever targets are chosen, and `preset_file`, whose keys are those of a file of its own.
const std::vector<field_doc>& field_docs();
const std::vector<fact_doc>& fact_docs();

struct found_docs {
  std::vector<const field_doc*> fields;
  std::vector<const fact_doc*> facts;
  std::string help;  // when nothing was found: "did you mean `x`?" or empty
};

// By path or by its end: `attempts.first_token`, `first_token`, `providers.homelab.url`, `network`.
found_docs find_docs(std::string_view name);

// ---- as text (config/field_docs_text.cpp) ------------------------------------------------------

std::string docs_overview();
std::string docs_text(const found_docs& found);
// An array with one object a hit.
std::string docs_json(const found_docs& found);
// docs/reference.md.
std::string docs_page();

}  // namespace nearfar::config
