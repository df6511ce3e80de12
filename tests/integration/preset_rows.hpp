// What each preset's server has to see, and a gateway with all of them in front of one double.
//
// The rows are written out, not derived from the presets: a wrong edit of one is a failure here.
#pragma once

#include "config/preset.hpp"
#include "tests/integration/gateway_under_test.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace nearfar::tests {

struct expected_place {
  std::string_view target;  // path and query
  std::string_view key;     // "authorization" (then as a bearer) or the field that has it
};

struct preset_row {
  std::string_view preset;
  std::string_view folder;  // of the preset's own url, behind the host
  std::string_view sdk;     // the same url as an SDK of its first dialect has it; equal: the same
  std::string_view model;   // an id in this vendor's form
  expected_place chat;      // of an openai-chat client
  expected_place streamed;
  expected_place messages;  // of an anthropic-messages client
  expected_place list;      // empty: none
};

const std::vector<preset_row>& preset_rows();
// Fails the test where there is none.
const preset_row& row_of(std::string_view preset);

enum class url_form { bare, sdk };

// Doubles of the usual kind and one that every preset's provider has as its server. A provider and a name of
// the policy are called after their preset.
class preset_gateway {
 public:
  explicit preset_gateway(url_form form = url_form::bare, std::string_view models = "");

  upstream_double& vendor() { return vendor_; }
  gateway_under_test& gateway() { return gateway_; }

  http_answer ask(std::string_view path, std::string_view body, const header_list& fields = {}) const;
  // The one request that the vendor saw since the last call.
  support::recorded_request seen();

 private:
  upstream_double vendor_{{.name = "vendor", .models = {"alpha", "beta"}}};
  gateway_under_test gateway_;
};

// The vendor's own rules, as strict as they are.
behaviour as_vendor(std::string_view preset);

// The field with the key, as the server has to see it.
std::string key_line(const expected_place& at);

// Null where nothing is there.
const boost::json::value* at_pointer(const boost::json::value& in, std::string_view pointer);

}  // namespace nearfar::tests
