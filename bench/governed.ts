/** What commands over a graph of 1,000 nodes and 5,000 edges take through a running Host, against a bare Node. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { atMost, compared, type Measure, median, timed } from '../scripts/bench/measure.ts';
import { BIN, environment, freePort, json, tempHomes } from '../test/support/cli.ts';
import { largeGraph } from './graph.ts';

const NODES = 1_000;
const ROUNDS = 7;
/** What each may take, in milliseconds. */
const MOST = { plan: 500, apply: 800, explain: 400 } as const;
type Command = keyof typeof MOST;

export const run = async (nodes: number = NODES): Promise<Measure[]> => {
  const here = tempHomes();
  try {
    const [home, wire] = [here.home('host'), here.home('relay')];
    const port = await freePort();
    const { host } = await json<{ host: string }>(home, [
      ...['host', 'init', '--graph', 'large', '--relay', `ws://127.0.0.1:${port}`, '--members'],
      ...['--keys', 'file'],
    ]);
    await here.start(wire, ['relay', 'serve', '--port', String(port), '--owner', host]);
    await here.start(home, ['host', 'serve']);
    const files = [0, 1].map((turned) => {
      const file = join(here.root, `large-${turned}.yaml`);
      writeFileSync(file, largeGraph(nodes, turned));
      return file;
    });
    const took = (...args: string[]): number =>
      timed([BIN, 'graph', ...args, '--home', home], environment(home));
    took('apply', files[0]!, '--yes');
    const all: Record<Command | 'node', number[]> = { plan: [], apply: [], explain: [], node: [] };
    for (let round = 1; round <= ROUNDS; round++) {
      const file = files[round % 2]!;
      all.plan.push(took('plan', file));
      all.apply.push(took('apply', file, '--yes'));
      all.explain.push(took('explain', 'user-0', 'task.request', 'agent-100'));
      all.node.push(timed(['-e', '0']));
    }
    return (Object.keys(MOST) as Command[]).map((command) =>
      compared(
        `\`graph ${command}\` of ${nodes} nodes through a Host, against \`node -e 0\``,
        ...([median(all[command]), median(all.node), 'ms', atMost(MOST[command], 'ours')] as const),
      ),
    );
  } finally {
    await here.clean();
  }
};
