/** Requests that an operator's key signs (NIP-98): what stands in one, and what of it has to fit the request that it came with. */
import { SIGNED_REQUESTS } from '../bounds.ts';
import type { Suite } from '../crypto/suite.ts';
import { fromBase64, fromHex, fromUtf8, toBase64, toHex, utf8 } from '../encoding/bytes.ts';
import { parseStrict } from '../encoding/strict-json.ts';
import { type EventTemplate, isSignedEventShape, type SignedEvent, verifyEvent } from '../nostr/event.ts';
import { HTTP_AUTH_KIND } from '../nostr/kinds.ts';
import type { HttpMethod } from '../vocabulary.ts';
import type { RequestRefusal } from './request-refusals.ts';

/** `url` is absolute, with its query; `host` the public key of the Host, since those of one machine share the name localhost. */
export type RequestFacts = { method: HttpMethod; url: string; host: string };

/** `payload`: sha256 (hex) of the body, of a request that has one. */
export const requestTemplate = (
  { method, url, host, payload }: RequestFacts & { payload: string | null },
  createdAt: number,
): EventTemplate => ({
  kind: HTTP_AUTH_KIND,
  created_at: createdAt,
  tags: [['u', url], ['method', method], ['p', host], ...(payload === null ? [] : [['payload', payload]])],
  content: '',
});

export const payloadOf = (suite: Pick<Suite, 'sha256'>, body: Uint8Array): string =>
  toHex(suite.sha256(body));

/** As it stands in the Authorization header. */
export const writeSignedRequest = (event: SignedEvent): string => toBase64(utf8(JSON.stringify(event)));

/** An event with tags in it. */
const MAX_DEPTH = 3;
const eventIn = (text: string): unknown => {
  try {
    return parseStrict(fromUtf8(fromBase64(text)), { maxDepth: MAX_DEPTH });
  } catch {
    return null;
  }
};

const TAGS = ['u', 'method', 'p', 'payload'] as const;
/** Each tag that counts stands there at most once, with one value: two readers of one request must not see two. */
const isUnambiguous = ({ tags }: SignedEvent): boolean =>
  TAGS.every((name) => {
    const all = tags.filter(([first]) => first === name);
    return all.length <= 1 && all.every(({ length }) => length === 2);
  });
const tagOf = ({ tags }: SignedEvent, name: (typeof TAGS)[number]): string | null =>
  tags.find(([first]) => first === name)?.[1] ?? null;

/** Null for what is no event of that kind; its signature is not looked at yet. */
const readSignedRequest = (text: string): SignedEvent | null => {
  const event = eventIn(text);
  if (!isSignedEventShape(event) || event.kind !== HTTP_AUTH_KIND || event.content !== '') return null;
  return isUnambiguous(event) ? event : null;
};

type Asked = RequestFacts & { suite: Suite; now: number };
type Rule = { reason: RequestRefusal; refuses(event: SignedEvent, asked: Asked): boolean };

/** What costs least first, and whose it is only of what is genuine. */
export const REQUEST_RULES: readonly Rule[] = [
  { reason: 'request_host', refuses: (event, { host }) => tagOf(event, 'p') !== host },
  { reason: 'request_method', refuses: (event, { method }) => tagOf(event, 'method') !== method },
  { reason: 'request_url', refuses: (event, { url }) => tagOf(event, 'u') !== url },
  {
    reason: 'request_expired',
    refuses: ({ created_at }, { now }) => now - created_at > SIGNED_REQUESTS.seconds,
  },
  {
    reason: 'request_early',
    refuses: ({ created_at }, { now }) => created_at - now > SIGNED_REQUESTS.seconds,
  },
  { reason: 'request_signature', refuses: (event, { suite }) => !verifyEvent(suite, event) },
];

/** The event, if it was signed for this request and now. Whose its key is, its body and its use are for the Host to look at. */
export const checkSignedRequest = (text: string, asked: Asked): SignedEvent | RequestRefusal => {
  const event = readSignedRequest(text);
  if (event === null) return 'request_malformed';
  return REQUEST_RULES.find(({ refuses }) => refuses(event, asked))?.reason ?? event;
};

/** A body that is signed is that one, and a request without one has none. */
export const isSignedBody = (event: SignedEvent, suite: Pick<Suite, 'sha256'>, body: Uint8Array): boolean => {
  const payload = tagOf(event, 'payload');
  return body.length === 0 && payload === null ? true : payload === payloadOf(suite, body);
};

/**
 * By what its use is remembered. Not by the id: whoever knows the rest of a request finds a short secret of its body by
 * trying ids, and no signature.
 */
export const useOf = (suite: Pick<Suite, 'sha256'>, { sig }: SignedEvent): string =>
  toHex(suite.sha256(fromHex(sig)));
