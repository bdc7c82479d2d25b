# A directive is a line of JSON on descriptor 3; its answer is a line of JSON on descriptor 4.

# What comes in, as a string of JSON.
quoted() {
  awk 'BEGIN { printf "\"" }
    { gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); gsub(/\t/, "\\t"); gsub(/\r/, "\\r") }
    { printf "%s%s", (NR > 1 ? "\\n" : ""), $0 }
    END { printf "\"" }'
}

# Says one directive. $answer has all of the answer; where that is no it fails, and prints why.
directive() {
  printf '%s\n' "$1" >&3
  IFS= read -r answer <&4
  case $answer in *'"ok":true'*) return 0 ;; esac
  printf '%s\n' "$answer" | sed -e 's/.*"message":"//' -e 's/"}*$//' -e "s/\\\\\"/'/g"
  return 1
}

# What the other node said at its end, or the person; as far as it is one line without quotes.
said() {
  printf '%s\n' "$answer" | sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" | sed -e 's/\\n$//' -e 's/\\n/; /g'
}
