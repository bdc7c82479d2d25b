# Changes a file, has the change reviewed, and keeps it only if the reviewer lets it pass.
. agents/lib.sh
sed 's/^Write this down in NOTES.md: //' "$ENTANGLE_TASK_FILE" >>NOTES.md
directive '{"request_review":{"to":"reviewer","note":"is it worth a line?"}}' || exit 1
case $(said verdict) in
  pass) ;;
  *)
    echo "the reviewer did not let it pass: $(said words)"
    exit 1
    ;;
esac
directive '{"artifact":{"name":"NOTES.md","path":"NOTES.md","media":"text/markdown","words":"all notes, with the new line"}}' || exit 1
