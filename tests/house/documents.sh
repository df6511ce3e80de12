#!/usr/bin/env bash
# documents.sh NEARFAR: every whole configuration in a document or an example is one that `nearfar
# check` accepts, and every relative link leads somewhere.
. "$(dirname "$0")/common.sh"
nearfar=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mapfile -t documents < <(git ls-files -co --exclude-standard '*.md' | grep -v '^tests/fuzz/corpus/')
# A fenced yaml block that begins with `version:` is a whole configuration; others are excerpts.
awk -v work="$work" '
  /^```ya?ml/ { inside = 1; first = 1; next }
  /^```/ { inside = 0; if (out) close(out); out = ""; next }
  inside && first && !/^#/ { first = 0; if (/^version:/) { name = FILENAME; gsub("/", "_", name); out = work "/" name "_" FNR ".yaml" } }
  inside && out { print > out }' "${documents[@]}"

checked=0
for file in "$work"/*.yaml config/*.yaml examples/*.yaml; do
  [ -f "$file" ] || continue
  checked=$((checked + 1))
  # Warnings are fine: a model's file or a vendor's key is not on every machine.
  output=$("$nearfar" check "$file" 2>&1) || true
  ! grep -qE '^error|^nearfar:' <<<"$output" || complain "$file is refused" "$output"
done
[ "$checked" -gt 0 ] || complain "nothing to check" "no configuration in any document"

for document in "${documents[@]}"; do
  while read -r target; do
    [ -e "$(dirname "$document")/${target%%#*}" ] || complain "$document: a link to nothing" "$target"
  done < <(sed '/^```/,/^```/d' "$document" | grep -oE '\]\([^):# ]+[^): ]*\)' | sed 's/^](//; s/)$//')
done
finish
