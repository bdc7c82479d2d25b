// Stands before an agent of others and hands on what it says and hears; where it asks for a command, it writes down when.
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const [into, command, ...args] = process.argv.slice(2);
const agent = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
process.stdin.pipe(agent.stdin);
createInterface({ input: agent.stdout }).on('line', (line) => {
  const now = Date.now();
  const begun = /"method":"(?:session\/request_permission|terminal\/create)".*true (\d+)/.exec(line)?.[1];
  if (begun !== undefined) appendFileSync(into, `${begun} ${now}\n`);
  process.stdout.write(`${line}\n`);
});
agent.on('close', (code) => process.exit(code ?? 1));
