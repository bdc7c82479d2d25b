# Lets short changes pass. Of anything else it asks the person, whom nobody made part of this task.
. agents/lib.sh
change=$(grep '^+[^+]' "$ENTANGLE_ATTACHED/review.diff")
verdict=pass
words=
if [ "${#change}" -gt 20 ]; then
  asked="A change of more than 20 characters to NOTES.md. Say yes to let it pass: $change"
  directive "{\"escalate\":{\"to\":\"you\",\"words\":$(printf '%s' "$asked" | quoted)}}" || exit 1
  words=$(said reply)
  case $words in yes*) ;; *) verdict=changes ;; esac
fi
directive "{\"review\":{\"verdict\":\"$verdict\",\"words\":$(printf '%s' "${words:-short}" | quoted)}}"
