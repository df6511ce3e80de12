#!/bin/sh
# smoke.sh PROGRAM CORPUS FOUND: one fuzz target for NEARFAR_FUZZ_SECONDS (5), beginning with its corpus.
# New inputs and what broke it go to FOUND, so that the source tree stays as it is.
set -eu
mkdir -p "$3"
exec "$1" -max_total_time="${NEARFAR_FUZZ_SECONDS:-5}" -timeout=10 -rss_limit_mb=2048 -verbosity=0 \
  -artifact_prefix="$3/" "$3" "$2"
