/** Answers offers, brings node keys to life, and lets go of what was revoked. */
import { toHex } from '../../core/encoding/bytes.ts';
import { cutText } from '../../core/encoding/cut.ts';
import { EntangleError } from '../../core/errors.ts';
import { memoryLack } from '../../core/graph/memory.ts';
import { needsProbe, unproven } from '../../core/graph/tried.ts';
import { offerIdOf, type RunningAssignment, runningAssignments } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { Engine } from '../../ports/index.ts';
import type { Identity } from '../messaging/home.ts';
import { signNodeProof } from '../messaging/node-proof.ts';
import { readBody } from '../messaging/read-event.ts';
import { type Runner, specOf } from './runner.ts';

/** Answers each offer once, and keeps the identities in step with what is assigned. Without trust it takes nothing. */
export const keepAssignments = async (runner: Runner): Promise<void> => {
  const offered = isTrustedHere(runner) ? runner.home.tables.list('assignments', { state: 'offered' }) : [];
  for (const row of offered) await answer(runner, row).catch((error: unknown) => told(runner, row, error));
  const held = heldAssignments(runner);
  // A key that cannot be read keeps its own node down, and no other.
  for (const row of held) await activateNode(runner, row).catch((error: unknown) => told(runner, row, error));
  deactivateNode(runner, held);
};

const told = (runner: Runner, row: RowOf<'assignments'>, error: unknown): void => {
  if (!(error instanceof EntangleError)) throw error;
  runner.home.log('error', `"${row.node}" cannot run here: ${error.message}`);
};

/** Accepted here and not overtaken: of two assignments of one node only the higher fence counts. */
export const heldAssignments = (runner: Runner): RunningAssignment[] =>
  !isTrustedHere(runner)
    ? []
    : runningAssignments(runner.home.tables).filter(
        (row) => !isOvertaken(runner, row) && !runner.letGo.has(row.id),
      );

/** By the Host's last word: a runner that is not trusted any more lets its nodes go at once. */
export const isTrustedHere = ({ home }: Runner): boolean =>
  home.tables.get('trust', home.self.pubkey)?.state === 'trusted';

const isOvertaken = (runner: Runner, row: RowOf<'assignments'>): boolean =>
  runner.home.tables
    .list('assignments', { node: row.node })
    .some((other) => other.fence > row.fence && other.state !== 'rejected');

const answer = async (runner: Runner, row: RowOf<'assignments'>): Promise<void> => {
  const { home } = runner;
  const offerId = offerIdOf(row);
  const offer = await readBody<BodyOf<'assignment.offer'>>(home, offerId);
  if (!offer) return;
  const common = { from: home.self.pubkey, to: home.host, re: offerId };
  const refusal = await refusalOf(runner, row);
  if (refusal) {
    const body = { assignment: offer.assignment, fence: offer.fence, ...refusal };
    await runner.exchange.send([
      { type: 'assignment.reject', ...common, body, dedup: `reject:${offer.assignment}` },
    ]);
    return;
  }
  const node = await newIdentity(runner, offer.assignment, offer.node);
  const proof = signNodeProof(home, node, {
    node: offer.node,
    assignment: offer.assignment,
    fence: offer.fence,
    runner: home.self.pubkey,
    host: home.host,
    challenge: offer.challenge,
  });
  const { assignment, fence } = offer;
  const body = { assignment, node: offer.node, fence, pubkey: node.pubkey, proof: proof as never };
  const accept: Draft<'assignment.accept'> = {
    type: 'assignment.accept',
    ...common,
    body,
    dedup: `accept:${assignment}`,
  };
  await runner.exchange.send([accept]);
};

const MAX_DETAIL = 400;

const refusalOf = async (
  runner: Runner,
  row: RowOf<'assignments'>,
): Promise<{ reason: string; detail: string } | null> => {
  if (runner.leaving !== null) return { reason: 'leaving', detail: 'it leaves this federation' };
  if (isOvertaken(runner, row))
    return { reason: 'stale_fence', detail: 'a later assignment of this node is known here' };
  const spec = await specOf(runner, row.offer);
  if (!spec) return { reason: 'bad_spec', detail: 'the node is not one that this version understands' };
  const engine: Engine | null = runner.engines[spec.engine.type];
  if (engine === null) return { reason: 'no_engine', detail: `no ${spec.engine.type} engine here` };
  const objection = await engine.objection(spec.engine);
  if (objection !== null) return { reason: 'no_engine', detail: cutText(objection, MAX_DETAIL) };
  if (!runner.sandbox.includes(spec.policy.sandbox))
    return { reason: 'no_sandbox', detail: `no sandbox ${spec.policy.sandbox} here` };
  const lack = memoryLack(spec.engine, runner);
  if (lack !== null) return { reason: 'no_memory', detail: lack };
  const missing = needsProbe(spec) ? unproven(spec, await runner.probes()) : null;
  if (missing !== null) return { reason: 'no_probe', detail: missing };
  return null;
};

const keyNameOf = (assignment: string): string => `node-${assignment}`;

/** The key of an assignment that was answered. */
const nodeIdentity = async (runner: Runner, assignment: string, name: string): Promise<Identity> => {
  const secretKey = await runner.keys.read(keyNameOf(assignment));
  return { role: 'node', name, pubkey: toHex(runner.home.suite.publicKey(secretKey)), secretKey };
};

/** The same, made where it is used; found again where a crash came between key and answer. */
const newIdentity = async (runner: Runner, assignment: string, name: string): Promise<Identity> => {
  try {
    return await nodeIdentity(runner, assignment, name);
  } catch (error) {
    if (!(error instanceof EntangleError) || error.code !== 'not_found') throw error;
    await runner.keys.create(keyNameOf(assignment), runner.home.random.bytes(32));
    return nodeIdentity(runner, assignment, name);
  }
};

/** Loads the node's key into this process, listens for it, and says once that it started. */
const activateNode = async (runner: Runner, row: RunningAssignment): Promise<void> => {
  const { home, exchange } = runner;
  if (!home.identities.has(row.pubkey)) {
    const identity = await nodeIdentity(runner, row.id, row.node);
    home.identities.set(identity.pubkey, identity);
    exchange.identitiesChanged();
  }
  if (row.state !== 'accepted' || home.leases.endOf(row.pubkey) === undefined) return;
  const body = { assignment: row.id, fence: row.fence, state: 'started' as const };
  await exchange.send([
    { type: 'assignment.receipt', from: home.self.pubkey, to: home.host, body, dedup: `started:${row.id}` },
  ]);
};

/** A node whose assignment ended signs nothing more; its turns are stopped. */
const deactivateNode = (runner: Runner, assigned: readonly RunningAssignment[]): void => {
  const { home, exchange } = runner;
  const held = new Set(assigned.map((row) => row.pubkey));
  for (const [pubkey, identity] of home.identities) {
    if (identity.role !== 'node' || held.has(pubkey)) continue;
    home.identities.delete(pubkey);
    home.leases.remove(pubkey);
    home.pairs.forget(pubkey);
    exchange.identitiesChanged();
    for (const session of home.tables.list('sessions', { open: 1, node: pubkey }))
      runner.turns.stop(session.id);
  }
};
