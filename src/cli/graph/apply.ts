/** What `apply` and `rollback` share: show the plan, ask, make the revision, wait for those it concerns. */
import * as Flags from '@oclif/core/flags';
import { systemClock } from '../../adapters/system/clock.ts';
import { WAIT_FOR, type WaitFor } from '../../core/command-words.ts';
import { isWord } from '../../core/encoding/grammar.ts';
import { EntangleError } from '../../core/errors.ts';
import { isPlanFile, readPlan } from '../../core/graph/change/plan-file.ts';
import type { Graph } from '../../core/graph/model.ts';
import type { HostClient } from '../../core/host-api/client.ts';
import type { GraphBase } from '../../core/host-api/shapes.ts';
import { type Delivered, waitForDelivery } from '../../services/graph/delivery.ts';
import { type Difference, difference } from '../../services/graph/diff.ts';
import {
  headAtHost,
  makeRevision,
  requireOwnName,
  requireSameBase,
  runState,
} from '../../services/graph/remote.ts';
import { confirmOrStop, isInteractive } from '../kit/confirm.ts';
import { hostFlags, waitTimeout, yes } from '../kit/flags.ts';
import { sha256Text } from '../kit/text-digest.ts';
import { readText } from '../kit/text-file.ts';
import { requireGraph } from './file.ts';
import { requireTested } from './test.ts';
import { colouredPlan } from './text.ts';

export const applyFlags = {
  yes,
  wait: Flags.option({
    description: 'wait until every affected participant that is online (=all: everyone) has acknowledged',
    env: 'ENTANGLE_WAIT',
    options: WAIT_FOR,
  })(),
  timeout: waitTimeout,
  ...hostFlags,
};
type Given = {
  yes: boolean;
  wait: WaitFor | undefined;
  timeout: number;
  'no-input': boolean;
  json?: boolean;
};

/** `--wait` alone is `--wait=online`, and `--wait all` `--wait=all`: oclif knows no flag whose value may be left out. */
export const withBareWait = (argv: readonly string[]): string[] => {
  const end = argv.indexOf('--');
  const out: string[] = [];
  for (const [i, word] of argv.entries()) {
    const isFlag = word === '--wait' && (end === -1 || i < end);
    const follows = argv[i - 1] === '--wait' && (end === -1 || i < end) && isWord(WAIT_FOR, word);
    if (follows) out[out.length - 1] = `--wait=${word}`;
    else out.push(isFlag ? '--wait=online' : word);
  }
  return out;
};

/** A graph to make the head; `base` is what it must be made against, null for whatever the head is. */
type Wanted = { graph: Graph; base: GraphBase | null };

/** A graph file, or a plan that `graph plan --out` saved. */
export const readWanted = async (path: string, json: boolean): Promise<Wanted> => {
  const text = await readText(path);
  if (!isPlanFile(text))
    return { graph: requireTested(requireGraph(text, path, json), path, json), base: null };
  const { graph, base } = readPlan(text, sha256Text);
  return { graph, base: base ?? { n: 0, digest: null } };
};

export type Applied = {
  graph: string;
  revision: number;
  digest: string;
  changed: boolean;
  plan: Difference['json'];
  delivered?: Delivered;
};

/** Before anything is asked of the Host, so that a script hears of it whatever the state there. */
export const requireConsent = (flags: Given, isSaved: boolean): void => {
  if (flags.yes || isSaved || isInteractive(flags['no-input'])) return;
  throw new EntangleError('usage', 'confirmation needed to change the graph, but there is no terminal', {
    hint: 'use --yes, or apply a plan saved with `entangle graph plan --out`',
  });
};

/** Changes nothing but what is asked for. A saved plan was looked at when it was made: it is not asked about again. */
export const changeGraph = async (
  client: HostClient,
  { graph, base }: Wanted,
  flags: Given,
  signal: AbortSignal,
): Promise<Applied> => {
  await requireOwnName(client, graph);
  const head = await headAtHost(client);
  if (base) requireSameBase(base, head.base);
  const found = difference(head.graph, graph, await runState(client));
  if (found.changed && !flags.json) process.stderr.write(`${colouredPlan(found.lines, process.stderr)}\n`);
  if (found.changed && !flags.yes && !base) await confirmOrStop(flags['no-input'], 'Apply this?');
  const made = await makeRevision(client, graph, head.base);
  const { graph: id, revision, digest, changed } = made;
  const applied: Applied = { graph: id, revision, digest, changed, plan: found.json };
  if (flags.wait === undefined) return applied;
  const who = flags.wait === 'all' ? 'all' : 'online';
  const wait = { revision, who, timeoutMs: flags.timeout, signal } as const;
  return { ...applied, delivered: await waitForDelivery(client, systemClock, wait) };
};

export const appliedText = ({ revision, digest, changed, delivered }: Applied): string => {
  const lines = changed
    ? [`revision ${revision} is active`, digest]
    : [`no changes: revision ${revision} is already active`];
  if (delivered?.acked.length) lines.push(`acknowledged by ${delivered.acked.join(', ')}`);
  if (delivered?.away.length) lines.push(`not yet acknowledged by ${delivered.away.join(', ')}`);
  return lines.join('\n');
};
