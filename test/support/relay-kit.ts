/** Keys, wraps and waiting for relay tests; who speaks is signed and verified by nostr-tools, which nobody here wrote. */
import { randomBytes } from 'node:crypto';
import { finalizeEvent, generateSecretKey, getPublicKey, verifyEvent } from 'nostr-tools/pure';
import WebSocket from 'ws';
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import { type EventTemplate, type SignedEvent, signEvent } from '../../src/core/nostr/event.ts';
import type { RelayIdentity } from '../../src/ports/index.ts';

/** nostr-tools remembers a verdict on the object itself: only a fresh copy is really verified. */
export const verify = (event: SignedEvent): boolean => verifyEvent({ ...event });

export type Keys = RelayIdentity;
export function makeKeys(secretKey = generateSecretKey()): Keys {
  const sign = (template: EventTemplate): SignedEvent => {
    const { id, pubkey, created_at, kind, tags, content, sig } = finalizeEvent(template, secretKey);
    return { id, pubkey, created_at, kind, tags, content, sig };
  };
  return { pubkey: getPublicKey(secretKey), sign };
}

export const nowSeconds = (): number => Math.floor(Date.now() / 1000);

const author = generateSecretKey();
let serial = 0;
/** A gift wrap, as old as told; all by one key, because a relay does not look at it, and by our suite, because there are thousands. */
export const makeWrap = (
  to: string,
  { age = 0, kind = 1059, content = `wrap ${++serial}`, tags = [] as string[][] } = {},
): SignedEvent =>
  signEvent(
    suiteWasm,
    { kind, created_at: nowSeconds() - age, tags: [['p', to], ...tags], content },
    author,
    randomBytes(32),
  );

/** What an identity writes to itself to see whether it can read: no mail. */
export const isOwnWord = (event: Pick<SignedEvent, 'pubkey' | 'tags'>): boolean =>
  event.tags.some(([name, key]) => name === 'p' && key === event.pubkey);

/** Resolves when the condition holds; fails with the words after the time. */
export async function until(condition: () => boolean, words: string, ms = 60_000): Promise<void> {
  const end = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited ${ms} ms for: ${words}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A client that says exactly what the test tells it to. */
export type RawClient = {
  frames: unknown[][];
  isOpen(): boolean;
  send(frame: unknown): void;
  /** Next frame (also one that came before) for which the test holds; each is given once. */
  next(name: string, matches?: (frame: unknown[]) => boolean): Promise<unknown[]>;
  /** Waits for the challenge and answers it; the relay's OK. */
  authenticate(keys: Keys, over?: { relay?: string; challenge?: string; age?: number }): Promise<unknown[]>;
  publish(event: SignedEvent): Promise<unknown[]>;
  /** Ids of the stored events, or the words with which the relay closed the subscription. */
  read(...filters: object[]): Promise<string[] | string>;
  /** Stops and goes on reading the socket. */
  pause(): void;
  resume(): void;
  close(): void;
};

export async function rawClient(url: string): Promise<RawClient> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  const frames: unknown[][] = [];
  let challenge = '';
  let serial = 0;
  socket.on('message', (data) => {
    const frame = JSON.parse(data.toString()) as unknown[];
    if (frame[0] === 'AUTH') challenge = String(frame[1]);
    frames.push(frame);
  });
  socket.on('error', () => {});
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const send = (frame: unknown) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  const next: RawClient['next'] = async (name, matches = () => true) => {
    const find = () => frames.findIndex((frame) => frame[0] === name && matches(frame));
    await until(() => find() !== -1, `${name} in ${JSON.stringify(frames).slice(0, 500)}`);
    return frames.splice(find(), 1)[0]!;
  };
  return {
    frames,
    isOpen: () => socket.readyState === socket.OPEN,
    send,
    next,
    authenticate: async (keys, over = {}) => {
      await until(() => challenge !== '', 'a challenge');
      const event = keys.sign({
        kind: 22242,
        created_at: nowSeconds() - (over.age ?? 0),
        tags: [
          ['relay', over.relay ?? url],
          ['challenge', over.challenge ?? challenge],
        ],
        content: '',
      });
      send(['AUTH', event]);
      return next('OK', (frame) => frame[1] === event.id);
    },
    publish: (event) => {
      send(['EVENT', event]);
      return next('OK', (frame) => frame[1] === event.id);
    },
    read: async (...filters) => {
      const id = `read-${++serial}`;
      send(['REQ', id, ...filters]);
      const isEnd = (frame: unknown[]) => (frame[0] === 'EOSE' || frame[0] === 'CLOSED') && frame[1] === id;
      await until(() => frames.some(isEnd), 'the end of stored events');
      const end = frames.splice(frames.findIndex(isEnd), 1)[0]!;
      const isMine = (frame: unknown[]) => frame[0] === 'EVENT' && frame[1] === id;
      const mine = frames.filter(isMine);
      for (const frame of mine) frames.splice(frames.indexOf(frame), 1);
      send(['CLOSE', id]);
      return end[0] === 'CLOSED' ? String(end[2]) : mine.map((frame) => (frame[2] as SignedEvent).id);
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: () => socket.terminate(),
  };
}
