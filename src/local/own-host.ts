/** What `up` and `demo` ask of their Host as its operator: calls of its API, with the token that it left in this home. */
import { join } from 'node:path';
import { systemClock } from '../adapters/system/clock.ts';
import { changeGraph, readWanted } from '../cli/graph/apply.ts';
import { assignNode } from '../cli/host/wait-assignment.ts';
import { OWN_NAME } from '../cli/kit/repository-home.ts';
import { resolveHome } from '../cli/kit/settings.ts';
import { hostClient } from '../cli/wiring/host-client.ts';
import { toBase64 } from '../core/encoding/bytes.ts';
import { isWord } from '../core/encoding/grammar.ts';
import { EntangleError } from '../core/errors.ts';
import { callHost, type HostClient } from '../core/host-api/client.ts';
import type { AssignmentView, RunnerView } from '../core/host-api/shapes.ts';
import { type MemberRole, TRUST_ENDINGS } from '../core/vocabulary.ts';
import { unlessInterrupted } from './interruption.ts';

export type OwnHost = {
  /** The invite itself, which is a secret. */
  invite(role: MemberRole, name: string): Promise<string>;
  /** As the Host knows it, of several by that name one that is still one; null before it heard of it. */
  runner(name: string): Promise<RunnerView | null>;
  /** Once it has come to the Host. */
  trust(runner: string, words: string): Promise<void>;
  setSecret(name: string, value: Uint8Array): Promise<void>;
  /** The active graph as a value of the file format. */
  graph(): Promise<Record<string, unknown>>;
  /** Makes a graph file the head, if its own tests pass. */
  apply(file: string): Promise<void>;
  /**
   * The npub of the node, once it runs there. What an operator decided stays: where it was moved to another runner it is left there,
   * and null says that it was taken off.
   */
  assign(node: string, runner: string): Promise<string | null>;
};

const newer = (one: AssignmentView | null, other: AssignmentView): AssignmentView =>
  one === null || other.fence > one.fence ? other : one;
/** Its runner has it now. */
const isRun = ({ state }: AssignmentView): boolean => state === 'active';
/** Its key counts for nothing any more, and another one may have its name. */
export const isEnded = ({ trust }: Pick<RunnerView, 'trust'>): boolean => isWord(TRUST_ENDINGS, trust);
const INVITE_MS = 10 * 60_000;
const ASSIGN_MS = 60_000;
/** For the first message of a process that serves, and how often it is looked for. */
const COME_MS = 60_000;
const LOOK_MS = 50;
const APPLY = { yes: true, wait: undefined, timeout: 0, 'no-input': true, json: true };

/** An abort ends what is under way, and nothing is asked after it. */
export const ownHostOf = (home: string, signal: AbortSignal, host = OWN_NAME): OwnHost => {
  const paths = resolveHome(home, {}, home, host);
  const ask = hostClient(paths, { 'token-file': join(paths.host, 'operator.token') });
  const client: HostClient = (request) => unlessInterrupted(signal, () => ask(request));
  const runner = async (name: string): Promise<RunnerView | null> => {
    const named = (await callHost(client, 'runners.list')).items.filter((one) => one.name === name);
    return named.find((one) => !isEnded(one)) ?? named[0] ?? null;
  };
  const waitForRunner = async (name: string, isThere: (one: RunnerView) => boolean): Promise<void> => {
    const deadline = systemClock.monotonic() + COME_MS;
    for (;;) {
      const known = await runner(name);
      if (known !== null && isThere(known)) return;
      if (systemClock.monotonic() >= deadline)
        throw new EntangleError('timed_out', `the runner ${name} serves, and the Host has not heard of it`, {
          hint: 'run `entangle up` again; if it stays so, see what relay, Host and runner logged',
        });
      await systemClock.sleep(LOOK_MS);
    }
  };
  return {
    runner,
    async invite(role, name) {
      return (await callHost(client, 'invites.create', { body: { role, name, expiresMs: INVITE_MS } }))
        .invite;
    },
    async trust(name, words) {
      await waitForRunner(name, (one) => !isEnded(one));
      await callHost(client, 'runners.trust', { params: { name }, body: { state: 'trusted', words } });
    },
    async setSecret(name, value) {
      await callHost(client, 'secrets.set', { body: { name, value: toBase64(value) } });
    },
    async graph() {
      return (await callHost(client, 'graph.show')).file;
    },
    async apply(file) {
      await changeGraph(client, await readWanted(file, true), APPLY, signal);
    },
    async assign(node, runner) {
      const { items } = await callHost(client, 'assignments.list');
      const last = items.filter((one) => one.node === node).reduce(newer, null);
      if (last?.reason === 'revoked') {
        // Whoever brings the node back at once needs a runner that is heard
        await waitForRunner(runner, ({ liveness }) => liveness === 'live');
        return null;
      }
      return (last && isRun(last) ? last : await assignNode(client, { node, runner }, ASSIGN_MS)).npub;
    },
  };
};
