/** Lines to a collector elsewhere: over TLS, in one request, answered by a status. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

export type PostedLines = { body: string; type: string; token: string | null };
const LIMIT_MS = 30_000;

/** The status of the answer; rejects where there is none. A redirect is not followed: it may lead anywhere. */
export const postLines = (
  url: string,
  { body, type, token }: PostedLines,
  signal: AbortSignal,
): Promise<number> =>
  new Promise((resolve, reject) => {
    const ask = url.startsWith('https:') ? httpsRequest : httpRequest;
    const bytes = Buffer.from(body);
    const call = ask(url, {
      method: 'POST',
      headers: {
        'content-type': type,
        'content-length': bytes.length,
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]),
      agent: false,
      // Said here, for a variable of Node could have said otherwise
      rejectUnauthorized: true,
    });
    call.once('error', reject);
    call.once('response', (response) => {
      const { statusCode = 0 } = response;
      // Acknowledged is by the status alone; what else it says is not waited for
      response.destroy();
      resolve(statusCode);
    });
    call.end(bytes);
  });
