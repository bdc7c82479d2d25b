/**
 * Many random histories, to be gone on with after a break:
 * `node test/sim/run-histories.ts --count 10000 --progress FILE`. The file has one line of JSON a history that is done;
 * exit code 1 when one of them went wrong.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { historyOf } from './histories.ts';
import { runHistory } from './run-history.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '10000' },
    progress: { type: 'string' },
    prefix: { type: 'string', default: 'long' },
  },
});
type Done = { seed: string; wrong: string[]; cpuMs: number };
const file = values.progress;
const before: Done[] =
  file && existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line))
    : [];
const done = new Map(before.map((one) => [one.seed, one]));
for (let i = 0; i < Number(values.count); i++) {
  const seed = `${values.prefix} ${i}`;
  if (done.has(seed)) continue;
  const started = process.cpuUsage();
  const wrong = await runHistory(historyOf(seed)).catch((error: Error) => [String(error.stack)]);
  const { user, system } = process.cpuUsage(started);
  const one: Done = { seed, wrong, cpuMs: Math.round((user + system) / 1000) };
  done.set(seed, one);
  if (file) appendFileSync(file, `${JSON.stringify(one)}\n`);
  if (wrong.length > 0 || !file) process.stdout.write(`${JSON.stringify(one)}\n`);
}
const failed = [...done.values()].filter(({ wrong }) => wrong.length > 0);
process.stdout.write(`${done.size} histories, ${failed.length} went wrong\n`);
process.exitCode = failed.length > 0 ? 1 : 0;
