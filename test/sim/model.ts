/**
 * Who may say what to whom, once more and independently: keys × roles × edges in plain words, over nothing but the
 * graph files that were applied and the ledgers' own order. It shares no line with what it judges.
 */
import type { Line } from '../../src/core/ledger/line.ts';

type Body = Record<string, never> & { [name: string]: unknown };
export type LedgerView = { kind: 'host' | 'runner' | 'user'; key: string; lines: readonly Line[] };
type Relation = { relation: string; side: 'a' | 'b'; only?: string[]; disabled?: true };
type Peer = { name: string; kind: 'user' | 'agent'; pubkey: string | null; relations: Relation[] };
type Routes = { order: [number, number]; peers: Peer[] };

const HANDED = { also: 'hands_off_to escalates_to' };
/** Also of whoever reviews: it works for the node on its right. */
const WORKED = { ...HANDED, reviews: 'left' as const };
/** By type: which end of which relation says it, and whether that is a person or an agent. */
const OVER_EDGES: Record<
  string,
  { relation: string; also?: string; reviews?: 'left'; end: 'left' | 'right'; kinds: string[] }
> = {
  'task.request': { relation: 'delegates_to', end: 'left', kinds: ['user', 'agent'] },
  'task.handoff': { relation: 'hands_off_to', end: 'left', kinds: ['agent'] },
  'task.escalate': { relation: 'escalates_to', end: 'left', kinds: ['agent'] },
  'task.review': { relation: 'reviews', end: 'right', kinds: ['agent'] },
  'task.cancel': { relation: 'delegates_to', ...HANDED, end: 'left', kinds: ['user', 'agent'] },
  'task.accept': { relation: 'delegates_to', ...WORKED, end: 'right', kinds: ['agent'] },
  'task.update': { relation: 'delegates_to', ...WORKED, end: 'right', kinds: ['agent'] },
  'task.result': { relation: 'delegates_to', ...WORKED, end: 'right', kinds: ['agent'] },
  'task.waiting': { relation: 'delegates_to', ...WORKED, end: 'right', kinds: ['agent'] },
  question: { relation: 'delegates_to', end: 'right', kinds: ['agent'] },
  reply: { relation: 'delegates_to', end: 'left', kinds: ['user'] },
  'artifact.file': { relation: 'delegates_to', also: 'approves', end: 'right', kinds: ['agent'] },
  'artifact.ref': {
    ...{ relation: 'delegates_to', also: 'hands_off_to escalates_to approves' },
    ...{ end: 'right', kinds: ['agent'] },
  },
  'publish.request': { relation: 'delegates_to', also: 'approves', end: 'left', kinds: ['user'] },
  'publish.result': { relation: 'delegates_to', also: 'approves', end: 'right', kinds: ['agent'] },
  'approval.request': { relation: 'approves', end: 'right', kinds: ['agent'] },
  'approval.closed': { relation: 'approves', end: 'right', kinds: ['agent'] },
  'approval.response': { relation: 'approves', end: 'left', kinds: ['user'] },
  grant: { relation: 'approves', end: 'left', kinds: ['user'] },
  'grant.revoke': { relation: 'approves', end: 'left', kinds: ['user'] },
  'review.request': { relation: 'reviews', end: 'right', kinds: ['agent'] },
  'review.closed': { relation: 'reviews', end: 'right', kinds: ['agent'] },
  'review.result': { relation: 'reviews', end: 'left', kinds: ['user', 'agent'] },
};
const OVER_ANY_EDGE = ['blob.get', 'blob.part'];
const OF_THE_HOST = [
  ...['authority.rotate', 'routes', 'runner.trust', 'assignment.offer', 'assignment.revoke'],
  'session.cancel',
  ...['secret.grant', 'secret.deny', 'evidence.statement', 'evidence.logged'],
];
const OF_A_RUNNER = [
  ...['assignment.accept', 'assignment.reject', 'assignment.receipt', 'session.observed'],
  ...['secret.request', 'evidence.request', 'runner.goodbye'],
  ...['turn.observed', 'approval.observed', 'artifact.observed'],
  ...['conversation.observed', 'recovery.observed', 'source.observed', 'waiting.observed'],
];

export const tagOf = (line: Line, name: string): string =>
  line.event.tags.find((tag) => tag[0] === name)?.[1] ?? '';
/** What was read of a content already: each of these judges looks at every line. */
const read = new WeakMap<Line['event'], { content: string; body: unknown }>();
export const bodyOf = <T = Body>({ event }: Line): T => {
  const { content } = event;
  const before = read.get(event);
  if (before?.content === content) return before.body as T;
  const body = JSON.parse(content);
  read.set(event, { content, body });
  return body;
};
const epochOf = (line: Line): number => Number(tagOf(line, 'epoch'));

/** What each home accepted though nothing in the model lets it. */
export const notAllowed = (homes: readonly LedgerView[], hostKeys: readonly string[]): string[] =>
  homes.flatMap((home) => (home.kind === 'host' ? hostFaults(home) : memberFaults(home, hostKeys)));

