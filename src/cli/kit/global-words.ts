/** What of a command line counts before the command is known. */

/** Asked for before the flags are parsed, because parsing itself can fail. */
export function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  if (argv.slice(0, end === -1 ? argv.length : end).includes('--json')) return true;
  return ['1', 'true'].includes(process.env.ENTANGLE_JSON ?? '');
}

/** Options of every command, as they may stand before it; each with the words that it takes. */
const GLOBAL: ReadonlyMap<string, number> = new Map([
  ['--json', 1],
  ['--no-input', 1],
  ['--quiet', 1],
  ['-q', 1],
  ['--home', 2],
]);

/** Global options that stand first, and the rest: `entangle --json user inbox` is `entangle user inbox --json`. */
export function globalFirst(argv: readonly string[]): { flags: string[]; rest: string[] } {
  let at = 0;
  while (at < argv.length) {
    const taken = argv[at]!.startsWith('--home=') ? 1 : GLOBAL.get(argv[at]!);
    if (taken === undefined) break;
    at += taken;
  }
  return { flags: argv.slice(0, at), rest: argv.slice(at) };
}

/** Words up to the first option that is not of every command; those of every command are passed over, each with its value. */
export function beforeOptions(argv: readonly string[]): string[] {
  const { rest } = globalFirst(argv);
  const [word, ...more] = rest;
  return word === undefined || word.startsWith('-') ? [] : [word, ...beforeOptions(more)];
}
