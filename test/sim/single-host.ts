/** A home with the real Host. Runners, people and nodes are keys. */

import { fingerprint } from '../../src/core/crypto/fingerprint.ts';
import type { Suite } from '../../src/core/crypto/suite.ts';
import { fromHex } from '../../src/core/encoding/bytes.ts';
import { canonicalGraph } from '../../src/core/graph/revision.ts';
import type { HostClient } from '../../src/core/host-api/client.ts';
import { newToken, tokenDigest } from '../../src/core/host-api/token.ts';
import type { SignedEvent } from '../../src/core/nostr/event.ts';
import { readInvite } from '../../src/core/protocol/invite.ts';
import type { BodyOf } from '../../src/core/protocol/table.ts';
import type { SessionState, TrustDecision } from '../../src/core/vocabulary.ts';
import { hostApi } from '../../src/services/host/api.ts';
import { applyGraph } from '../../src/services/host/graph.ts';
import { headOf } from '../../src/services/host/host.ts';
import { invite } from '../../src/services/host/invite.ts';
import { decideTrust } from '../../src/services/host/runners.ts';
import { startHost } from '../../src/services/host/serve.ts';
import { inviteProofOf } from '../../src/services/messaging/admission.ts';
import type { Identity } from '../../src/services/messaging/home.ts';
import { signNodeProof } from '../../src/services/messaging/node-proof.ts';
import { askedRequest } from '../support/asked-request.ts';
import { noIssuer } from '../support/issuer.ts';
import { knownMeasures } from '../support/measures.ts';
import { createWorld, type Name, uuidOf } from '../support/world.ts';
import { memoryUsedOnce } from './memory-used-once.ts';
import { createSingleHome, graphOf } from './single-home.ts';

export const OPERATOR = 'operator';
export const LEASE_MS = 60_000;
export const HOST_GRAPH = `graph: acme
nodes:
  alice: { kind: user, pubkey: $user }
  bob: { kind: user, pubkey: $bob }
  builder:
    kind: agent
    engine: { type: exec, auth: none, command: ["true"] }
    policy: { sandbox: none }
edges: [alice delegates_to builder, bob delegates_to builder]
`;
export const WITHOUT_BOB = HOST_GRAPH.replace('  bob: { kind: user, pubkey: $bob }\n', '').replace(
  ', bob delegates_to builder',
  '',
);
/** With an agent as `builder` is, to whom no edge leads. */
export const WITH_HELPER = HOST_GRAPH.replace(
  / {2}builder:\n((?: {4}.*\n)+)/,
  (all, body) => `${all}  helper:\n${body}`,
);
/** With so many agents below alice that no message holds them. */
export const WITH_MANY = (() => {
  const names = Array.from({ length: 150 }, (_, i) => `agent-${i}`);
  const agent = '{ kind: agent, engine: { type: exec, auth: none, command: ["true"] } }';
  const nodes = names.map((name) => `  ${name}: ${agent}\n`).join('');
  const edges = names.map((name) => `, alice delegates_to ${name}`).join('');
  return HOST_GRAPH.replace('edges:', `${nodes}edges:`).replace(/\]\n$/, `${edges}]\n`);
})();
export type SingleHost = Awaited<ReturnType<typeof startSingleHost>>;
/** What a runner tells of a session; its first step is shown with who asked for it. */
export type Seen = {
  state: SessionState;
  session?: string;
  attempt?: number;
  step?: number;
  from?: Name;
  reason?: string;
};
/** The one that is meant where none is named. */
export const SEEN_SESSION = uuidOf(0xe1);
const NEWEST = { order: 'fence', descending: true, limit: 1 } as const;
type Facts = Partial<Omit<BodyOf<'runner.hello'>, 'name' | 'invite'>>;

