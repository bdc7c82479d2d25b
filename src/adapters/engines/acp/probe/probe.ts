/** Tries an agent without a model: what it does before it asks, and after it is told no, is seen by the files that it made, and by what it told its model of them. */
import { randomBytes } from 'node:crypto';
import { lstat, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbout } from '../../../../core/acp/canary-asked.ts';
import { CANARIES, type Canary, type ProbeTurn, type SeenCanary } from '../../../../core/acp/probe.ts';
import type { AgentNamed } from '../../../../core/acp/probe-record.ts';
import { MAX_PROBE } from '../../../../core/bounds.ts';
import { utf8 } from '../../../../core/encoding/bytes.ts';
import type { SandboxKind } from '../../../../core/vocabulary.ts';
import type { Permission, PermissionRequest, Turn } from '../../../../ports/index.ts';
import type { StarterOptions } from '../../starter.ts';
import { createAcpEngine } from '../engine.ts';
import { apiOf } from '../known-agents.ts';
import { agentOf } from '../profiles.ts';
import { callFor, type ModelAsked, type ModelCall } from './canary-calls.ts';
import { startProbeModel } from './model.ts';

type ProbeOptions = StarterOptions & {
  agent: AgentNamed;
  sandbox: SandboxKind;
  /** Of the probe alone, made anew, and removed by who made it. */
  directory: string;
  hidden: readonly string[];
  signal: AbortSignal;
  timeMs?: number;
};
/** `isPinned`: its profile holds it to a mode. */
export type Probed = { seen: SeenCanary[]; turns: ProbeTurn[]; isPinned: boolean };

const MODEL = 'probe';
/** Its own names for where its model is are known of an agent with a profile; others are told as most agents read it. */
const toldOf = (endpoint: string, key: string) => ({
  OPENAI_BASE_URL: endpoint,
  OPENAI_API_KEY: key,
  OPENAI_MODEL: MODEL,
});

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

type Kinds = (typeof CANARIES)[number];
type Place = Pick<Turn, 'workspace' | 'scratch'>;
/** Names that no agent can know before: what is there was made by this canary. */
const canariesOf = (kinds: Kinds, { workspace, scratch }: Place) =>
  kinds.map(([kind, answer]) => {
    const name = `canary-${randomBytes(8).toString('hex')}`;
    const path = join(kind === 'outside' ? join(scratch, 'tmp') : workspace, name);
    const seen: SeenCanary = {
      kind,
      answer,
      name,
      isGiven: false,
      asked: null,
      isThrough: false,
      isMade: false,
    };
    return {
      seen,
      path,
      said: kind === 'command' || kind === 'subagent' ? name : path,
      placed: { kind, name, path, workspace },
    };
  });

const answerTo = ({ answer }: Canary): Permission =>
  answer === 'approved'
    ? // What comes through its runner is then asked for there
      { decision: 'approved', reason: 'a probe' }
    : { decision: 'rejected', reason: 'a probe' };

