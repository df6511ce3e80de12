# Just enough JSON for a script that has no parser at hand. Sourced, not run.

# TEXT as a JSON string, quotes included.
json_string() {
  local text=$1 out='' char i
  for ((i = 0; i < ${#text}; i++)); do
    char=${text:i:1}
    case $char in
      '"') out+='\"' ;;
      '\') out+='\\' ;;
      $'\n') out+='\n' ;;
      $'\t') out+='\t' ;;
      [[:cntrl:]]) out+=$(printf '\\u%04x' "'$char") ;;
      *) out+=$char ;;
    esac
  done
  printf '"%s"' "$out"
}

# The string value of KEY on this line of JSON, still escaped. A key inside a string has a
# backslash before its quotes and does not match.
json_field() {
  local pattern="\"$1\":[[:space:]]*\"(([^\"\\\\]|\\\\.)*)\""
  [[ $2 =~ $pattern ]] && printf '%s' "${BASH_REMATCH[1]}"
}

# Undoes the escapes of a JSON string (RFC 8259 section 7), surrogate pairs included.
json_unescape() {
  local text=$1 out='' high low
  while [[ $text == *\\* ]]; do
    out+=${text%%\\*}
    text=${text#*\\}
    case ${text:0:1} in
      n) out+=$'\n' ;;
      t) out+=$'\t' ;;
      r) out+=$'\r' ;;
      b | f) ;;
      u)
        high=$((16#${text:1:4}))
        if ((high >= 0xd800 && high < 0xdc00)) && [ "${text:5:2}" = '\u' ]; then
          low=$((16#${text:7:4}))
          high=$((0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)))
          text=${text:6}
        fi
        out+=$(printf "\\U$(printf %08x "$high")")
        text=${text:4}
        ;;
      *) out+=${text:0:1} ;;
    esac
    text=${text:1}
  done
  printf '%s' "$out$text"
}
