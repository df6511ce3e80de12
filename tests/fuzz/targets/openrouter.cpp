// OpenRouter's members of a request, and its additions to an answer: what is read can be written again, and
// what is dressed means the same but for what was added.
#include "tests/fuzz/targets.hpp"

#include "providers/dialects/openai_chat/request_reader.hpp"
#include "providers/dialects/openrouter/answer_dresser.hpp"
#include "providers/dialects/openrouter/provider_wishes.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <string>

namespace nearfar::fuzz {

namespace json = boost::json;
using namespace providers;

namespace {

void check_request(std::string_view bytes) {
  std::string padded(bytes);
  padded.append(64, '}');
  openai_chat::request_reader reader;
  request_view view;
  if (reader.read({padded.data(), bytes.size()}, view).has_error()) return;
  routes::client_wishes wishes;
  const auto read = openrouter::read_wishes(view, wishes);
  if (read.has_error()) {
    const auto& why = read.error().context;
    require(!why.empty() && why.size() < 400, "an error has a short reason");
    require(std::ranges::all_of(why, [](char c) { return c >= ' ' && c < 0x7f; }), "of plain words");
  }
  require(wishes.order.size() <= routes::max_slugs, "slugs are bounded");
  require(wishes.models.size() <= routes::max_fallback_models, "models are bounded");
  require(!wishes.max_price_input || *wishes.max_price_input >= 0, "a price is no debt");
}

void check_answer(std::string_view bytes) {
  openrouter::answer_dresser dresser;
  dresser.begin({"gen-1", "p", {1.0, 2.0, 0.5}, "{}"});
  std::string out;
  dresser.events(bytes, out);
  if (bytes.find("data:") == std::string_view::npos) require(out == bytes, "what bears no data passes");
  out.clear();
  dresser.answer(bytes, out);
  if (out == bytes) return;
  boost::system::error_code ec;
  const auto before = json::parse(json::string_view(bytes.data(), bytes.size()), ec);
  if (ec) return;  // on-demand does not look at what nobody asks for
  const auto after = json::parse(out, ec);
  require(!ec && after.is_object(), "a dressed answer is JSON");
  for (const auto& each : before.as_object())
    require(after.as_object().contains(each.key()), "no member is lost");
}

}  // namespace

void openrouter(std::string_view bytes) {
  if (bytes.size() > 256 * 1024) return;
  check_request(bytes);
  check_answer(bytes);
}

}  // namespace nearfar::fuzz
