// The facts of an openai-embeddings request, which is passed on as it comes. Sans-I/O.
#pragma once

#include "providers/dialects/codec.hpp"

#include <memory>

namespace nearfar::providers::openai_embeddings {

class request_reader final : public providers::request_reader {
 public:
  request_reader();
  ~request_reader() override;
  routes::result<void> read(std::string_view body, request_view& out) override;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace nearfar::providers::openai_embeddings
