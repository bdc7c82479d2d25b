/** DSSE v1: a payload, its type, and signatures over both. */
import * as z from 'zod';
import type { Suite } from '../crypto/suite.ts';
import { concat, fromBase64, fromHex, utf8 } from '../encoding/bytes.ts';
import { once } from '../encoding/once.ts';
import { hex, text } from '../encoding/schema.ts';

export const PAYLOAD_TYPE = 'application/vnd.in-toto+json';
/** Base64 of a statement: it fits a message beside its signature. */
export const MAX_PAYLOAD = 16_000;

/** A statement, and the key and signature of the Host's log: what its envelope is made of. */
export const logged = once(() => z.strictObject({ payload: text(MAX_PAYLOAD), log: hex(32), sig: text(88) }));
export type Logged = z.infer<ReturnType<typeof logged>>;

export const envelopeShape = once(() =>
  z.strictObject({
    payloadType: z.literal(PAYLOAD_TYPE),
    payload: text(MAX_PAYLOAD),
    signatures: z.array(z.strictObject({ keyid: hex(32), sig: text(88) })).length(1),
  }),
);

export const envelopeOf = ({ payload, log, sig }: Logged): z.infer<ReturnType<typeof envelopeShape>> => ({
  payloadType: PAYLOAD_TYPE,
  payload,
  signatures: [{ keyid: log, sig }],
});

/** DSSE v1 §2.2: PAE(type, body) = "DSSEv1" SP LEN(type) SP type SP LEN(body) SP body. */
export const preAuthEncoding = (body: Uint8Array): Uint8Array =>
  concat(utf8(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${body.length} `), body);

/** Whether the key of the log signed that payload. */
export const isLogged = (
  { verifyOnCurve }: Pick<Suite, 'verifyOnCurve'>,
  { payload, log, sig }: Logged,
): boolean => {
  try {
    return verifyOnCurve('ed25519', fromBase64(sig), preAuthEncoding(fromBase64(payload)), fromHex(log));
  } catch {
    return false;
  }
};
