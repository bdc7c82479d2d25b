/**
 * What the Host may believe of runners and say of them, once more and independently: each acts for the assignments that
 * it was offered, under their fences, and for as long as it is trusted.
 */
import { createHmac } from 'node:crypto';
import type { Line } from '../../src/core/ledger/line.ts';
import { bodyOf, tagOf } from './model.ts';

type Offer = { runner: string; node: string; fence: number; challenge: string; key: string | null };
type Event = Line['event'];
type Known = {
  offers: Map<string, Offer>;
  fences: Map<string, number>;
  trusted: Set<string>;
  /** Keys of people in any revision, and of nodes. */
  keys: Set<string>;
  /** By session and attempt, approval or work product: which runner told of it. */
  tellers: Map<string, string>;
};
export type HostView = { key: string; graph: string; lines: readonly Line[] };

/** Lines of the Host that say or believe of runners what nothing before them allows. */
export const beyondAssignment = ({ key, graph, lines }: HostView): string[] => {
  const offers = new Map<string, Offer>();
  const known: Known = { offers, fences: new Map(), trusted: new Set(), keys: new Set(), tellers: new Map() };
  return lines.flatMap((line) => {
    const why = line.dir === 'in' ? believed(known, line, key, graph) : said(known, line);
    return why === null ? [] : [`line ${line.n} of the Host, ${tagOf(line, 'type')}: ${why}`];
  });
};

const said = (known: Known, line: Line): string | null => {
  const type = tagOf(line, 'type');
  const to = tagOf(line, 'p');
  if (type === 'graph.revision')
    for (const { pubkey } of bodyOf<{ users: { pubkey: string }[] }>(line).users) known.keys.add(pubkey);
  if (type === 'runner.trust' && line.dir === 'out') {
    if (bodyOf<{ state: string }>(line).state === 'trusted') known.trusted.add(to);
    else known.trusted.delete(to);
  }
  if (type === 'assignment.offer') return offered(known, line);
  return type === 'routes' ? namesStranger(known, line) : null;
};

/** Signed again under a later epoch it is the same offer. */
const offered = ({ offers, fences, trusted }: Known, line: Line): string | null => {
  const { assignment, node, fence, challenge } = bodyOf<Offer & { assignment: string }>(line);
  if (offers.has(assignment)) return null;
  const runner = tagOf(line, 'p');
  offers.set(assignment, { runner, node, fence, challenge, key: null });
  const isNext = fence > (fences.get(node) ?? 0);
  fences.set(node, fence);
  if (!isNext) return 'a fence that does not rise';
  return trusted.has(runner) ? null : 'to a runner that nobody trusts';
};

type Peer = { name: string; kind: string; pubkey: string | null };
const namesStranger = ({ offers, trusted }: Known, line: Line): string | null => {
  const agents = bodyOf<{ peers: Peer[] }>(line).peers.filter(
    ({ kind, pubkey }) => kind === 'agent' && pubkey,
  );
  const isKnown = ({ name, pubkey }: Peer) =>
    [...offers.values()].some((one) => one.node === name && one.key === pubkey && trusted.has(one.runner));
  return agents.every(isKnown) ? null : 'names a key that no trusted runner has taken';
};

const believed = (known: Known, line: Line, host: string, graph: string): string | null => {
  const type = tagOf(line, 'type');
  const runner = line.event.pubkey;
  const body = bodyOf<Record<string, string & number>>(line);
  const isFirst = (id: string): boolean => {
    const teller = known.tellers.get(id) ?? runner;
    known.tellers.set(id, teller);
    return teller === runner;
  };
  if (type.startsWith('assignment.')) {
    const offer = known.offers.get(body.assignment!);
    if (offer?.runner !== runner || offer.fence !== body.fence) return 'not what it was offered';
    return type === 'assignment.accept' ? accepted(known, line, offer, [host, graph]) : null;
  }
  if (type === 'session.observed') {
    if (![...known.offers.values()].some((one) => one.runner === runner && one.node === body.node))
      return 'a node that it never had';
    if (!isFirst(`session ${body.session} ${body.attempt}`)) return 'a session that another told of';
    return isEvident(known, line, 'session') ? null : 'evidence by nobody';
  }
  if (type === 'approval.observed') {
    if (!isFirst(`approval ${body.approval}`)) return 'an approval that another told of';
    return isEvident(known, line, 'approval') ? null : 'evidence by nobody';
  }
  return type === 'artifact.observed' && !isFirst(`artifact ${body.artifact}`)
    ? 'a work product that another told of'
    : null;
};

/** The node's key itself says that it belongs to exactly this offer. */
const accepted = (
  { keys }: Known,
  line: Line,
  offer: Offer,
  [host, graph]: [string, string],
): string | null => {
  type Accept = { assignment: string; node: string; pubkey: string; proof: Event };
  const { assignment, node, pubkey, proof } = bodyOf<Accept>(line);
  const { runner, fence, challenge, key } = offer;
  const says = JSON.stringify([graph, offer.node, assignment, fence, runner, host, challenge]);
  if (node !== offer.node || proof.pubkey !== pubkey || proof.content !== says)
    return 'a key that does not prove it';
  if (key === null && keys.has(pubkey)) return 'a key that somebody has';
  if (key !== null && key !== pubkey) return 'a second key';
  offer.key = pubkey;
  keys.add(pubkey);
  return null;
};

const isEvident = ({ keys }: Known, line: Line, about: 'session' | 'approval'): boolean => {
  const body = bodyOf<Record<string, unknown> & { evidence: Event[] }>(line);
  return body.evidence.every(
    ({ pubkey, content }) => keys.has(pubkey) && JSON.parse(content)[about] === body[about],
  );
};

/** Newcomers whose first hello does not prove the secret of an unused invite, as the Host's key gives it. */
export const cameUninvited = ({ key, graph, lines }: HostView, secretKey: Uint8Array): string[] => {
  const hmac = (of: Uint8Array, text: string) => createHmac('sha256', of).update(text).digest();
  const used = new Map<string, string>();
  return lines.flatMap((line) => {
    const type = tagOf(line, 'type');
    const { name, invite } = bodyOf<{ name: string; invite?: { id: string; hmac: string } }>(line);
    if (line.dir !== 'in' || !type.endsWith('.hello') || !invite) return [];
    const secret = hmac(secretKey, `entangle/invite/1/${invite.id}`).subarray(0, 16);
    const self = line.event.pubkey;
    const says = JSON.stringify(['entangle/invite/1', key, self, graph, type.split('.')[0], name]);
    const isProven = hmac(secret, says).toString('hex') === invite.hmac;
    const isUsed = (used.get(invite.id) ?? self) !== self;
    used.set(invite.id, self);
    return isProven && !isUsed ? [] : [`line ${line.n} of the Host, ${type}: an invite that is not its own`];
  });
};
