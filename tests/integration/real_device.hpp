// The real llama-server with the tiny model behind a gateway, for tests that ask what its cache did.
#pragma once

#include <string>

namespace nearfar::tests {

// Where llama-server is; skips the test where there is none.
std::string llama_server_or_skip();

// A provider `phone-ai` of tier device with the model `tiny`, block style for policy_text::providers.
std::string real_device(const std::string& llama_server);

}  // namespace nearfar::tests
