/**
 * Runs the measures of `bench/` one after the other, each beside its peer, and prints a table; names choose among them.
 * `--quick` leaves out what takes minutes, `--large` takes homes of 300,000 lines too, `--json` prints values, `--write`
 * puts each into docs/performance.md, under its name.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Measure } from './bench/measure.ts';
import { pageWith, tableText } from './bench/table.ts';

type Measured = Measure | Measure[];
/** `quick` is null for what has no quick form; `large` is what is only done when it is asked for. */
type Bench = {
  run: () => Measured | Promise<Measured>;
  quick?: Bench['run'] | null;
  large?: Bench['run'];
};

const { values, positionals } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    large: { type: 'boolean' },
    json: { type: 'boolean' },
    write: { type: 'boolean' },
  },
  allowPositionals: true,
});
const directory = fileURLToPath(new URL('../bench/', import.meta.url));
const names = readdirSync(directory)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replace('.ts', ''));
const unknown = positionals.find((name) => !names.includes(name));
if (unknown !== undefined) throw new Error(`no measure "${unknown}"; there are ${names.join(', ')}`);

const taken = new Map<string, Measure[]>();
for (const name of names.filter((one) => positionals.length === 0 || positionals.includes(one))) {
  const { run, quick = run, large = run } = (await import(`${directory}${name}.ts`)) as Bench;
  const chosen = values.quick ? quick : values.large ? large : run;
  if (chosen === null) continue;
  process.stderr.write(`${name} …\n`);
  taken.set(name, [await chosen()].flat());
}

const machine = `${new Date().toISOString().slice(0, 10)}, ${availableParallelism()} cores, Node ${process.versions.node}${values.quick ? ', the quick measures' : ''}.`;
const all = [...taken.values()].flat();
process.stdout.write(values.json ? `${JSON.stringify(all, null, 2)}\n` : `${machine}\n\n${tableText(all)}`);
if (values.write) {
  const page = fileURLToPath(new URL('../docs/performance.md', import.meta.url));
  const parts = [...taken].map(([name, found]) => [name, `${machine}\n\n${tableText(found)}`] as const);
  writeFileSync(page, pageWith(readFileSync(page, 'utf8'), new Map(parts)));
}
