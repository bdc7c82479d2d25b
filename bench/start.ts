/** How long commands take to start, against a bare Node that does nothing: medians, turn by turn on the same machine. */
import { spawnSync } from 'node:child_process';
import { BIN, environment, tempHomes } from '../test/support/cli.ts';
import { startCustomFederation } from '../test/support/custom-federation.ts';

const ROUNDS = 21;
/** So many tasks leave some hundred lines at who asked. */
const TASKS = 13;

/** What a figure must reach: its ratio to the peer, or itself. */
export type Goal = { of: 'ratio' | 'ours'; is: 'most' | 'least'; value: number };
/** A figure of ours beside the one that it is held against, in the same run. */
export type Measure = {
  name: string;
  ours: number;
  theirs: number;
  ratio: number;
  unit?: string;
  goal?: Goal;
};

export const atMost = (value: number, of: Goal['of'] = 'ratio'): Goal => ({ of, is: 'most', value });
export const atLeast = (value: number): Goal => ({ of: 'ratio', is: 'least', value });

export const timed = (args: string[], env = process.env): number => {
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env });
  if (status !== 0) throw new Error(`node ${args.join(' ')} exited ${status}: ${stderr}`);
  return Number(process.hrtime.bigint() - start) / 1e6;
};
export const median = (numbers: number[]): number =>
  numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

/** `ratio` is ours over the peer's, so smaller is better. */
export const compared = (
  name: string,
  ours: number,
  theirs: number,
  unit: string,
  goal?: Goal,
): Measure & { unit: string } => ({
  ...{ name, ours, theirs, unit },
  ratio: ours / theirs,
  ...(goal && { goal }),
});

/** A command, whose home it is run in, and what it may cost against a bare Node. */
const COMMANDS: readonly (readonly [string, 'host' | 'alice', number])[] = [
  ['--version', 'alice', 1.25],
  ['--help', 'alice', 1.5],
  ['graph validate FILE', 'alice', 2.2],
  ['host status', 'host', 2.8],
  ['user inbox', 'alice', 4],
];

/** Milliseconds. */
export const run = async (rounds = ROUNDS) => {
  const here = tempHomes();
  const fed = await startCustomFederation(here, {
    ...{ users: { alice: null }, agents: { coder: {} } },
    engines: { coder: { type: 'exec', auth: 'none', command: ['true'] } },
    edges: ['alice delegates_to coder'],
  });
  const file = here.file('graph.yaml', GRAPH);
  try {
    for (let n = 0; n < TASKS; n++)
      await fed.waited('alice', await fed.ask('alice', 'coder', 'nothing'), 'end');
    return COMMANDS.map(([words, who, most]) => {
      const home = fed.homes[who]!;
      const given = words.split(' ').map((word) => (word === 'FILE' ? file : word));
      const isBare = given[0]!.startsWith('--') || given[0] === 'graph';
      const args = [BIN, ...given, ...(isBare ? [] : ['--home', home])];
      const [ours, bare]: [number[], number[]] = [[], []];
      timed(args, environment(home));
      for (let i = 0; i < rounds; i++) {
        bare.push(timed(['-e', '0']));
        ours.push(timed(args, environment(home)));
      }
      const name = `start of \`${words.replace(' FILE', '')}\` against \`node -e 0\``;
      return compared(name, median(ours), median(bare), 'ms', atMost(most));
    });
  } finally {
    await fed.close();
  }
};

const GRAPH = `graph: bench
nodes:
  coder: { kind: agent, engine: { type: exec, auth: none, command: ["true"] } }
edges: []
`;
