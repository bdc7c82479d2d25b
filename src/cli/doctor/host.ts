/** What the running Host knows of its federation that somebody should mend. */

import { type Unplaced, unplacedNodes } from '../../core/graph/change/placement.ts';
import { gapText } from '../../core/graph/named-principals.ts';
import { exposedText, missingText } from '../../core/graph/named-secrets.ts';
import { unenforcedText } from '../../core/graph/tried.ts';
import { callHost } from '../../core/host-api/client.ts';
import type { OutputOf } from '../../core/host-api/table.ts';
import { OPERATOR_METHODS, type OperatorMethod } from '../../core/vocabulary.ts';
import { headAtHost, runState } from '../../services/graph/remote.ts';
import { counted } from '../kit/render.ts';
import type { HomePaths } from '../kit/settings.ts';
import { hostClient } from '../wiring/host-client.ts';
import { type DoctorFinding, findingOf } from './finding.ts';

type Seen = {
  status: OutputOf<'status.show'>;
  runners: OutputOf<'runners.list'>['items'];
  nowhere: Unplaced[];
};

type Amiss = Omit<DoctorFinding, 'of'>;

const warning = (check: string, words: string, mend: string): Amiss => ({
  check,
  state: 'warning',
  words,
  mend,
});

/** A file of another name is refused, and `graph init` takes that of the directory. */
const nameOf = (graph: string): string => graph.slice(graph.indexOf('/') + 1);

/** A row for each thing that can be amiss: what there is of it. */
const AMISS: readonly ((seen: Seen) => Amiss[])[] = [
  ({ status }) =>
    status.revision === null
      ? [
          warning(
            'graph',
            'there is no graph yet',
            `write one with \`entangle graph init --graph ${nameOf(status.graph)} --npub NPUB\`, and \`entangle graph apply\` it`,
          ),
        ]
      : [],
  ({ runners }) =>
    runners
      .filter(({ trust }) => trust === 'pending')
      .map(({ name }) =>
        warning(
          `runner ${name}`,
          'waits to be trusted: nothing runs on it',
          `compare its words, then \`entangle host runner trust ${name}\``,
        ),
      ),
  ({ runners }) =>
    runners
      .filter(({ trust, liveness }) => trust === 'trusted' && liveness !== 'live')
      .map(({ name, liveness }) =>
        warning(
          `runner ${name}`,
          `is trusted and ${liveness}`,
          'start it on its machine: `entangle runner serve`',
        ),
      ),
  ({ nowhere }) =>
    nowhere.map(({ node, because, hint }) =>
      warning(
        `agent ${node}`,
        `runs nowhere: ${because}`,
        hint ?? 'see the runners: `entangle host runner list`',
      ),
    ),
  ({ status }) =>
    status.muted > 0
      ? [
          warning(
            'sessions',
            `${status.muted} wait for somebody who was not reached`,
            'see `entangle host session list --open`: an edge of the graph or a person is missing',
          ),
        ]
      : [],
  ({ status }) =>
    status.missing.map((one) =>
      warning('secrets', missingText(one), 'set it with `entangle host secret set`'),
    ),
  ({ status }) =>
    status.exposed.map((one) =>
      warning('secrets', exposedText(one), 'set a new value with `entangle host secret set`'),
    ),
  ({ status }) =>
    status.principals.map((one) =>
      warning('principals', gapText(one), 'see them: `entangle host principal list`'),
    ),
  ({ status }) =>
    status.unenforced.map((one) =>
      warning('agents', unenforcedText(one), 'try the agent on its runner: `entangle runner probe`'),
    ),
];

/** `of`: the name of its home. */
export const amissIn = (of: string, seen: Seen): DoctorFinding[] =>
  AMISS.flatMap((row) => row(seen)).map((amiss) => ({ of, ...amiss }));

type Operators = OutputOf<'operators.list'>['items'];
const METHOD_WORDS: Readonly<Record<OperatorMethod, string>> = {
  bearer: 'by a token',
  oidc: 'by what an issuer says',
  nip98: 'by a key that signs (NIP-98)',
};

/** How many may call, by what they are known. */
export const callersByMethod = (items: Operators): string => {
  const active = items.filter(({ state }) => state === 'active');
  const kinds = OPERATOR_METHODS.flatMap((method) => {
    const count = active.filter((one) => one.method === method).length;
    return count === 0 ? [] : [`${count} ${METHOD_WORDS[method]}`];
  });
  return `${active.length} may call: ${kinds.join(', ')}`;
};

export const hostChecks = async (paths: HomePaths, of: string): Promise<DoctorFinding[]> => {
  let seen: Seen | undefined;
  const answers = await findingOf(of, {
    name: 'api',
    wrong: 'problem',
    look: async () => {
      const client = hostClient(paths, {});
      const [status, { items: runners }, { graph }] = await Promise.all([
        callHost(client, 'status.show'),
        callHost(client, 'runners.list'),
        headAtHost(client),
      ]);
      const nowhere = graph === null ? [] : unplacedNodes(graph, await runState(client));
      seen = { status, runners, nowhere };
      return `answers; epoch ${status.epoch}, ${counted(runners.length, 'runner')}`;
    },
  });
  if (seen === undefined) return [answers];
  const operators = await findingOf(of, {
    ...{ name: 'operators', wrong: 'warning' },
    look: async () => callersByMethod((await callHost(hostClient(paths, {}), 'operators.list')).items),
  });
  return [answers, operators, ...amissIn(of, seen)];
};
