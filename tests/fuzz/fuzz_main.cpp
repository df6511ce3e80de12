// The entry that libFuzzer calls, for the target named at compile time.
#include "tests/fuzz/targets.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  nearfar::fuzz::NEARFAR_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
