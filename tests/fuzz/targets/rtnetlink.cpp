// The kernel's routing messages: any bytes give messages whose values are in range, and a table that
// takes them all.
#include "tests/fuzz/targets.hpp"

#include "providers/link/link_table.hpp"
#include "providers/os/rtnetlink.hpp"

#include <vector>

namespace nearfar::fuzz {

using namespace providers;

void rtnetlink(std::string_view bytes) {
  if (bytes.size() > 64 * 1024) return;
  std::vector<providers::rtnetlink::message> messages;
  providers::rtnetlink::parse(bytes, 0, messages);
  // 16 bytes are the least a message takes (netlink(7)).
  require(messages.size() <= bytes.size() / 16, "no more messages than there is room for");
  link_table table;
  table.begin(providers::rtnetlink::table::links);
  for (const auto& m : messages) {
    if (const auto* l = std::get_if<providers::rtnetlink::link>(&m.body)) {
      require(l->name.size() <= 16, "a name is no longer than the kernel's");
      require(!l->running || l->up, "what runs is switched on");
    }
    table.apply(m);
  }
  table.finish(providers::rtnetlink::table::links);
  (void)table.take_lost();
  require(table.take_lost().empty(), "what was lost is told once");
}

}  // namespace nearfar::fuzz
