/**
 * Secrets that agents need: kept by name, each sealed to the Host's own key (NIP-44) in a blob that is removed with it. The
 * ledger says who set what and when, and nothing that a value could be told from.
 */

import { MAX_SECRET_BYTES, MAX_SECRETS } from '../../core/bounds.ts';
import { fromBase64, toHex } from '../../core/encoding/bytes.ts';
import { shownTime } from '../../core/encoding/time.ts';
import { EntangleError } from '../../core/errors.ts';
import { namedSecrets } from '../../core/graph/named-secrets.ts';
import type { SecretView } from '../../core/host-api/shapes.ts';
import type { Home } from '../messaging/home.ts';
import { recordOf } from '../messaging/rejections.ts';
import type { Host } from './host.ts';
import { principalTrouble, principalWith } from './principal-keys.ts';
import { exposedBy, secretGrantsOf } from './secret-exposure.ts';
import { keptOf, sealSecret } from './secret-values.ts';

const NEWLINES = new Set([0x0a, 0x0d]);

/** The value as it was given, in base64; refused where it is none. */
const requireValue = (value: string): void => {
  const bytes = fromBase64(value);
  if (bytes.every((byte) => NEWLINES.has(byte))) throw new EntangleError('invalid', 'the value is empty');
  if (bytes.length > MAX_SECRET_BYTES)
    throw new EntangleError('invalid', `the value has ${bytes.length} bytes; ${MAX_SECRET_BYTES} at most`);
};

const nextOf = ({ tables }: Home, name: string): number => (tables.get('secrets', name)?.n ?? 0) + 1;

/** Those that have a value. */
export const secretNames = ({ home }: Pick<Host, 'home'>): string[] =>
  home.tables.list('secrets').flatMap(({ name, blob }) => (blob === null ? [] : [name]));

const viewOf = (host: Host, name: string, nodes: readonly string[]): SecretView => {
  const row = host.home.tables.get('secrets', name);
  const [set, version] = row && row.blob !== null ? [shownTime(row.at), row.n] : [null, null];
  const { tables } = host.home;
  const [grants, exposed] = [secretGrantsOf(tables, name), exposedBy(tables, name)];
  return { name, set, by: row?.by ?? null, version, nodes: [...nodes], grants, exposed };
};

const showSecret = (host: Host, name: string): SecretView =>
  viewOf(host, name, namedSecrets(host.graph).find(([secret]) => secret === name)?.[1] ?? []);

/** Those that there are, and those that a node names and nobody set. */
export const listSecrets = (host: Host) => {
  const named = new Map(namedSecrets(host.graph));
  const names = [...new Set([...secretNames(host), ...named.keys()])].sort();
  return { items: names.map((name) => viewOf(host, name, named.get(name) ?? [])), next: null };
};

/** The record of a value that is in its blob already. */
export const secretSet = (host: Host, name: string, blob: string, by: string) => {
  const { home } = host;
  if (keptOf(home, name) === null && secretNames(host).length >= MAX_SECRETS)
    throw new EntangleError('conflict', `there are ${MAX_SECRETS} secrets`, {
      hint: 'remove one: `entangle host secret rm NAME`',
    });
  const version = toHex(home.random.bytes(16));
  const event = recordOf(home, 'secret.set', { name, n: nextOf(home, name), version, blob, by });
  return { dir: 'local', event } as const;
};

/** The value is on disk before the record that names it, and the record before the answer. */
export const setSecret = (
  host: Host,
  { name, value }: { name: string; value: string },
  by: string,
): Promise<SecretView> =>
  host.mutex(async () => {
    requireValue(value);
    await requireFit(host, { name, value });
    const blob = await sealSecret(host.home, value);
    await host.home.ledger.append(() => [secretSet(host, name, blob, by)]);
    await removeRemains(host.home);
    return showSecret(host, name);
  });

/** One of a principal stays what a principal can have. */
const requireFit = async (host: Host, about: { name: string; value: string }): Promise<void> => {
  const principal = principalWith(host, about.name);
  const trouble = principal && (await principalTrouble(host, principal, about));
  if (trouble !== null)
    throw new EntangleError('invalid', `it is of the git principal "${principal?.name}": ${trouble}`, {
      hint: `make another key with \`entangle host principal keygen ${principal?.name}\``,
    });
};

export const removeSecret = async (host: Host, name: string, by: string): Promise<SecretView> => {
  const { home } = host;
  await home.ledger.append(() => {
    if (keptOf(home, name) === null)
      throw new EntangleError('not_found', `no secret "${name}"`, {
        hint: 'see `entangle host secret list`',
      });
    return [{ dir: 'local', event: recordOf(home, 'secret.removed', { name, n: nextOf(home, name), by }) }];
  });
  await removeRemains(home);
  return showSecret(host, name);
};

/** Also at each start: a process may have ended between the record and this. */
export const removeRemains = async ({ tables, blobs }: Home): Promise<void> => {
  for (const { blob } of tables.list('secret_remains')) await blobs.remove(blob);
};
