/** What `up` and `demo` ask of their Host as its operator: calls of its API, with the token that it left in this home. */
import { join } from 'node:path';
import { changeGraph, readWanted } from '../cli/graph/apply.ts';
import { assignNode } from '../cli/host/wait-assignment.ts';
import { resolveHome } from '../cli/kit/settings.ts';
import { hostClient } from '../cli/wiring/host-client.ts';
import { toBase64 } from '../core/encoding/bytes.ts';
import { callHost, type HostClient } from '../core/host-api/client.ts';
import type { MemberRole } from '../core/vocabulary.ts';
import { unlessInterrupted } from './interruption.ts';

export type OwnHost = {
  /** The invite itself, which is a secret. */
  invite(role: MemberRole, name: string): Promise<string>;
  trust(runner: string, words: string): Promise<void>;
  setSecret(name: string, value: Uint8Array): Promise<void>;
  /** The active graph as a value of the file format. */
  graph(): Promise<Record<string, unknown>>;
  /** Makes a graph file the head, if its own tests pass. */
  apply(file: string): Promise<void>;
  /** The npub of the node, once it runs there. */
  assign(node: string, runner: string): Promise<string | null>;
};

const INVITE_MS = 10 * 60_000;
const ASSIGN_MS = 60_000;
const APPLY = { yes: true, wait: undefined, timeout: 0, 'no-input': true, json: true };

/** An abort ends what is under way, and nothing is asked after it. */
export const ownHostOf = (home: string, signal: AbortSignal): OwnHost => {
  const ask = hostClient(resolveHome(home, {}, home), join(home, 'host', 'operator.token'));
  const client: HostClient = (request) => unlessInterrupted(signal, () => ask(request));
  return {
    async invite(role, name) {
      return (await callHost(client, 'invites.create', { body: { role, name, expiresMs: INVITE_MS } }))
        .invite;
    },
    async trust(name, words) {
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
      return (await assignNode(client, { node, runner }, ASSIGN_MS)).npub;
    },
  };
};
