/** Asks the running Host. */
import type { IncomingMessage } from 'node:http';
import { parseStrict } from '../../core/encoding/strict-json.ts';
import { EntangleError, type ErrorCode, EXIT } from '../../core/errors.ts';
import { METRICS_MEDIA } from '../../core/host-api/operation.ts';
import type { ApiResponse, CallApi } from '../../ports/index.ts';
import { connectionError } from './connection-error.ts';
import { authorizationOf, dial } from './dial.ts';

const maxAnswer = 33_554_432;
/** Longest silence of the Host before the outcome counts as unknown. */
const silenceMs = 120_000;

const isCode = (value: unknown): value is ErrorCode =>
  typeof value === 'string' && Object.hasOwn(EXIT, value);

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += (chunk as Buffer).length;
    if (size > maxAnswer) throw new EntangleError('unavailable', 'the Host’s answer is larger than 32 MiB');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The error that the Host answered, as it was thrown there. */
export function errorOf(status: number, body: unknown): EntangleError {
  const error = body !== null && typeof body === 'object' && 'error' in body ? body.error : undefined;
  if (error === null || typeof error !== 'object') {
    return new EntangleError('unavailable', `the Host answered ${status} without an explanation`);
  }
  const { code, message, hint, details } = error as Record<string, unknown>;
  return new EntangleError(
    isCode(code) ? code : 'bug',
    typeof message === 'string' ? message : `the Host answered ${status}`,
    {
      ...(typeof hint === 'string' ? { hint } : {}),
      ...(Array.isArray(details) ? { details } : {}),
    },
  );
}

export async function readAnswer(response: IncomingMessage, place: string): Promise<ApiResponse> {
  const status = response.statusCode ?? 0;
  const text = await textOf(response);
  if (status === 200 && response.headers['content-type'] === METRICS_MEDIA) return { status, body: text };
  let body: unknown;
  try {
    body = parseStrict(text, { maxDepth: 64 });
  } catch (error) {
    throw new EntangleError('unavailable', `the process on ${place} is not an entangle Host`, {
      cause: error,
    });
  }
  if (status >= 400) throw errorOf(status, body);
  return { status, body };
}

/** Throws the Host's own error; `path` may carry a query. */
export const callApi: CallApi = async (place, { method, path, body, credential }) => {
  const at = dial(place);
  const text = method === 'POST' ? JSON.stringify(body ?? {}) : '';
  const headers = {
    host: at.host,
    accept: 'application/json',
    ...(method === 'POST'
      ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
      : {}),
    ...(await authorizationOf(at, credential, { method, path, body: text })),
  };
  return new Promise<ApiResponse>((resolve, reject) => {
    const options = { ...at.options, method, path, headers, timeout: silenceMs };
    const call = at.request(options, (response) => {
      readAnswer(response, at.name).then(resolve, (error) => reject(connectionError(error, at.name)));
    });
    call.on('timeout', () =>
      call.destroy(
        new EntangleError('timed_out', 'the Host did not answer in time', {
          hint: 'check `entangle host status`: the effect may still happen',
        }),
      ),
    );
    call.on('error', (error) => reject(connectionError(error, at.name)));
    call.on('close', () => at.close());
    call.end(text);
  });
};
