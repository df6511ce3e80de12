// Tool schemas for servers that read JSON Schema narrowly (Kimi). Sans-I/O.
#pragma once

#include <boost/json/value.hpp>

namespace nearfar::providers::openai_chat {

// An object at the root; tuples as prefixItems; no type beside anyOf: it goes into the branches.
void narrow_schema(boost::json::value& root);

}  // namespace nearfar::providers::openai_chat
