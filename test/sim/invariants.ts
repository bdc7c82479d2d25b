/** What holds in every federation at rest, whatever happened to it before. */
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import { fromUtf8 } from '../../src/core/encoding/bytes.ts';
import type { Line } from '../../src/core/ledger/line.ts';
import { dumpDigest } from '../../src/core/projection/dump.ts';
import { foldLine } from '../../src/core/projection/fold.ts';
import { ROWS } from '../../src/core/projection/rows.ts';
import { hostKeysOf, signedOutOfTurn } from '../support/authority-model.ts';
import { memoryTables } from '../support/memory-tables.ts';
import type { Federation } from './federation.ts';
import { beyondAssignment, cameUninvited, type HostView } from './host-model.ts';
import { bodyOf, type LedgerView, notAllowed, routesBesideGraph, tagOf } from './model.ts';
import { outOfOrder } from './order-model.ts';
import type { Part } from './part.ts';
import { notShown } from './views-work.ts';

export const everyPart = (fed: Federation): Part<unknown>[] => [
  fed.host,
  ...Object.values(fed.runners),
  ...Object.values(fed.people),
];
const viewOf = ({ home, disk }: Part<unknown>): LedgerView => ({
  kind: home.kind,
  key: home.self.pubkey,
  lines: disk.lines,
});
const hostView = ({ host: { home, disk } }: Federation): HostView => ({
  key: home.self.pubkey,
  graph: home.graph,
  lines: disk.lines,
});
const repeated = (keys: readonly string[]): string[] => {
  const seen = new Set<string>();
  return keys.filter((key) => seen.has(key) || !seen.add(key));
};

const hostKeys = ({ host: { home, disk } }: Federation): string[] => hostKeysOf(home.host, disk.lines);

/** Messages that a sender was told are durable at the recipient, and that no ledger has. */
export const lostAfterAck = (fed: Federation): string[] => {
  const ledgers = everyPart(fed).map(({ disk }) => disk.lines);
  const received = new Set(
    ledgers.flatMap((lines) => lines.filter(({ dir }) => dir === 'in').map(({ event }) => event.id)),
  );
  const lost = ledgers.flatMap((lines) => {
    const sent = new Map<string, { n: number; line: Line }[]>();
    for (const line of lines.filter(({ dir }) => dir === 'out')) {
      const [, stream, n] = line.event.tags.find(([name]) => name === 'seq') ?? [];
      const key = `${tagOf(line, 'p')} ${stream}`;
      const one = { n: Number(n), line };
      if (!sent.get(key)?.push(one)) sent.set(key, [one]);
    }
    return lines
      .filter((line) => tagOf(line, 'type') === 'delivery.acked')
      .flatMap((line) => {
        type Ack = { peer: string; stream: string; top: number; missing: [number, number][] };
        const { peer, stream, top, missing } = bodyOf<Ack>(line);
        const covers = (n: number) => n <= top && !missing.some(([from, to]) => from <= n && n <= to);
        return (sent.get(`${peer} ${stream}`) ?? []).filter(({ n }) => covers(n));
      })
      .filter(({ line }) => !received.has(line.event.id))
      .map(
        ({ line }) => `${tagOf(line, 'type')} ${line.event.id.slice(0, 8)} was acknowledged and is nowhere`,
      );
  });
  // Several acknowledgements can cover one message
  return [...new Set(lost)];
};

/** Effects that came about twice: a push, a turn that was recorded, a message in a ledger, a word on a work product. */
export const doneTwice = (fed: Federation): string[] => {
  const { updates } = fed.remote;
  const pushes = repeated(updates.map(({ branch }) => `a push to ${branch}`));
  return everyPart(fed).reduce(
    (faults, { name, disk }) => {
      const of = (type: string, dir: Line['dir']) =>
        disk.lines.filter((line) => line.dir === dir && tagOf(line, 'type') === type);
      const perAttempt = (line: Line) => {
        const { session, attempt, turn = 1 } = bodyOf<Record<'attempt' | 'turn' | 'session', number>>(line);
        return `${tagOf(line, 'type')} of ${session} ${attempt} ${turn} at ${name}`;
      };
      // Two processes in one second may each count one rejection of the same kind: that is two, and its id the same.
      const lines = disk.lines
        .filter((line) => tagOf(line, 'type') !== 'rejects.counted')
        .map(({ dir, event }) => `line ${dir} ${event.id} at ${name}`);
      const turns = of('turn.finished', 'local').map(perAttempt);
      const pushed = of('publish.finished', 'local').map(perAttempt);
      const artifacts = of('artifact.ref', 'out').map(
        (line) =>
          `artifact ${bodyOf(line).artifact} ${bodyOf(line).state ?? 'published'} by ${line.event.pubkey} to ${tagOf(line, 'p')} at ${name}`,
      );
      return faults.concat(...[lines, turns, pushed, artifacts].map(repeated));
    },
    [...pushes],
  );
};

