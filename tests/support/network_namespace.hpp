// Two machines in one process: network namespaces joined by a veth pair, whose links really go down.
// Needs CAP_NET_ADMIN and CAP_SYS_ADMIN (root) and iproute2.
#pragma once

#include <memory>
#include <string>

namespace nearfar::support {

// A thread is in one namespace; sockets and threads that it makes are, too.
class network_namespace {
 public:
  network_namespace();
  ~network_namespace();
  network_namespace(const network_namespace&) = delete;
  network_namespace& operator=(const network_namespace&) = delete;

  // Puts the calling thread into it, for as long as this lives.
  class visit {
   public:
    explicit visit(const network_namespace& in);
    ~visit();
    visit(const visit&) = delete;
    visit& operator=(const visit&) = delete;

   private:
    int home_ = -1;
  };

  // A shell command inside. Throws std::runtime_error with what it said when it fails.
  void run(const std::string& command) const;
  // As `ip link set X netns` takes it.
  std::string id() const;

 private:
  struct keeper;
  std::unique_ptr<keeper> keeper_;
};

// `near` has 10.77.0.1 on `va` and its default route through 10.77.0.2, which is `far` on `vb`; `far`
// also has 10.99.0.2, behind that route.
struct two_machines {
  // Why there can be none here; empty: there can.
  static std::string refusal();

  two_machines();
  void link_down() const { near.run("ip link set va down"); }
  // The kernel forgets IPv4 routes with the link and does not bring them back.
  void link_up() const { near.run("ip link set va up && ip route replace default via 10.77.0.2"); }

  network_namespace near;
  network_namespace far;
};

}  // namespace nearfar::support
