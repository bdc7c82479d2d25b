/** Runners as the operator sees and decides them. */

import { probeViewOf } from '../../core/acp/probe-record.ts';
import { fingerprint } from '../../core/crypto/fingerprint.ts';
import { isWord } from '../../core/encoding/grammar.ts';
import { npub } from '../../core/encoding/id.ts';
import { shownTime } from '../../core/encoding/time.ts';
import { EntangleError } from '../../core/errors.ts';
import type { RunnerOffer } from '../../core/graph/fit.ts';
import type { RunnerView } from '../../core/host-api/shapes.ts';
import { next } from '../../core/machines/machine.ts';
import { runnerMachine } from '../../core/machines/runner.ts';
import { isLeaving, type RunnerHello, runnerHellos } from '../../core/projection/queries.ts';
import { type Liveness, type RunnerTrust, TRUST_ENDINGS, type TrustDecision } from '../../core/vocabulary.ts';
import type { Host } from './host.ts';
import { secretsOfRunner } from './secret-exposure.ts';

export const trustOf = (host: Host, pubkey: string): RunnerTrust =>
  host.home.tables.get('trust', pubkey)?.state ?? 'pending';

export const isTrusted = (host: Host, pubkey: string): boolean => trustOf(host, pubkey) === 'trusted';

/** One that left is gone, however short ago it was heard. */
export const runnerLiveness = (host: Host, pubkey: string): Liveness =>
  trustOf(host, pubkey) === 'left' ? 'offline' : host.presence.livenessOf(pubkey);
/** Of runners. */
export const trustedKeys = ({ home }: Pick<Host, 'home'>): ReadonlySet<string> =>
  new Set(home.tables.list('trust').flatMap(({ pubkey, state }) => (state === 'trusted' ? [pubkey] : [])));

const silenceOf = ({ presence }: Host, pubkey: string): number | null => {
  const silence = presence.silenceOf(pubkey);
  return silence === null ? null : Math.round(silence);
};

const viewOf = (host: Host, row: RunnerHello): RunnerView => {
  const { pubkey, detail } = row;
  return {
    name: row.name,
    npub: npub(pubkey),
    trust: trustOf(host, pubkey),
    leaving: isLeaving(host.home.tables, pubkey),
    liveness: runnerLiveness(host, pubkey),
    silenceMs: silenceOf(host, pubkey),
    words: fingerprint(host.home.suite, 'runner', host.home.host, pubkey),
    engines: detail.engines,
    labels: detail.labels,
    sandbox: detail.sandbox,
    probes: (detail.probes ?? []).map(probeViewOf),
    capacity: detail.capacity,
    memory: detail.memory ?? null,
    secrets: secretsOfRunner(host.home.tables, pubkey),
    since: shownTime(row.at),
  };
};

/** What its hello offers, under the name it was invited by. */
export const offerOf = ({ name, detail }: RunnerHello): RunnerOffer => {
  const { engines, labels, sandbox, probes = [], memory, leaving } = detail;
  return {
    ...{ name, engines, labels, sandbox, probes },
    ...(memory !== undefined && { memory }),
    ...(leaving && { leaving }),
  };
};

export const listRunners = (host: Host) => ({
  items: runnerHellos(host.home.tables).map((row) => viewOf(host, row)),
  next: null,
});

/** The runner that bears the name now: not one that was rejected or revoked, if there is another. */
export const findRunner = (host: Host, name: string): RunnerHello => {
  const rows = runnerHellos(host.home.tables, name);
  const alive = rows.find((row) => !isWord(TRUST_ENDINGS, trustOf(host, row.pubkey)));
  const row = alive ?? rows[0];
  if (!row)
    throw new EntangleError('not_found', `no runner "${name}"`, {
      hint: 'see `entangle host runner list`; a runner is listed once it has joined',
    });
  return row;
};

/** The runner of that name, if it is trusted. */
export const requireTrusted = (host: Host, name: string): RunnerHello => {
  const runner = findRunner(host, name);
  if (isTrusted(host, runner.pubkey)) return runner;
  throw new EntangleError('not_authorized', `runner "${name}" is not trusted`, {
    hint: `trust it first: \`entangle host runner trust ${name}\``,
  });
};

export const showRunner = (host: Host, name: string): RunnerView => viewOf(host, findRunner(host, name));

const LEFT = 'make another home on its machine, with a key of its own, and invite that one';

/** `words` are those that the operator compared: a runner whose key changed meanwhile is not the one they saw. */
export const decideTrust = async (host: Host, name: string, state: TrustDecision, words: string) => {
  const row = findRunner(host, name);
  const pubkey = row.pubkey;
  const before = trustOf(host, pubkey);
  if (fingerprint(host.home.suite, 'runner', host.home.host, pubkey) !== words)
    throw new EntangleError('conflict', 'the words do not match this runner', {
      hint: `compare \`entangle host runner show ${name}\` and \`entangle runner status\``,
    });
  if (before !== state && next(runnerMachine, before, state) === null)
    throw new EntangleError('conflict', `runner "${name}" is ${before} and cannot become ${state}`, {
      ...(before === 'left' && { hint: `${LEFT}: \`entangle host invite runner --name ${name}\`` }),
    });
  if (before !== state)
    await host.exchange.send([
      {
        type: 'runner.trust',
        from: host.home.self.pubkey,
        to: pubkey,
        body: { runner: name, state },
        dedup: `trust:${state}:${host.home.epoch!.n}`,
      },
    ]);
  return showRunner(host, name);
};
