/** Serves a Host: claims its epoch, says what is to be said, renews leases, beats. */
import { isWord } from '../../core/encoding/grammar.ts';
import { EntangleError } from '../../core/errors.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import type { Message } from '../../core/protocol/message.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { LIVE_ASSIGNMENT_STATES, READ_STATES } from '../../core/vocabulary.ts';
import { serveBlobs } from '../messaging/blobs.ts';
import { startExchange } from '../messaging/exchange.ts';
import { type Home, nowSeconds } from '../messaging/home.ts';
import { bootEntries, fencedError, requireUnfenced } from '../messaging/host-conflict.ts';
import { reconcile } from '../messaging/reconciler.ts';
import { createTickets } from '../messaging/tickets.ts';
import { ApiCounts } from './api-counts.ts';
import { createCancels } from './cancel-session.ts';
import { checkpointNow, isCheckpointDue } from './checkpoints.ts';
import { answerEvidence } from './evidence.ts';
import { type Fresh, freshness } from './fresh.ts';
import { answerSecrets } from './grant-secrets.ts';
import type { Host, HostOptions } from './host.ts';
import { claimEpoch, headOf, loadGraph } from './host.ts';
import { REVOKE } from './kept-assignments.ts';
import { createLivenessRecord } from './liveness.ts';
import { logHost } from './log-lines.ts';
import { createLogProofs } from './log-proofs.ts';
import { News } from './news.ts';
import { OpenAssignments } from './open-assignments.ts';
import { enrolBootstrap, enrolEnvironment, operatorsOf } from './operators.ts';
import { placeNodes } from './place.ts';
import { Presence } from './presence.ts';
import { reconcileAssignments } from './reconcile-assignments.ts';
import {
  loadAccepts,
  memberKeys,
  membersEvents,
  routesBasis,
  sayRoutes,
  successionEvents,
} from './routes.ts';
import { NO_ROUTES_MADE } from './routes-made-of.ts';
import { removeRemains } from './secrets.ts';
import { createTelling, isRecovered } from './succession.ts';
import { trustAgain } from './taken-over.ts';
import { requireOperators } from './tokens.ts';
import { createWitnesses } from './witnesses.ts';

const BEAT_MS = 10_000;
const RELAY_MS = 5_000;
const CHECKPOINT_LOOK_MS = 60_000;

export type RunningHost = { host: Host; ended: Promise<EntangleError>; close(): Promise<void> };

/** Starts serving; `ended` resolves when the Host must stop acting because another boot was heard. */
export const startHost = async (options: HostOptions): Promise<RunningHost> => {
  const { home } = options;
  const takeOver = options.takeOver || isRecovered(home);
  if (!takeOver) requireUnfenced(home);
  await enrolBootstrap(home, options.bootstrap);
  await enrolEnvironment(home, options.environment);
  requireOperators(operatorsOf(home), nowSeconds(home));
  await claimEpoch(home, takeOver);
  let end: (error: EntangleError) => void = () => {};
  const ended = new Promise<EntangleError>((resolve) => {
    end = resolve;
  });
  const fenced = (epoch: number) => {
    // The other one hears of this one too, and stops
    const last = epoch === home.epoch!.n ? beat(host).catch(() => undefined) : Promise.resolve();
    void last.finally(() => end(fencedError(epoch)));
  };
  await removeRemains(home);
  const isFresh = freshness(nowSeconds(home));
  const graph = await loadGraph(home);
  const news = new News(home.clock);
  // From here to the first step nothing is awaited: mail that waits finds a whole Host.
  const exchange = startExchange(home, {
    changed: () => host.poke(),
    released: () => {
      if (host.isWaiting) loop.poke();
    },
    ephemeral: (m) => {
      if (m.type === 'checkpoint.request')
        void witnesses(m as Message<BodyOf<'checkpoint.request'>>).catch(unproven);
      else onEphemeral(host, m, fenced, isFresh);
    },
    fenced,
  });
  const host: Host = {
    ...options,
    takeOver,
    exchange,
    graph,
    reconciled: { graph: null, n: 0 },
    assignments: new OpenAssignments(home.tables),
    standings: { graph: null, pairs: new Map() },
    lastTold: NO_ROUTES_MADE,
    told: '',
    placementBasis: '',
    isWaiting: false,
    presence: new Presence(home.clock),
    accepts: new Map(),
    checkpointing: Promise.resolve(),
    requests: new ApiCounts(),
    poke: () => {
      loop.poke();
      news.tell();
    },
    news,
    mutex: createMutex(),
  };
  const unproven = (error: unknown) =>
    home.log('warning', `cannot prove a checkpoint: ${error instanceof Error ? error.message : error}`);
  const witnesses = createWitnesses(host);
  const members = createMembers(host);
  const tellChanges = logHost(host);
  const recordLiveness = createLivenessRecord(host);
  const tellSuccession = createTelling(host);
  const proveLogged = createLogProofs(host);
  const tellCancels = createCancels(host);
  let isRenewed = false;
  const loop = reconcile(
    home.clock,
    BEAT_MS,
    async () => {
      tellChanges();
      if (!isRenewed) await exchange.renewEpoch();
      if (!isRenewed && takeOver) await trustAgain(host);
      isRenewed = true;
      await tellSuccession();
      // A relay that takes no members list keeps nobody from their routes; it is asked again after them.
      const refusal = await members().catch((error: unknown) => ({ error }));
      await reconcileAssignments(host);
      await recordLiveness();
      await placeNodes(host);
      await tellCancels();
      await loadAccepts(host);
      const basis = routesBasis(host);
      if (basis !== host.told && (await sayRoutes(host, basis))) host.told = basis;
      await serveBlobs(home, exchange);
      await answerSecrets(host);
      await answerEvidence(host);
      if (refusal) throw refusal.error;
    },
    (error) => home.log('error', error instanceof Error ? error.message : String(error)),
  );
  const beats = reconcile(
    home.clock,
    BEAT_MS,
    () => beat(host),
    (error) => home.log('warning', `cannot send a beat: ${error instanceof Error ? error.message : error}`),
  );
  const begun = home.clock.now();
  const checkpoints = reconcile(
    home.clock,
    CHECKPOINT_LOOK_MS,
    async () => {
      if (isCheckpointDue(host, begun)) await checkpointNow(host);
      await proveLogged();
    },
    (error) =>
      home.log('warning', `cannot sign a checkpoint: ${error instanceof Error ? error.message : error}`),
  );
  return {
    host,
    ended,
    async close() {
      await checkpoints.stop();
      await beats.stop();
      await loop.stop();
      await exchange.close();
    },
  };
};

