/** What a node's turns may reach of the network: the list of its policy, and the endpoint that its known agent asks. */
import * as z from 'zod';
import { MAX_NETWORK } from '../bounds.ts';
import { once } from '../encoding/once.ts';
import { count, list, matching, text } from '../encoding/schema.ts';
import { NETWORK_TARGET } from '../grammars.ts';
import { NETWORK_OUTCOMES, type NetworkOutcome, SANDBOX_KINDS } from '../vocabulary.ts';
import { endpointOf } from './engines.ts';
import { type AgentNode, sortedSet } from './model.ts';

const ENDPOINT = /^(https?):\/\/(\[[^\]]+\]|[^/:]+)(?::([0-9]{1,5}))?/;
/** Host and port of an endpoint, as a list of the network writes it. */
export const targetsOf = (endpoint: string): string[] => {
  const [, scheme, host = '', port] = ENDPOINT.exec(endpoint) ?? [];
  return host === '' ? [] : [`${host.toLowerCase()}:${port ?? (scheme === 'https' ? 443 : 80)}`];
};

/** Whoever names an endpoint means that it is asked: it need not be listed again. */
export const reachOf = ({ engine, policy }: AgentNode): string[] =>
  sortedSet([...policy.network, ...targetsOf(endpointOf(engine) ?? '')]);

/** Host and port apart; the host of an IPv6 address without its brackets. */
export const partsOf = (target: string): { host: string; port: number } => {
  const at = target.lastIndexOf(':');
  return { host: target.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(target.slice(at + 1)) };
};

/** Of the machine that the turn runs on. */
export const isLoopback = (target: string): boolean => {
  const { host } = partsOf(target);
  return host === 'localhost' || host === '::1' || /^127(?:\.[0-9]{1,3}){3}$/.test(host);
};

/** Nobody in a sandbox opens a port below this, as the way to one of the machine has to. */
const LEAST_PORT = 1024;
/** Why it cannot be reached from a sandbox, or null; completes "`target` …". */
export const targetProblem = (target: string): string | null => {
  const { host, port } = partsOf(target);
  if (port > 65_535) return 'has a port above 65535';
  // Such as 127.1, which programs read as another address than it looks like
  if (/^[0-9.]+$/.test(host) && !IPV4.test(host)) return 'has digits for a host, and no whole address';
  return isLoopback(target) && port < LEAST_PORT
    ? `is of this machine, where a sandbox reaches ports from ${LEAST_PORT} on`
    : null;
};
const OCTET = '(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
const IPV4 = new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`);

/** What people are told of the turns of an agent that they have an edge to: the endpoint is among what it reaches. */
export const reachSchema = once(() =>
  z.strictObject({
    sandbox: z.enum(SANDBOX_KINDS),
    network: list(matching(NETWORK_TARGET), MAX_NETWORK.targets + 1),
  }),
);
export type Reach = z.infer<ReturnType<typeof reachSchema>>;

export const reachText = ({ sandbox, network }: Reach): string => {
  if (sandbox === 'none') return 'not sandboxed: it may do all that the account of its runner may';
  return network.length === 0
    ? 'in a sandbox, reaches no network'
    : `in a sandbox, reaches ${network.join(', ')}`;
};

/** What turns asked of the network, by place and outcome, as a runner tells it and a trace shows it. */
export const reachedPlaces = once(() =>
  list(
    z.strictObject({
      to: text(264).describe('HOST:PORT; empty for what could not be read, or was too much to tell'),
      outcome: z.enum(NETWORK_OUTCOMES),
      connections: count,
      sent: count.describe('bytes'),
      received: count.describe('bytes'),
    }),
    MAX_NETWORK.told,
  ),
);
type ReachedPlace = z.infer<ReturnType<typeof reachedPlaces>>[number];

const OUTCOME_WORDS: Readonly<Record<Exclude<NetworkOutcome, 'opened'>, string>> = {
  not_listed: "not in the policy's list",
  private_address: 'leads to an address that is not public, and that the list does not name',
  unreachable: 'could not be reached',
  too_many: 'too many connections at once',
  malformed: 'a request that names no place',
};
/** Of one place, for people. */
export const reachedText = ({ to, outcome, connections, sent, received }: ReachedPlace): string => {
  const what = to === '' ? 'other places' : to;
  const times = connections === 1 ? '' : `${connections} times `;
  return outcome === 'opened'
    ? `reached ${what} ${times}(${sent} bytes out, ${received} in)`
    : `asked ${times}for ${what}: ${OUTCOME_WORDS[outcome]}`;
};
