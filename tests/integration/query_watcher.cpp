#include "tests/integration/query_watcher.hpp"

#include <boost/json.hpp>

#include <fstream>
#include <stdexcept>

namespace nearfar::tests {

query_watcher::query_watcher(gateway_under_test& gw) : client_(gw.server().admin_address()) {
  std::ifstream file(gw.server().admin_token_file());
  std::string token;
  std::getline(file, token);
  client_.set_deadline(millis{60'000});
  client_.send(support::get("/admin/events", {{"authorization", "Bearer " + token}}));
  if (client_.read_head().status != 200) throw std::runtime_error("/admin/events was refused");
}

boost::json::object query_watcher::next() {
  while (const auto event = client_.read_event()) {
    if (event->comment || event->data.find("\"attempts\"") == std::string::npos) continue;
    return boost::json::parse(event->data).as_object();
  }
  throw std::runtime_error("the watch ended");
}

}  // namespace nearfar::tests
