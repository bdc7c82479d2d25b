/** Runs the benchmarks one after the other and prints a table; names as arguments choose among them. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

type Result = { name: string; ours: number; theirs: number; ratio: number; unit?: string };
const directory = fileURLToPath(new URL('../bench/', import.meta.url));
const wanted = process.argv.slice(2);
const files = readdirSync(directory).filter((file) => file.endsWith('.ts'));
const chosen = files.filter((file) => wanted.length === 0 || wanted.includes(file.replace('.ts', '')));

for (const file of chosen) {
  const { run } = (await import(`${directory}${file}`)) as {
    run: () => Result | Result[] | Promise<Result | Result[]>;
  };
  for (const result of [await run()].flat()) {
    const { name, ours, theirs, ratio, unit = '' } = result;
    process.stdout.write(
      `${name}: ${ours.toFixed(1)} ${unit} against ${theirs.toFixed(1)} ${unit}, ratio ${ratio.toFixed(2)}\n`,
    );
  }
}