type Options = { members?: boolean; leaseMs?: number; suite?: Suite };
export const startSingleHost = async ({
  members = false,
  leaseMs = LEASE_MS,
  suite: given,
}: Options = {}) => {
  const one = createSingleHome('host', 'host', undefined, createWorld(given));
  const { home, world, suite, actors, time, hear, random, said } = one;
  const token = newToken(random);
  const running = await startHost({
    home,
    bootstrap: tokenDigest(suite, token),
    environment: null,
    relays: home.relays,
    leaseMs,
    recovery: '00'.repeat(32),
    logKey: new Uint8Array(32).fill(7),
    verifyIdentity: noIssuer,
    signedRequests: memoryUsedOnce(),
    measure: knownMeasures,
    members,
    takeOver: false,
  });
  const { host } = running;
  const apply = (text = HOST_GRAPH, base = headOf(home)) => {
    const canonical = canonicalGraph(graphOf(world, text));
    return applyGraph(host, { canonical, base: { n: base?.n ?? 0, digest: base?.digest ?? null } }, OPERATOR);
  };
  const roleOf = (key: Name): 'runner' | 'user' => (actors[key].role === 'runner' ? 'runner' : 'user');
  /** The proof of a new invite. */
  const invited = async (key: Name, name: string, rejoin = false) => {
    const wanted = { role: roleOf(key), name, expiresMs: 60_000, rejoin };
    const { id, secret } = readInvite((await invite(host, wanted)).invite);
    const about = { host: home.host, self: actors[key].pubkey, graph: home.graph, role: wanted.role, name };
    return { id, hmac: inviteProofOf(suite, fromHex(secret), about) };
  };
  /** Presents a runner or person with it. */
  const join = async (key: Name, name: string, facts: Facts = {}, rejoin = false) => {
    const role = roleOf(key);
    const proof = await invited(key, name, rejoin);
    if (role === 'user')
      return hear({ type: 'user.hello', from: key, to: 'host', body: { name, invite: proof } });
    const defaults = {
      version: '0',
      platform: 'simulated',
      labels: {},
      engines: ['exec' as const],
      sandbox: ['none' as const],
      capacity: 4,
    };
    const body = { name, ...defaults, ...facts, invite: proof };
    return hear({ type: 'runner.hello', from: key, to: 'host', body });
  };
  const trust = (key: Name, name: string, state: TrustDecision = 'trusted') =>
    decideTrust(host, name, state, fingerprint(suite, 'runner', home.host, actors[key].pubkey));
  type Held = BodyOf<'runner.heartbeat'>['leases'];
  const heartbeat = async (from: Name, leases: Held = [], more: { at?: number; beat?: string } = {}) => {
    const { beat = Buffer.from(random(16)).toString('hex'), ...when } = more;
    await hear({ type: 'runner.heartbeat', from, to: 'host', body: { beat, running: 0, leases }, ...when });
    // The answer is under way: nobody waits for it.
    await time.pass(0);
    return beat;
  };
  /** A runner that joined, is trusted and was heard. */
  const addRunner = async (key: Name, name: string, facts: Facts = {}) => {
    await join(key, name, facts);
    await trust(key, name);
    await heartbeat(key);
  };
  const offers = (node = 'builder') => said('assignment.offer').filter(({ body }) => body.node === node);
  /** The answer to an offer, by the runner that got it; its node runs under the key. */
  const accept = (
    offer: { body: BodyOf<'assignment.offer'>; to: string; event: SignedEvent },
    key: Identity = actors.node,
  ) => {
    const { assignment, node, fence, challenge } = offer.body;
    const about = { node, assignment, fence, runner: offer.to, host: home.host, challenge };
    const proof = signNodeProof(home, key, about) as never;
    const body = { assignment, node, fence, pubkey: key.pubkey, proof };
    const from = world.byKey.get(offer.to)!.name as Name;
    return hear({ type: 'assignment.accept', from, to: 'host', re: offer.event.id, body });
  };
  /** Graph, a trusted runner, and the node that it accepted. */
  const place = async () => {
    await apply();
    await addRunner('runner', 'r1');
    await time.until('an offer', () => offers()[0], 5000);
    await accept(offers()[0]!);
    const { assignment, fence } = offers()[0]!.body;
    return { assignment, fence };
  };
  const observe = (seen: Seen) => {
    const { state, session = SEEN_SESSION, attempt = 1, step = 1, from = 'runner', reason } = seen;
    const budget = { hops: 8, turns: 5, path: ['alice'] };
    const asked = { session, attempt, task: 'mend it', budget };
    const [has] = home.tables.list('assignments', { runner: actors[from].pubkey }, NEWEST);
    // Of an offer that is open the key is not known yet
    const to = world.byKey.get(has?.pubkey ?? '')?.name ?? 'peer';
    const request = world.compose({ type: 'task.request', from: 'user', to: to as Name, body: asked });
    const move = { session, attempt, step, state, ...(reason !== undefined && { reason }) };
    const of = { node: 'builder', requester: actors.user.pubkey };
    const body = { ...move, ...of, evidence: step === 1 ? [request as never] : [] };
    return hear({ type: 'session.observed', from, to: 'host', body });
  };
  const routesTo = (owner: Name) =>
    said('routes').filter(({ body }) => body.self.pubkey === actors[owner].pubkey);
  const handle = hostApi(host);
  /** The Host API as an admin calls it. */
  const client: HostClient = async ({ method, path, body }) => {
    const [bare, query = ''] = path.split('?') as [string, string?];
    const given = { query: Object.fromEntries(new URLSearchParams(query)), body: body ?? null };
    const credential = { kind: 'bearer', token } as const;
    const answer = await handle(askedRequest({ method, path: bare, ...given, credential }));
    return 'body' in answer ? answer.body : answer;
  };
  const steps = {
    client,
    apply,
    invited,
    join,
    trust,
    heartbeat,
    addRunner,
    offers,
    accept,
    place,
    observe,
    routesTo,
  };
  return { ...one, ...running, ...steps, token };
};
