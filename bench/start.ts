/** How long commands take to start, against a bare Node that does nothing: medians, turn by turn on the same machine. */
import { atMost, compared, median, timed } from '../scripts/bench/measure.ts';
import { BIN, environment, tempHomes } from '../test/support/cli.ts';
import { startCustomFederation } from '../test/support/custom-federation.ts';

const ROUNDS = 21;
/** So many tasks leave some hundred lines at who asked. */
const TASKS = 13;

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
  const file = here.file('graph.yaml', STARTED_GRAPH);
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

export const quick = () => run(9);

export const STARTED_GRAPH = `graph: bench
nodes:
  coder: { kind: agent, engine: { type: exec, auth: none, command: ["true"] } }
edges: []
`;
