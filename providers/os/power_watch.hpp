// Tells when a power supply changed (plugged in, a per cent less), by the kernel's uevents.
#pragma once

#include "providers/io.hpp"

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <functional>
#include <memory>
#include <string_view>

namespace nearfar::providers {

// Whether a kernel uevent is of a power supply: NUL-separated "KEY=value" behind "action@path".
bool is_power_event(std::string_view datagram);

// As link_watch, on one executor.
class power_watch {
 public:
  power_watch(executor ex, std::function<void()> changed);
  ~power_watch();
  power_watch(const power_watch&) = delete;
  power_watch& operator=(const power_watch&) = delete;

  bool start();  // false: not allowed here, and nothing will be told
  void close();

 private:
  void wait();
  bool drain();  // true: a power supply was among what came

  asio::posix::basic_stream_descriptor<executor> socket_;
  std::function<void()> changed_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace nearfar::providers