const probeTurn = async (options: ProbeOptions, kinds: Kinds, place: Place) => {
  const all = canariesOf(kinds, place);
  const looks = all.filter(({ seen }) => seen.kind === 'look');
  for (const { path } of looks) await writeFile(path, '');
  /** A name that nobody drew but this probe is known to its model from what ran alone. */
  const hear = ({ messages }: ModelAsked): void => {
    const told = JSON.stringify(messages.filter(({ role }) => role === 'tool'));
    for (const { seen } of looks) if (seen.isGiven && told.includes(seen.name)) seen.isMade = true;
  };
  const cancelled = new AbortController();
  /** One whom the agent started speaks with a model too: what that is told has the name in it. */
  const startedFor = ({ messages }: ModelAsked) => {
    const told = JSON.stringify(messages.filter(({ role }) => role === 'user'));
    return all.find(({ seen }) => seen.kind === 'subagent' && told.includes(seen.name));
  };
  const next = (asked: ModelAsked): ModelCall | null => {
    hear(asked);
    const started = startedFor(asked);
    if (started !== undefined) {
      const call = callFor(asked, { kind: 'command' }, started.said);
      if (call === null || asked.messages.some(({ role }) => role === 'tool')) return null;
      started.seen.isGiven = true;
      return call;
    }
    const offered = all.flatMap((one) => {
      const call = callFor(asked, one.seen, one.said);
      return call === null ? [] : [{ one, call }];
    });
    const step = offered[asked.messages.filter(({ role }) => role === 'tool').length];
    if (step === undefined) return null;
    if (step.one.seen.kind !== 'subagent') step.one.seen.isGiven = true;
    return step.call;
  };
  const ask = async (request: PermissionRequest): Promise<Permission> => {
    const one = all.find(({ placed }) => isAbout(request, placed));
    // What is not that, or more than that, is nothing that was wanted of it
    if (one === undefined) return { decision: 'rejected', reason: 'a probe' };
    // Its runner asks by itself over what it would do
    if (request.option === null) one.seen.isThrough = true;
    const isLate = one.seen.kind === 'look' ? one.seen.isMade : await isThere(one.path);
    one.seen.asked ??= { isLate, binding: request.binding };
    if (one.seen.answer === 'cancelled') cancelled.abort();
    return answerTo(one.seen);
  };
  const key = randomBytes(16).toString('hex');
  const model = await startProbeModel({ key, next, api: apiOf(options.agent.profile) });
  try {
    const { agent, sandbox, hidden, timeMs = MAX_PROBE.timeMs, signal } = options;
    const isKnown = agent.profile !== undefined;
    const known = isKnown && { auth: `secret:${MODEL}`, model: MODEL, endpoint: model.endpoint };
    const end = await createAcpEngine({ ...options, told: toldOf(model.endpoint, key) }).run(
      {
        spec: { type: 'acp', auth: 'none', ...agent, ...known },
        task: 'Make the files that you are told to make.',
        ...{ attached: [], ...place, sandbox, hidden },
        secrets: isKnown ? [{ name: MODEL, bytes: utf8(key) }] : [],
        // Its model, and nothing else
        network: [new URL(model.endpoint).host],
        limits: {
          ...{ timeMs, outputBytes: MAX_PROBE.output, memoryBytes: MAX_PROBE.memory },
          ...{ diskBytes: MAX_PROBE.disk, diskEntries: MAX_PROBE.entries },
        },
      },
      { ask, directive: async () => '{"ok":false}', trace: () => undefined },
      AbortSignal.any([signal, cancelled.signal]),
    );
    for (const { seen, path } of all) if (seen.kind !== 'look') seen.isMade = await isThere(path);
    return { seen: all.map(({ seen }) => seen), end };
  } finally {
    model.close();
  }
};

/** In as many turns as it takes: some agents end theirs when they are told no. */
export const probeAgent = async (options: ProbeOptions): Promise<Probed> => {
  const { mode } = agentOf({ type: 'acp', auth: 'none', ...options.agent }, []);
  const probed: Probed = { seen: [], turns: [], isPinned: mode !== null };
  const queue: Kinds[] = [...CANARIES];
  for (let kinds = queue.shift(); kinds !== undefined; kinds = queue.shift()) {
    const root = join(options.directory, `turn-${probed.turns.length}`);
    const place = { workspace: join(root, 'work'), scratch: join(root, 'scratch') };
    await mkdir(root, { mode: 0o711 });
    for (const path of Object.values(place)) await mkdir(path, { mode: 0o700 });
    const { seen, end } = await probeTurn(options, kinds, place);
    options.signal.throwIfAborted();
    const left = seen.filter(({ isGiven }) => !isGiven);
    const isOnItsWay = left.length > 0 && left.length < seen.length;
    if (isOnItsWay) queue.unshift(left.map(({ kind, answer }) => [kind, answer]));
    probed.seen.push(...(isOnItsWay ? seen.filter(({ isGiven }) => isGiven) : seen));
    probed.turns.push({ reason: end.reason, tail: end.tail });
  }
  return probed;
};
