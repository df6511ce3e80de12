// JSON Schema and the subset of OpenAPI 3.0's that Gemini's `parameters` and `responseSchema` are written
// in. Sans-I/O.
#pragma once

#include <boost/json/value.hpp>

namespace nearfar::providers::gemini {

// Type words in lower case, `nullable` as a type of its own, limits as numbers: every JSON Schema reader
// takes it.
boost::json::value to_json_schema(const boost::json::value& openapi);

// References are inlined (a recursive one becomes an open object), `const` an enumeration, lists of types
// `nullable` or anyOf, oneOf anyOf; what the subset has no word for is left out: it only narrows. `changed`
// says whether anything was.
boost::json::value to_openapi(const boost::json::value& schema, bool& changed);

}  // namespace nearfar::providers::gemini
