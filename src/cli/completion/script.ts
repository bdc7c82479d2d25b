/**
 * What a shell sources. Each asks `entangle completion SHELL -- WORDS` what may stand where the cursor is; nothing of the
 * answer is evaluated, and where it names no files there are none. `entangle` is that of the PATH, not what was typed:
 * completing `./entangle` in a repository would run a program of the repository.
 */
import type { Shell } from '../../core/command-words.ts';

/** Bash 3.2 has no `compopt` and quotes no file name: there only plain ones are offered. */
const bash = `_entangle_paths() {
  local path plain=''
  compopt -o filenames 2>/dev/null || plain=1
  while IFS= read -r path; do
    [[ -n $plain && $path == *[!A-Za-z0-9._/-]* ]] && continue
    [[ $2 == graphs && ! -d $path && $path != *.yaml && $path != *.yml ]] && continue
    [[ $2 == graphs && ! -d $path ]] && graphs=1
    COMPREPLY+=("$path")
  done < <(compgen "$1" -- "$current")
}
_entangle() {
  local current="\${COMP_WORDS[COMP_CWORD]}" kind='' word about count graphs=''
  [[ $current == '=' ]] && current=''
  COMPREPLY=()
  {
    IFS= read -r kind
    while IFS=$'\\t' read -r word about; do COMPREPLY+=("$word"); done
  } < <(command entangle completion bash -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null </dev/null)
  count=\${#COMPREPLY[@]}
  case $kind in
    files) _entangle_paths -f all ;;
    directories) _entangle_paths -d all ;;
    graphs)
      _entangle_paths -f graphs
      if [[ -z $graphs ]]; then
        COMPREPLY=("\${COMPREPLY[@]:0:count}")
        _entangle_paths -f all
      fi ;;
  esac
}
complete -F _entangle entangle
`;

const zsh = `#compdef entangle
_entangle() {
  local line word
  local -a before answer found shown
  (( CURRENT > 2 )) && before=("\${(@Q)words[2,CURRENT-1]}")
  answer=("\${(@f)$(command entangle completion zsh -- "\${before[@]}" "\${(Q)PREFIX}" 2>/dev/null </dev/null)}")
  for line in "\${(@)answer[2,-1]}"; do
    word="\${line%%$'\\t'*}"
    found+=("$word")
    if [[ "$line" == *$'\\t'* ]]; then shown+=("$word -- \${line#*$'\\t'}"); else shown+=("$word"); fi
  done
  [[ "$PREFIX" == --*=* ]] && compset -P '--*='
  (( $#found )) && compadd -l -d shown -a found
  case "$answer[1]" in
    files) _files ;;
    directories) _files -/ ;;
    graphs) _files -g '*.(yaml|yml)(-.)' ;;
  esac
}
if [[ "\${funcstack[1]}" == _entangle ]]; then _entangle "$@"; else compdef _entangle entangle; fi
`;

const fish = `function __entangle_complete
    set -l current (commandline -ct)
    set -l prefix ''
    if string match -qr -- '^--[^=]+=' "$current"
        set prefix (string replace -r -- '^(--[^=]+=).*' '$1' "$current")
    end
    set -l part (string replace -r -- '^--[^=]+=' '' "$current")
    set -l answer (command entangle completion fish -- (commandline -opc)[2..-1] "$current" 2>/dev/null </dev/null)
    for line in $answer[2..-1]
        printf '%s%s\\n' "$prefix" "$line"
    end
    set -l paths
    switch "$answer[1]"
        case files
            set paths (__fish_complete_path "$part")
        case directories
            set paths (__fish_complete_directories "$part")
        case graphs
            set paths (__fish_complete_suffix "$part" .yml) (__fish_complete_suffix "$part" .yaml)
            set paths (string match -r -- '^.*\\.ya?ml$' $paths) $paths
    end
    for path in $paths
        printf '%s%s\\n' "$prefix" "$path"
    end
end
complete -c entangle -f -k -a '(__entangle_complete)'
`;

const SCRIPTS: Readonly<Record<Shell, string>> = { bash, zsh, fish };

export const completionScript = (shell: Shell): string => SCRIPTS[shell];
