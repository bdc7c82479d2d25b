#!/bin/sh
# Brings up a federation with the graph beside this file, over a repository of its own: run.sh [DIRECTORY [acp]]
# With `acp` the agents speak the Agent Client Protocol, else they are shell scripts.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
entangle=${ENTANGLE:-entangle}
command -v "$entangle" >/dev/null || {
  printf 'There is no %s on PATH. Run `npm link` in the clone, or say where it is: ENTANGLE=/path/to/entangle\n' "$entangle"
  exit 6
} >&2
directory=${1:-$(mktemp -d)}
agents=${2:-exec}
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

# The library of the protocol, as Node finds it from the program, from this file, or from where it was installed by itself.
library() {
  node -e '
    for (const from of process.argv.slice(1))
      try {
        console.log(require("node:module").createRequire(from).resolve("@agentclientprotocol/sdk"));
        break;
      } catch {}
  ' "$(readlink -f "$(command -v "$entangle")")" "$here/run.sh" "$PWD/.git/acp/"
}

engines=
if [ "$agents" = acp ]; then
  library=$(library)
  if [ -z "$library" ]; then
    printf 'The agents need @agentclientprotocol/sdk, which comes with entangle from npm. Install it by itself:\n'
    printf '  npm install --prefix %s/.git/acp @agentclientprotocol/sdk\n' "$PWD"
    exit 1
  fi >&2
  node=$(node -p process.execPath)
  engines="s|type: exec\\(.*\\)\\[sh, \\(.*\\)\\.sh\\]|type: acp\\1[\"$node\", \\2.mjs, \"$library\"]|"
fi

apply() {
  "$entangle" graph show --json >.git/graph.json
  sed -e "$engines" -e "s|GRAPH|$(of graph)|g" -e "s|NPUB|$(of pubkey)|g" -e "s|REPOSITORY|file://$PWD|g" \
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
