/** JSON from an issuer: over TLS, in one answer of one server, and no more of it than is asked for. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { parseStrict } from '../../core/encoding/strict-json.ts';
import { isFetchable } from '../../core/host-api/identity.ts';

export type GetJson = (url: string) => Promise<unknown>;
export type GetLimits = { bytes: number; ms: number };
const LIMITS: GetLimits = { bytes: 262_144, ms: 5_000 };
const MAX_DEPTH = 16;

/** Throws, in words, for anything but a whole answer in time. A redirect is not followed: it may lead anywhere. */
export const jsonGetter =
  (limits: GetLimits = LIMITS): GetJson =>
  async (url) => {
    if (!isFetchable(url)) throw new Error(`${url.slice(0, 255)} is not fetched`);
    const text = await textAt(new URL(url), limits);
    return parseStrict(text, { maxDepth: MAX_DEPTH });
  };

const textAt = (url: URL, { bytes, ms }: GetLimits): Promise<string> =>
  new Promise((resolve, reject) => {
    const ask = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const call = ask(url, {
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(ms),
      agent: false,
      // Said here, for a variable of Node could have said otherwise
      rejectUnauthorized: true,
    });
    call.once('error', reject);
    call.once('response', async (response) => {
      try {
        if (response.statusCode !== 200) throw new Error(`${url.origin} answered ${response.statusCode}`);
        const chunks: Buffer[] = [];
        let size = 0;
        for await (const chunk of response) {
          size += (chunk as Buffer).length;
          if (size > bytes) throw new Error(`${url.origin} answered more than ${bytes} bytes`);
          chunks.push(chunk as Buffer);
        }
        resolve(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
      } catch (error) {
        reject(error);
      } finally {
        call.destroy();
      }
    });
    call.end();
  });
