/** Requests that a key signs (NIP-98), right and wrong in one thing. */
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import { toHex } from '../../src/core/encoding/bytes.ts';
import type { Credential } from '../../src/core/host-api/credential.ts';
import { payloadOf, requestTemplate, writeSignedRequest } from '../../src/core/host-api/signed-request.ts';
import { type EventTemplate, type SignedEvent, signEvent } from '../../src/core/nostr/event.ts';
import type { ApiRequest } from '../../src/ports/index.ts';

let count = 0;
export const testKey = (n: number) => {
  const secretKey = new Uint8Array(32).fill(n);
  return { secretKey, pubkey: toHex(suiteWasm.publicKey(secretKey)) };
};

export type Change = (template: EventTemplate) => EventTemplate;
/** As another value of one tag, or without it. */
export const withTag =
  (name: string, value: string | null): Change =>
  (template) => ({
    ...template,
    tags: [...template.tags.filter(([first]) => first !== name), ...(value === null ? [] : [[name, value]])],
  });

export const signedRequest = async (
  secretKey: Uint8Array,
  host: string,
  { method, url, bytes }: Pick<ApiRequest, 'method' | 'url' | 'bytes'>,
  { now, change = (template) => template }: { now: number; change?: Change },
): Promise<SignedEvent> => {
  const body = await bytes();
  const payload = body.length === 0 ? null : payloadOf(suiteWasm, body);
  const template = change(requestTemplate({ method, url, host, payload }, now));
  const aux = new Uint8Array(32);
  new DataView(aux.buffer).setUint32(0, ++count);
  return signEvent(suiteWasm, template, secretKey, aux);
};

export const nostr = (event: SignedEvent): Credential => ({
  kind: 'nostr',
  event: writeSignedRequest(event),
});