export const createMutex = (): Host['mutex'] => {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work, work);
    last = mine.catch(() => undefined);
    return mine;
  };
};

/**
 * Publishes the list again whenever it changed, and once after each start; the same one to a relay that is reached anew,
 * which may not have been there when it changed, or have lost it since: without it nobody can write there but the Host.
 */
const createMembers = (host: Host): (() => Promise<void>) => {
  const tickets = createTickets(host.home);
  let published = '';
  let events: readonly SignedEvent[] = [];
  let at = 0;
  let told: ReadonlySet<string> = new Set();
  return async () => {
    if (!host.members) return;
    const all = { keys: memberKeys(host), tickets: tickets.open() };
    const isKnown = JSON.stringify(all) === published;
    const reached = reachedRelays(host.home);
    if (isKnown && reached.every((relay) => told.has(relay))) return;
    // Nothing else of the Host goes on meanwhile: however much a relay gives
    if (!(await host.exchange.synced(RELAY_MS, RELAY_MS)))
      throw new EntangleError('unavailable', 'no relay is reachable');
    const list = isKnown ? events : membersEvents(host, all, at);
    for (const event of [...successionEvents(host), ...list]) {
      if (!(await host.exchange.publish(event)))
        throw new EntangleError('unavailable', 'the relay rejected the members list');
      at = Math.max(at, event.created_at);
    }
    events = list;
    published = JSON.stringify(all);
    told = new Set(reached);
  };
};

/** Those that are connected, each with when that began or changed last. */
const reachedRelays = ({ relays, tables }: Home): string[] =>
  relays.flatMap((url) => {
    const row = tables.get('relays', url);
    return row && isWord(READ_STATES, row.state) ? [`${url} ${row.at}`] : [];
  });

const beat = async (host: Host): Promise<void> => {
  const { home } = host;
  const head = headOf(home);
  const runners = home.tables.list('trust', {}).filter((row) => row.state === 'trusted');
  for (const to of [home.self.pubkey, ...runners.map((row) => row.pubkey)])
    await host.exchange.sendEphemeral({
      type: 'host.beat',
      from: home.self.pubkey,
      to,
      body: { revision: head?.n ?? 0, digest: head?.digest ?? null },
      dedup: 'beat',
    });
};

const onEphemeral = (host: Host, m: Message, fenced: (epoch: number) => void, isFresh: Fresh): void => {
  if (m.type === 'runner.heartbeat')
    void renew(host, m as Message<BodyOf<'runner.heartbeat'>>, isFresh).catch((error: unknown) =>
      host.home.log('warning', `cannot renew leases: ${error instanceof Error ? error.message : error}`),
    );
  // Another boot of the same epoch is refused before it comes here, and stops the Host there
  if (m.type === 'host.beat' && m.epoch.n > host.home.epoch!.n)
    void yieldTo(host, m).finally(() => fenced(m.epoch.n));
};

/** Another boot took over. It is on record before this one stops, so that it stays so. */
const yieldTo = async ({ home }: Host, m: Message): Promise<void> => {
  try {
    await home.ledger.append(() => bootEntries(home, m));
  } catch (error) {
    home.log('error', `cannot write down what took over: ${error instanceof Error ? error.message : error}`);
  }
};

/** Renews what this runner holds under its present fence; what expired meanwhile it is told to let go. */
const renew = async (host: Host, m: Message<BodyOf<'runner.heartbeat'>>, isFresh: Fresh): Promise<void> => {
  if (!isFresh(m)) return;
  const isNews = !host.presence.isLive(m.from);
  host.presence.heard(m.from);
  if (isNews) host.poke();
  const over: { assignment: string; fence: number }[] = [];
  const leases = m.body.leases.flatMap(({ assignment, fence }) => {
    const row = host.home.tables.get('assignments', assignment);
    const good = row?.runner === m.from && row.fence === fence && isWord(LIVE_ASSIGNMENT_STATES, row.state);
    if (!good) {
      if (row?.runner === m.from && row.state === 'expired') over.push({ assignment, fence });
      return [];
    }
    host.presence.renewed(assignment);
    return [{ assignment, fence, leaseMs: host.leaseMs }];
  });
  await host.exchange.sendEphemeral({
    type: 'assignment.renew',
    from: host.home.self.pubkey,
    to: m.from,
    body: { beat: m.body.beat, leases },
    dedup: `renew:${m.body.beat}`,
  });
  await host.exchange.send(
    over.map((one) => ({
      type: 'assignment.revoke' as const,
      from: host.home.self.pubkey,
      to: m.from,
      body: { ...one, reason: 'expired' },
      dedup: `${REVOKE}${one.assignment}`,
    })),
  );
};
