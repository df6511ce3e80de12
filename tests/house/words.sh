#!/usr/bin/env bash
# Words that mark unfinished work, and places that exist on one machine only. Spelled apart here, so
# that this file does not find itself.
. "$(dirname "$0")/common.sh"
mapfile -t files < <(git ls-files -co --exclude-standard | grep -vE '^(LICENSE|tests/fuzz/corpus/|models/)|package-lock\.json$|\.gguf$')
unfinished='\b(TO''DO|FIX''ME|XX''X|HA''CK|not imple''mented|for n''ow|place''holder|simpli''fied)\b'
machine='/wo''rk/|/fa''rm/|/tmp/bash''_jobs'
registry='registry\.np''mjs|deb\.deb''ian\.org|snapshot\.deb''ian|node''source\.com'
complain "unfinished" "$(grep -nIwiE "$unfinished" "${files[@]}" | grep -vF '"Not Imple''mented"' || true)"
complain "one machine's paths" "$(grep -nIE "$machine" "${files[@]}" || true)"
complain "a registry's host: the caller's own settings say where packages come from" \
  "$(grep -nIE "$registry" "${files[@]}" || true)"
finish
