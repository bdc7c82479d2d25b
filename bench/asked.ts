/**
 * How long from an agent's question about a command to the row of it that the approver's program has, over processes and a
 * relay: of an agent that does nothing else, and of one of others, where it is installed, whose own time stands apart.
 */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { installedAgent, pathWith } from '../scripts/agents/installed.ts';
import { running, startStubModel } from '../scripts/agents/stub-model.ts';
import { atMost, compared, type Measure, median, timed } from '../scripts/bench/measure.ts';
import { MAX_OPEN_CALLS } from '../src/core/bounds.ts';
import { tempHomes } from '../test/support/cli.ts';
import { type CustomFederation, startCustomFederation } from '../test/support/custom-federation.ts';
import { approveAs } from '../test/support/own-user.ts';

const at = (name: string): string => join(import.meta.dirname, 'agents', name);
const OTHER = 'kimi';
const OF_OTHER = 10;

type Asked = { at: number; title: string; approval: string };
/** Each question that waits, as the approver's list has it, as it comes. */
const watch = async (fed: CustomFederation, tell: (asked: Asked) => void): Promise<void> => {
  const watching = await fed.here.start(fed.homes.alice!, ['user', 'watch']);
  createInterface({ input: watching.child.stdout! }).on('line', (line) => {
    const at = Date.now();
    const { what, state, title = '', id = '' } = JSON.parse(line) as Record<string, string>;
    if (what === 'approval' && state === 'pending') tell({ at, title, approval: id });
  });
};

const within = async <T>(engine: object, work: (fed: CustomFederation) => Promise<T>): Promise<T> => {
  const fed = await startCustomFederation(tempHomes(), {
    users: { alice: null },
    agents: { coder: { approval: { 'command.run': { by: ['alice'] } } } },
    engines: { coder: { type: 'acp', auth: 'none', ...engine } },
    edges: ['alice delegates_to coder', 'alice approves coder'],
  });
  return work(fed).finally(() => fed.close());
};

/** Milliseconds; the peer is the start of a bare Node on the same machine, at the same time. */
const ofOurs = (count: number): Promise<Measure> =>
  within({ command: ['node', at('asking.mjs')] }, async (fed) => {
    const took: number[] = [];
    const bare: number[] = [];
    const seen = Promise.withResolvers<void>();
    await watch(fed, ({ at, title }) => {
      took.push(at - Number(/true (\d+)/.exec(title)?.[1]));
      bare.push(timed(['-e', '0']));
      if (took.length === count) seen.resolve();
    });
    await fed.ask('alice', 'coder', String(count));
    await seen.promise;
    return compared(
      'a question of an agent in the approver’s list, against node -e 0',
      median(took),
      median(bare),
      'ms',
      atMost(150, 'ours'),
    );
  });

/** Its model says when it calls for the command; what stands before the agent, when that asks. */
const ofOther = async (bin: string): Promise<Measure[]> => {
  const here = tempHomes();
  const stamps = join(here.root, 'stamps');
  const taps = join(here.root, 'bin');
  mkdirSync(taps, { recursive: true });
  const words = [process.execPath, at('tap.mjs'), stamps, join(bin, OTHER)].map((word) => `'${word}'`);
  writeFileSync(join(taps, OTHER), `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`);
  chmodSync(join(taps, OTHER), 0o755);
  process.env.PATH = `${taps}:${pathWith(bin)}`;
  const called: number[] = [];
  const model = await startStubModel('none', () => running(`true ${called[called.push(Date.now()) - 1]}`));
  const engine = { profile: OTHER, model: 'stub', endpoint: model.endpoint };
  const rows: Asked[] = [];
  await within(engine, async (fed) => {
    const seen = Promise.withResolvers<void>();
    await watch(fed, (asked) => {
      rows.push(asked);
      if (rows.length === OF_OTHER) seen.resolve();
      else approveAs(fed.homes.alice!, asked.approval).catch(seen.reject);
    });
    await fed.ask('alice', 'coder', 'run them');
    await seen.promise;
  });
  model.close();
  // It asks twice about each, and people about the second, which has what is to run; one after the other
  const asked = new Map(
    readFileSync(stamps, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ').map(Number) as [number, number]),
  );
  await here.clean();
  const of = (row: number): number => asked.get(called[row]!)!;
  const own = median(rows.map((_, n) => of(n) - called[n]!));
  const took = median(rows.map(({ at }, n) => at - of(n)));
  return [
    compared(
      `a question of ${OTHER} in it, against what ${OTHER} took before`,
      took,
      own,
      'ms',
      atMost(150, 'ours'),
    ),
  ];
};

export const run = async (count = MAX_OPEN_CALLS) => {
  const bin = installedAgent(OTHER);
  return [await ofOurs(count), ...(bin === null ? [] : await ofOther(bin))];
};
