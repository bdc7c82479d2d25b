#!/bin/sh
# Brings up a federation with the graph beside this file, over a repository of its own: run.sh [DIRECTORY]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
entangle=${ENTANGLE:-entangle}
directory=${1:-$(mktemp -d)}
mkdir -p "$directory"
cd "$directory"
if [ ! -d .git ]; then
  git init --quiet --initial-branch=main
  cp -R "$here/agents" .
  git add agents
  git -c user.name=example -c user.email=example@localhost commit --quiet --message 'the agents'
fi

# The first value of that name in the graph that `up` made.
of() {
  sed -n "s/.*\"$1\": *\"\\([^\"\\/]*\\)\".*/\\1/p" .git/graph.json | head -n 1
}

apply() {
  "$entangle" graph show --json >.git/graph.json
  sed -e "s|GRAPH|$(of graph)|g" -e "s|NPUB|$(of pubkey)|g" -e "s|REPOSITORY|file://$PWD|g" \
    "$here/graph.yaml" >.git/three-agents.yaml
  "$entangle" graph apply .git/three-agents.yaml --yes --wait online --quiet
}

# Ctrl-C ends `up`, and with it this.
"$entangle" up --no-watch --json --sandbox none | while IFS= read -r line; do
  case $line in
    *'"what":"up"'*)
      apply </dev/null
      printf 'ready: cd %s && entangle user ask planner "cats purr when they are content"\n' "$PWD"
      ;;
    *) printf '%s\n' "$line" ;;
  esac
done
