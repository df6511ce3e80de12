#!/usr/bin/env bash
# Every C++ file as .clang-format has it. To mend: clang-format-19 -i FILE.
set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$root"
git ls-files -z '*.cpp' '*.hpp' | xargs -0 clang-format-19 --dry-run -Werror
