/** What a mutation report says of a folder: a score, and of the survivors which ones were refusing conditions. */

type Mutant = { mutatorName: string; status: string; location: { start: { line: number } } };
type Report = { files: Record<string, { source: string; mutants: Mutant[] }> };
export type FolderScore = {
  folder: string;
  least: number;
  /** Killed or timed out, of all but those that could not be run, in percent. */
  score: number;
  killed: number;
  total: number;
  /** `file:line` of survivors whose line, or the next, refuses something. */
  refusing: string[];
  /** The other survivors, counted by the kind of change. */
  others: Record<string, number>;
};

const KILLED = new Set(['Killed', 'Timeout', 'RuntimeError', 'CompileError']);
const LEFT_OUT = new Set(['Ignored', 'Pending']);
const REFUSES =
  /\b(?:refuse|reject|throw|denied|denial|hold|late|fail|refused)\b|return (?:false|null|undefined|'[a-z_]+')|wrong\(/;

export function scoreOf(folder: string, least: number, report: Report): FolderScore {
  let killed = 0;
  let total = 0;
  const refusing: string[] = [];
  const others: Record<string, number> = {};
  for (const [path, { source, mutants }] of Object.entries(report.files)) {
    const lines = source.split('\n');
    for (const { mutatorName, status, location } of mutants) {
      if (LEFT_OUT.has(status)) continue;
      total += 1;
      const { line } = location.start;
      if (KILLED.has(status)) killed += 1;
      else if (REFUSES.test(`${lines[line - 1]}\n${lines[line] ?? ''}`)) refusing.push(`${path}:${line}`);
      else others[mutatorName] = (others[mutatorName] ?? 0) + 1;
    }
  }
  const score = total === 0 ? 100 : Math.round((killed / total) * 1000) / 10;
  return { folder, least, score, killed, total, refusing: [...new Set(refusing)], others };
}

/** The table of docs/testing.md, then every refusing line that no test missed. */
export function mutationTable(scores: readonly FolderScore[]): string {
  const sum = (others: Record<string, number>) => Object.values(others).reduce((a, b) => a + b, 0);
  const rows = scores.map(
    ({ folder, killed, total, score, least, refusing, others }) =>
      `| ${folder} | ${killed} / ${total} | ${score} % | ${least} % | ${refusing.length} | ${sum(others)} |`,
  );
  const refusing = scores.flatMap((one) => one.refusing);
  return [
    '| folder | killed / tried | score | least | refusing lines that survived | other survivors |',
    '|---|---|---|---|---|---|',
    ...rows,
    ...(refusing.length > 0
      ? ['', 'Refusing lines without a test:', '', ...refusing.map((line) => `- ${line}`)]
      : []),
  ].join('\n');
}
