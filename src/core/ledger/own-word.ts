/** What a home states for itself beside its ledger, as a file: an event of its own key, of one type and shape. */
import type * as z from 'zod';
import type { Suite } from '../crypto/suite.ts';
import { readShape } from '../encoding/read-shape.ts';
import { parseStrict } from '../encoding/strict-json.ts';
import { isSignedEventShape, type SignedEvent, signEvent, verifyEvent } from '../nostr/event.ts';
import { RECORD_KIND, WIRE_VERSION } from '../protocol/message.ts';

/** `aux`: 32 random bytes. */
export type OwnWordSigner = { secretKey: Uint8Array; createdAt: number; aux: Uint8Array };

const tagsOf = (type: string): string[][] => [
  ['v', WIRE_VERSION],
  ['type', type],
];

/** The text of the file. The value's members are written in the order of the shape. */
export const writeOwnWord = <S extends z.ZodObject>(
  suite: Suite,
  { type, shape }: { type: string; shape: S },
  value: z.output<S>,
  { secretKey, createdAt, aux }: OwnWordSigner,
): string => {
  const content = JSON.stringify(value, Object.keys(shape.shape));
  const template = { kind: RECORD_KIND, created_at: createdAt, tags: tagsOf(type), content };
  return JSON.stringify(signEvent(suite, template, secretKey, aux));
};

/** Null for anything but a word of this type that one of these keys signed. */
export const readOwnWord = <S extends z.ZodObject>(
  suite: Suite,
  { type, shape }: { type: string; shape: S },
  isOwn: (pubkey: string) => boolean,
  text: string,
): z.output<S> | null => {
  const event = parsed(text);
  if (!verifyEvent(suite, event) || !isOwn(event.pubkey) || !isOfType(event, type)) return null;
  return valueIn(shape, event);
};

/** What a text says that would be one if its signature held: for whoever knows by other means that these very bytes are one. */
export const readUnsigned = <S extends z.ZodObject>(
  { shape }: { shape: S },
  text: string,
): z.output<S> | null => {
  const event = parsed(text);
  return isSignedEventShape(event) ? valueIn(shape, event) : null;
};

const valueIn = <S extends z.ZodObject>(shape: S, { content }: SignedEvent): z.output<S> | null => {
  const read = readShape(shape, parsed(content));
  return read.success ? read.data : null;
};

const isOfType = (event: SignedEvent, type: string): boolean =>
  event.kind === RECORD_KIND && JSON.stringify(event.tags) === JSON.stringify(tagsOf(type));

const parsed = (text: string): unknown => {
  try {
    return parseStrict(text);
  } catch {
    return null;
  }
};
