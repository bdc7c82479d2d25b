# Makes one step of the task, and gives it to the builder.
. agents/lib.sh
step="Write this down in NOTES.md: $(cat "$ENTANGLE_TASK_FILE")"
directive "{\"delegate\":{\"to\":\"builder\",\"task\":$(printf '%s' "$step" | quoted)}}" || exit 1
case $answer in
  *'"state":"completed"'*) echo 'the builder has done it' ;;
  *)
    echo "the builder has not done it: $(said summary)"
    exit 1
    ;;
esac
