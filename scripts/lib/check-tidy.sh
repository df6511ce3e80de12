#!/usr/bin/env bash
# check-tidy.sh BUILD_FOLDER [FILE]...: .clang-tidy over the files, by default over the units that
# include no Asio (those cost a minute each and hold little that the checks understand).
set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$root"
folder=$1
shift
files=("$@")
[ "${#files[@]}" -gt 0 ] || mapfile -t files < <(git ls-files 'config/*.cpp' 'routes/*.cpp' 'providers/dialects/*.cpp' 'gateway/cli.cpp' 'gateway/cli_*.cpp')
printf '%s\0' "${files[@]}" | xargs -0 -n 4 -P "$(nproc)" clang-tidy-19 -p "$folder" --quiet --warnings-as-errors='*'
