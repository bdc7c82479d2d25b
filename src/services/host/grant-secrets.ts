/** Answers runners that ask for a secret: with the value, for them alone and once, or with the reason why not. */
import { conversationKey, encrypt } from '../../core/crypto/nip44.ts';
import { fromHex, toHex } from '../../core/encoding/bytes.ts';
import { isWord } from '../../core/encoding/grammar.ts';
import type { AgentNode } from '../../core/graph/model.ts';
import { principalOf } from '../../core/graph/named-principals.ts';
import { secretsOfNode } from '../../core/graph/named-secrets.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import { LIVE_ASSIGNMENT_STATES, type SecretDenial } from '../../core/vocabulary.ts';
import type { Host } from './host.ts';
import { type GrantedValue, principalGiven } from './principal-grants.ts';
import { principalWith } from './principal-keys.ts';
import { isTrusted } from './runners.ts';
import { openSecret } from './secret-values.ts';

type Asked = RowOf<'secret_requests'>;

export const answerSecrets = async (host: Host): Promise<void> => {
  // A blob that cannot be read holds up nobody but who asks for it
  for (const asked of host.home.tables.list('secret_requests', { open: 1 }))
    await answer(host, asked).catch((error: unknown) => {
      const why = error instanceof Error ? error.message : error;
      host.home.log('error', `secret "${asked.name}" cannot be granted: ${why}`);
    });
};

const answer = async (host: Host, asked: Asked): Promise<void> => {
  const given = await givenTo(host, asked);
  if (typeof given === 'string') return host.exchange.send([denyOf(host, asked, given)]);
  const { value, ...about } = given;
  const sealed = sealFor(host, asked.key, value);
  if (sealed === null) return host.exchange.send([denyOf(host, asked, 'bad_key')]);
  return host.exchange.send([grantOf(host, asked, { ...sealed, ...about })]);
};

const givenTo = async (host: Host, asked: Asked): Promise<GrantedValue | SecretDenial> => {
  const node = nodeOf(host, asked);
  if (typeof node === 'string') return node;
  if (asked.principal === 1)
    return principalOf(node) === asked.name ? principalGiven(host, asked, node) : 'secret_not_named';
  if (!secretsOfNode(node).includes(asked.name)) return 'secret_not_named';
  // What a principal logs in with is for git, whoever names it
  if (principalWith(host, asked.name) !== null) return 'key_misused';
  return (await openSecret(host.home, asked.name)) ?? 'secret_missing';
};

/**
 * The active graph is asked, not the offer: an assignment of a node that the graph changed is ended before this, and only
 * a graph that was applied says which node gets what.
 */
const nodeOf = (host: Host, { runner, assignment }: Asked): AgentNode | SecretDenial => {
  // That it is this runner's, under this fence, was asked when the request came, and an assignment keeps both
  const row = host.home.tables.get('assignments', assignment);
  const isHeld = row !== undefined && isWord(LIVE_ASSIGNMENT_STATES, row.state) && isTrusted(host, runner);
  if (!isHeld || host.presence.sinceLastPossibleRenewal(assignment) > row.lease) return 'lease_over';
  const node = host.graph?.nodes.get(row.node);
  return node?.kind === 'agent' ? node : 'secret_not_named';
};

const about = (host: Host, { id, runner }: Asked) => ({
  from: host.home.self.pubkey,
  to: runner,
  re: id,
  dedup: `secret:${id}`,
});

type Sealed = { key: string; box: string };
/** For a one-time key, under one of ours that is gone when this returns; null where that key is none. */
const sealFor = ({ home }: Host, peer: string, value: string): Sealed | null => {
  const { suite, random } = home;
  const own = random.bytes(32);
  try {
    const pair = conversationKey(suite, own, fromHex(peer), random.bytes(32));
    const box = encrypt(suite, pair, value, random.bytes(32));
    pair.fill(0);
    return { key: toHex(suite.publicKey(own)), box };
  } catch {
    return null;
  } finally {
    own.fill(0);
  }
};

const grantOf = (
  host: Host,
  asked: Asked,
  { holds, ...sealed }: Sealed & Omit<GrantedValue, 'value'>,
): Draft<'secret.grant'> => {
  const { assignment, fence, name } = asked;
  const body = { assignment, fence, name, ...sealed, ...(holds && { holds: [...holds] }) };
  return { type: 'secret.grant', ...about(host, asked), body };
};

const denyOf = (host: Host, asked: Asked, reason: SecretDenial): Draft<'secret.deny'> => {
  const { assignment, fence, name } = asked;
  return { type: 'secret.deny', ...about(host, asked), body: { assignment, fence, name, reason } };
};