/** Attempts of a session with two ends: at whoever asked, and as the Host was told. */
export const endedTwice = (fed: Federation): string[] =>
  everyPart(fed).flatMap(({ name, disk }) => {
    const ends = new Map<string, Set<string>>();
    for (const line of disk.lines) {
      if (line.dir !== 'in' || !['task.result', 'session.observed'].includes(tagOf(line, 'type'))) continue;
      const { session, attempt, step, state } = bodyOf<Record<string, string>>(line);
      if (['accepted', 'active', 'waiting_approval'].includes(state!)) continue;
      const key = `${line.event.pubkey} ${session} ${attempt}`;
      ends.set(key, (ends.get(key) ?? new Set()).add(`${step} ${state}`));
    }
    return [...ends]
      .filter(([, states]) => states.size > 1)
      .map(([key, states]) => `${key} ended as ${[...states].join(' and ')} at ${name}`);
  });

/** Homes whose read models are not what their lines say. */
export const notRebuilt = (fed: Federation): string[] =>
  everyPart(fed)
    .filter(({ running }) => running !== null)
    .flatMap(({ name, home, disk }) => {
      const tables = memoryTables(ROWS);
      for (const line of disk.lines) foldLine(tables, line, suiteWasm.sha256);
      const [live, anew] = [home.tables, tables].map((one) => dumpDigest(one, ROWS, suiteWasm.sha256));
      return live === anew ? [] : [`the read models of ${name} are not those of its lines`];
    });

type Rule = { by: string[]; quorum: number };
type Routes = { self: { name: string }; approval: Record<string, Rule> };
/** What the newest routes asked of a push to a branch, from when it was intended until it was on record. */
const rulesInForce = (lines: readonly Line[], branch: string, commit: string): (Rule | undefined)[] => {
  const node = branch.split('/')[1];
  let newest: Rule | undefined;
  let found: (Rule | undefined)[] | null = null;
  for (const line of lines) {
    const type = tagOf(line, 'type');
    const body = bodyOf<Routes & { branch: string; commit: string }>(line);
    if (line.dir === 'in' && type === 'routes' && body.self.name === node) {
      newest = body.approval['source.publish'];
      found?.push(newest);
    }
    if (type === 'publish.intended' && body.branch === branch && body.commit === commit) found ??= [newest];
    if (type === 'publish.finished' && found && body.commit === commit) return found;
  }
  return found ?? [];
};

const OF_RULES = ['routes', 'publish.intended', 'publish.finished'];

/** Pushes that were not approved by as many people as the node's policy asked for while it was pushed. */
export const pushedUnapproved = (fed: Federation): string[] => {
  const approved = new Map<string, Set<string>>();
  const requests = new Map<string, string>();
  for (const [person, { disk }] of Object.entries(fed.people))
    for (const line of disk.lines) {
      const type = tagOf(line, 'type');
      if (line.dir === 'in' && type === 'approval.request')
        requests.set(
          bodyOf<{ approval: string }>(line).approval,
          bodyOf<{ subject: { commit: string } }>(line).subject.commit,
        );
      if (line.dir !== 'out' || type !== 'approval.response') continue;
      const { approval, decision } = bodyOf<{ approval: string; decision: string }>(line);
      const commit = requests.get(approval) ?? '';
      if (decision === 'approved') approved.set(commit, (approved.get(commit) ?? new Set()).add(person));
    }
  const ofRules = Object.values(fed.runners).map(({ disk }) =>
    disk.lines.filter((line) => OF_RULES.includes(tagOf(line, 'type'))),
  );
  return fed.remote.updates.flatMap(({ branch, to }) => {
    const rules = ofRules.flatMap((lines) => rulesInForce(lines, branch, to));
    const isCovered = rules.some((rule) => {
      const people = [...(approved.get(to) ?? [])].filter((person) => rule?.by.includes(person));
      return rule === undefined || people.length >= rule.quorum;
    });
    return isCovered ? [] : [`${branch} was pushed and no policy in force was satisfied`];
  });
};

type GraphFile = { nodes: Record<string, Record<string, unknown>>; edges: never[] };
const graphOf = ({ disk }: Federation['host'], digest: string): GraphFile =>
  JSON.parse(fromUtf8(disk.blobs.get(digest)!));

/** A message that met a fault of ours. */
const bugs = (fed: Federation): string[] =>
  everyPart(fed).flatMap(({ name, log }) =>
    log.filter((text) => text.includes('cannot process a message')).map((text) => `${name}: ${text}`),
  );

/** Lines of everybody but the Host, by name. */
const linesOfMembers = ({ runners, people }: Federation): Map<string, readonly Line[]> =>
  new Map([...Object.values(runners), ...Object.values(people)].map(({ name, disk }) => [name, disk.lines]));

export const faultsOf = (fed: Federation): string[] => [
  ...lostAfterAck(fed),
  ...doneTwice(fed),
  ...endedTwice(fed),
  ...notRebuilt(fed),
  ...pushedUnapproved(fed),
  ...notAllowed(everyPart(fed).map(viewOf), hostKeys(fed)),
  ...outOfOrder(everyPart(fed).map(viewOf), hostKeys(fed)),
  ...beyondAssignment(hostView(fed)),
  ...cameUninvited(hostView(fed), fed.host.home.root),
  ...routesBesideGraph(fed.host.disk.lines, (digest) => graphOf(fed.host, digest) as never),
  ...signedOutOfTurn(fed.host.home.host, fed.host.disk.lines, linesOfMembers(fed)),
  ...bugs(fed),
  ...notShown(fed),
];
