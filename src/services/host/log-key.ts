/**
 * The key by which a Host states things for others. Which one signs is in its ledger, and nowhere else: whatever else lies in the
 * key store was left there by a rotation that was cut off, before the ledger named it or after.
 */
import { logPublicKey } from '../../core/crypto/ed25519.ts';
import { toHex } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import type { RecordBody } from '../../core/protocol/messages/records.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { KeyStore } from '../../ports/index.ts';
import { type Home, nowSeconds } from '../messaging/home.ts';
import { bodyIn, readRow } from '../messaging/read-event.ts';
import { recordOf } from '../messaging/rejections.ts';
import { checkpointNow, newestCheckpoint } from './checkpoints.ts';

/** Of the first one; each later one has a part of its public key in its name. */
const FIRST = 'log';
const OURS = /^log(-[0-9a-f]{16})?$/;
const NEWEST = { order: 'line', descending: true } as const;
/** As many as go with a statement: whoever keeps the others has them already. */
const TOLD = 8;

type Rotation = RecordBody<'log.rotated'>;
type Keys = Pick<KeyStore, 'create' | 'read' | 'remove' | 'list'>;
const publicOf = (key: Uint8Array): string => toHex(logPublicKey(key));

/** Records by which another key follows, the newest first. */
const rotations = async (home: Home, limit: number): Promise<SignedEvent[]> => {
  const rows = home.tables.list('messages', { type: 'log.rotated', dir: 'local' }, { ...NEWEST, limit });
  return Promise.all(rows.map(async (row) => (await readRow(home, row)).event));
};

/** For whoever checks what the key before one signed. */
export const toldRotations = async (
  home: Home,
): Promise<NonNullable<BodyOf<'evidence.statement'>['rotations']>> =>
  (await rotations(home, TOLD))
    .reverse()
    .map((event) => ({ ...event, tags: event.tags.map((tag) => [...tag]) }));

const newestHead = async (home: Home): Promise<RecordBody<'checkpoint'> | null> => {
  const row = newestCheckpoint(home);
  return row ? bodyIn<RecordBody<'checkpoint'>>((await readRow(home, row)).event) : null;
};

/** In hex, the one that the ledger names; null before anything was signed by one. */
const namedLog = async (home: Home): Promise<string | null> => {
  const [event] = await rotations(home, 1);
  return event ? bodyIn<Rotation>(event).to : ((await newestHead(home))?.log ?? null);
};

/** Those of the key store that are of the log: the one that signs, and what else is there. */
const held = async (keys: Keys, named: string | null) => {
  const names = (await keys.list()).filter((name) => OURS.test(name));
  const all = await Promise.all(names.map(async (name) => ({ name, key: await keys.read(name) })));
  const signs = all.find(({ name, key }) => (named === null ? name === FIRST : publicOf(key) === named));
  return { signs: signs?.key ?? null, others: all.filter((one) => one !== signs).map(({ name }) => name) };
};

const create = async (keys: Keys, key: Uint8Array): Promise<Uint8Array> => {
  await keys.create(`${FIRST}-${publicOf(key).slice(0, 16)}`, key);
  return key;
};

/** From this line on the other key signs, and the one before is worth nothing any more. */
const name = async (home: Home, to: string): Promise<SignedEvent> => {
  const head = await newestHead(home);
  if (head === null) throw new Error('the log has signed nothing');
  const { size, root, log: from } = head;
  const [stated] = home.tables.list(
    'messages',
    { type: 'evidence.statement', dir: 'out' },
    { ...NEWEST, limit: 1 },
  );
  // A clock that was set back leaves nothing out that the key signed
  const until = Math.max(nowSeconds(home), stated?.at ?? 0);
  const event = recordOf(home, 'log.rotated', { from, to, size, root, until });
  await home.ledger.append(() => [{ dir: 'local', event }]);
  return event;
};

/** Made when a Host first serves, and kept where its own key is. One that is lost is replaced, and on record. */
export const logKeyOf = async (home: Home, keys: Keys, random: Home['random']): Promise<Uint8Array> => {
  const named = await namedLog(home);
  const { signs, others } = await held(keys, named);
  for (const other of others) await keys.remove(other);
  if (signs !== null) return signs;
  const key = random.bytes(32);
  if (named === null) {
    await keys.create(FIRST, key);
    return key;
  }
  await create(keys, key);
  await name(home, publicOf(key));
  home.log('warning', `the key of the log was lost: another one signs from now on, ${publicOf(key)}`);
  return key;
};

export type RotatedLog = Rotation & { event: string };

/** After the last head that the old key signs. Killed at any moment, the one that the ledger names is the one that signs. */
export const rotateLogKey = async (home: Home, keys: Keys, random: Home['random']): Promise<RotatedLog> => {
  if (home.ledger.head.n === 0)
    throw new EntangleError('not_found', 'this Host has signed nothing yet, and its log has no key', {
      hint: 'start it first: `entangle host serve`',
    });
  const signer = (logKey: Uint8Array) => ({ home, logKey, checkpointing: Promise.resolve() });
  await checkpointNow(signer(await logKeyOf(home, keys, random)));
  const key = await create(keys, random.bytes(32));
  const event = await name(home, publicOf(key));
  const { others } = await held(keys, publicOf(key));
  for (const other of others) await keys.remove(other);
  await checkpointNow(signer(key));
  return { ...bodyIn<Rotation>(event), event: event.id };
};