const hostFaults = ({ lines }: LedgerView): string[] => {
  const invites = new Map<string, { role: string; name: string }>();
  const people = new Set<string>();
  const runners = new Set<string>();
  const trusted = new Set<string>();
  const faults: string[] = [];
  for (const line of lines) {
    const type = tagOf(line, 'type');
    const { pubkey } = line.event;
    const complain = (why: string) => faults.push(`the Host took ${type} (line ${line.n}): ${why}`);
    if (type === 'invite.issued') invites.set(String(bodyOf(line).id), bodyOf(line) as never);
    if (type === 'graph.revision') {
      people.clear();
      for (const one of bodyOf<{ users: { pubkey: string }[] }>(line).users) people.add(one.pubkey);
    }
    if (type === 'runner.trust' && line.dir === 'out') {
      if (bodyOf(line).state === ('trusted' as never)) trusted.add(tagOf(line, 'p'));
      else trusted.delete(tagOf(line, 'p'));
    }
    if (line.dir !== 'in') continue;
    if (type === 'runner.hello' || type === 'user.hello') {
      const { name, invite } = bodyOf<{ name: string; invite?: { id: string } }>(line);
      const issued = invites.get(invite?.id ?? '');
      const isKnown = type === 'user.hello' ? people.has(pubkey) : runners.has(pubkey);
      if (!isKnown && (issued?.name !== name || !type.startsWith(issued.role)))
        complain('nobody was invited');
      if (type === 'runner.hello') runners.add(pubkey);
    } else if (!OF_A_RUNNER.includes(type)) complain('not for the Host');
    else if (!trusted.has(pubkey)) complain('by no trusted runner');
    // Its last word
    if (type === 'runner.goodbye') trusted.delete(pubkey);
  }
  return faults;
};

const memberFaults = ({ key, lines }: LedgerView, hostKeys: readonly string[]): string[] => {
  const routes = new Map<string, Routes>();
  const faults: string[] = [];
  for (const line of lines.filter(({ dir }) => dir === 'in')) {
    const type = tagOf(line, 'type');
    const why = hostKeys.includes(line.event.pubkey) ? hostFault(line, key) : peerFault(line, routes);
    if (why !== null) faults.push(`${key.slice(0, 8)} took ${type} (line ${line.n}): ${why}`);
    if (type === 'routes') learn(line, routes);
  }
  return faults;
};

const hostFault = (line: Line, key: string): string | null => {
  if (!OF_THE_HOST.includes(tagOf(line, 'type'))) return 'the Host says no such thing';
  return tagOf(line, 'p') === key ? null : 'not for this key';
};

const peerFault = (line: Line, routes: ReadonlyMap<string, Routes>): string | null => {
  const type = tagOf(line, 'type');
  const peer = routes.get(tagOf(line, 'p'))?.peers.find((one) => one.pubkey === line.event.pubkey);
  if (!peer) return 'by nobody that its routes name';
  const edges = peer.relations.filter(({ disabled }) => !disabled);
  if (OVER_ANY_EDGE.includes(type)) return edges.length > 0 ? null : 'over no edge';
  const rule = OVER_EDGES[type];
  if (!rule?.kinds.includes(peer.kind)) return `nothing that a ${peer.kind} says`;
  // Of my relation to the peer: side a is the left end, and then the peer stands at the right one.
  const isOver = edges.some(
    ({ relation, side, only }) =>
      ([rule.relation, ...(rule.also ?? '').split(' ')].includes(relation) ||
        (rule.reviews && relation === 'reviews')) &&
      (side === 'a' ? 'right' : 'left') ===
        (relation === 'reviews' ? (rule.reviews ?? rule.end) : rule.end) &&
      (!only || only.includes(type)),
  );
  return isOver ? null : 'over no edge that carries it';
};

const learn = (line: Line, routes: Map<string, Routes>): void => {
  const body = bodyOf<{ self: { pubkey: string | null }; n: number; peers: Peer[] }>(line);
  const owner = body.self.pubkey ?? tagOf(line, 'p');
  const order: Routes['order'] = [epochOf(line), body.n];
  const before = routes.get(owner)?.order;
  if (before && (before[0] > order[0] || (before[0] === order[0] && before[1] > order[1]))) return;
  routes.set(owner, { order, peers: body.peers });
};

type Graph = {
  nodes: Record<string, { kind: string; pubkey?: string }>;
  edges: { from: string; relation: string; to: string }[];
};
/** Routes that the Host sent and that its own graph at that revision does not have. */
export const routesBesideGraph = (lines: readonly Line[], graphOf: (digest: string) => Graph): string[] =>
  lines
    .filter((line) => line.dir === 'out' && tagOf(line, 'type') === 'routes')
    .flatMap((line) => {
      const body = bodyOf<{ digest: string; self: { name: string }; peers: Peer[] }>(line);
      const { nodes, edges } = graphOf(body.digest);
      const me = body.self.name;
      return body.peers.flatMap(({ name, pubkey, kind, relations }) => {
        const isTheirs = relations.every(({ relation, side }) =>
          edges.some(
            (edge) =>
              edge.relation === relation &&
              (side === 'a' ? edge.from === me && edge.to === name : edge.from === name && edge.to === me),
          ),
        );
        const isKey = kind !== 'user' || nodes[name]?.pubkey === pubkey;
        return isTheirs && isKey ? [] : [`routes of ${me} (line ${line.n}) name ${name} beside the graph`];
      });
    });
