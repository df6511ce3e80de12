// Which of the main languages a text is in, by its script and its commonest words. Sans-I/O.
#pragma once

#include <cstdint>
#include <string_view>

namespace nearfar::providers::handover {

enum class language : std::uint8_t {
  unknown,
  arabic,
  chinese,
  dutch,
  english,
  french,
  german,
  greek,
  hebrew,
  hindi,
  indonesian,
  italian,
  japanese,
  korean,
  persian,
  polish,
  portuguese,
  russian,
  spanish,
  thai,
  turkish,
  ukrainian,
  vietnamese,
};

// Looks at the last 2 KiB. unknown: too short, too mixed, or none of these.
language language_of(std::string_view text);

}  // namespace nearfar::providers::handover
