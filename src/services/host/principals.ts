/** Git principals: who commits and pushes for agents, by name, each out of secrets that this Host keeps. */
import { writeSshPrivateKey } from '../../core/crypto/ssh-private-key.ts';
import { toBase64, toHex, utf8 } from '../../core/encoding/bytes.ts';
import { shownTime } from '../../core/encoding/time.ts';
import { EntangleError } from '../../core/errors.ts';
import { namedPrincipals } from '../../core/graph/named-principals.ts';
import type { PrincipalView } from '../../core/host-api/principal-view.ts';
import { defaultAuthor, type PrincipalFacts } from '../../core/source/principal.ts';
import { recordOf } from '../messaging/rejections.ts';
import type { Host } from './host.ts';
import { principalsOf, principalTrouble, type SecretValue, sshKeyOf } from './principal-keys.ts';
import { sealSecret } from './secret-values.ts';
import { removeRemains, secretSet } from './secrets.ts';

const MAX_PRINCIPALS = 256;

const viewOf = async (host: Host, name: string, nodes: readonly string[]): Promise<PrincipalView> => {
  const row = host.home.tables.get('principals', name);
  const facts = row?.facts ?? null;
  const about = { name, nodes: [...nodes], by: row?.by ?? null };
  if (!row || facts === null) return { ...about, set: null, facts, publicKey: null, trouble: null };
  const key = await sshKeyOf(host, facts);
  return {
    ...{ ...about, set: shownTime(row.at), facts },
    ...{ publicKey: key?.key.text ?? null, trouble: await principalTrouble(host, { name, facts }) },
  };
};

const showPrincipal = (host: Host, name: string): Promise<PrincipalView> =>
  viewOf(host, name, new Map(namedPrincipals(host.graph)).get(name) ?? []);

/** Those that there are, and those that a node names and nobody set. */
export const listPrincipals = async (host: Host) => {
  const named = new Map(namedPrincipals(host.graph));
  const names = [...new Set([...principalsOf(host).map(({ name }) => name), ...named.keys()])].sort();
  const items = await Promise.all(names.map((name) => viewOf(host, name, named.get(name) ?? [])));
  return { items, next: null };
};

const nextOf = ({ home }: Host, name: string): number => (home.tables.get('principals', name)?.n ?? 0) + 1;

const principalSet = (host: Host, name: string, facts: PrincipalFacts, by: string) => {
  const known = principalsOf(host);
  if (known.length >= MAX_PRINCIPALS && !known.some((one) => one.name === name))
    throw new EntangleError('conflict', `there are ${MAX_PRINCIPALS} principals`, {
      hint: 'remove one: `entangle host principal rm NAME`',
    });
  const { home } = host;
  const version = toHex(home.random.bytes(16));
  const event = recordOf(home, 'principal.set', { name, n: nextOf(host, name), version, facts, by });
  return { dir: 'local', event } as const;
};

const requireSound = async (
  host: Host,
  named: { name: string; facts: PrincipalFacts },
  about: SecretValue | null = null,
): Promise<void> => {
  const trouble = await principalTrouble(host, named, about);
  if (trouble !== null)
    throw new EntangleError('invalid', `principal "${named.name}" cannot be so: ${trouble}`, {
      hint: 'give it a key or a token of its own',
    });
};

export const setPrincipal = (
  host: Host,
  { name, facts }: { name: string; facts: PrincipalFacts },
  by: string,
): Promise<PrincipalView> =>
  // One after the other: what two of them may not share, neither would find in the other
  host.mutex(async () => {
    await requireSound(host, { name, facts });
    await host.home.ledger.append(() => [principalSet(host, name, facts, by)]);
    return showPrincipal(host, name);
  });

/** Its private half is in a secret, and goes nowhere but into a grant; the public half is answered. */
export const makePrincipalKey = (
  host: Host,
  { name, secret }: { name: string; secret: string },
  by: string,
): Promise<PrincipalView> =>
  host.mutex(async () => {
    const { home } = host;
    const before = home.tables.get('principals', name)?.facts ?? null;
    const taken = home.tables.get('secrets', secret);
    if (taken && taken.blob !== null && before?.ssh !== secret)
      throw new EntangleError(
        'conflict',
        `there is a secret "${secret}", which is not the key of this principal`,
        {
          hint: 'name another with --ssh-key-secret',
        },
      );
    const seed = home.random.bytes(32);
    const text = writeSshPrivateKey(seed, name, home.random.bytes(4));
    const value = toBase64(utf8(text));
    const facts = { author: defaultAuthor(name), https: null, knownHosts: null, ...before, ssh: secret };
    await requireSound(host, { name, facts }, { name: secret, value });
    seed.fill(0);
    const blob = await sealSecret(home, value);
    // Both or none: a key that no principal has would be in the way of the next one
    await home.ledger.append(() => [secretSet(host, secret, blob, by), principalSet(host, name, facts, by)]);
    await removeRemains(home);
    return showPrincipal(host, name);
  });

export const removePrincipal = async (host: Host, name: string, by: string): Promise<PrincipalView> => {
  const { home } = host;
  await home.ledger.append(() => {
    if (!principalsOf(host).some((one) => one.name === name))
      throw new EntangleError('not_found', `no principal "${name}"`, {
        hint: 'see `entangle host principal list`',
      });
    const event = recordOf(home, 'principal.removed', { name, n: nextOf(host, name), by });
    return [{ dir: 'local', event }];
  });
  return showPrincipal(host, name);
};
