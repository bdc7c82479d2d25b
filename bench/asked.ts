/** How long from an agent's question about a command to the row of it that the approver's program has, over processes and a relay. */
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { atMost, compared, median, timed } from '../scripts/bench/measure.ts';
import { MAX_OPEN_CALLS } from '../src/core/bounds.ts';
import { tempHomes } from '../test/support/cli.ts';
import { startCustomFederation } from '../test/support/custom-federation.ts';

const AGENT = join(import.meta.dirname, 'agents', 'asking.mjs');

/** Milliseconds; the peer is the start of a bare Node on the same machine, at the same time. */
export const run = async (count = MAX_OPEN_CALLS) => {
  const here = tempHomes();
  const fed = await startCustomFederation(here, {
    users: { alice: null },
    agents: { coder: { approval: { 'command.run': { by: ['alice'] } } } },
    engines: { coder: { type: 'acp', auth: 'none', command: ['node', AGENT] } },
    edges: ['alice delegates_to coder', 'alice approves coder'],
  });
  try {
    const watching = await here.start(fed.homes.alice!, ['user', 'watch']);
    const took: number[] = [];
    const bare: number[] = [];
    const seen = new Promise<void>((resolve) => {
      createInterface({ input: watching.child.stdout! }).on('line', (line) => {
        const { what, state, title } = JSON.parse(line) as Record<string, string>;
        const asked = /true (\d+)/.exec(title ?? '')?.[1];
        if (what !== 'approval' || state !== 'pending' || asked === undefined) return;
        took.push(Date.now() - Number(asked));
        bare.push(timed(['-e', '0']));
        if (took.length === count) resolve();
      });
    });
    await fed.ask('alice', 'coder', String(count));
    await seen;
    return compared(
      'a question of an agent in the approver’s list, against node -e 0',
      median(took),
      median(bare),
      'ms',
      atMost(150, 'ours'),
    );
  } finally {
    await fed.close();
  }
};
