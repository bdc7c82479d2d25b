/** What a Host API request may look like: everything refused here never reaches a handler (docs/threats.md T67–T74). */
import type { IncomingMessage } from 'node:http';
import { parseStrict, StrictJsonError } from '../../core/encoding/strict-json.ts';
import { EntangleError, type ErrorCode } from '../../core/errors.ts';
import { type Credential, readAuthorization } from '../../core/host-api/credential.ts';
import { HTTP_STATUS } from '../../core/host-api/statuses.ts';
import type { ApiRequest } from '../../ports/index.ts';
import type { IsOwnName } from './host-names.ts';

/** A refusal with its own status; `code` is what the caller's exit code comes from. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: ErrorCode;
  constructor(status: number, code: ErrorCode, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Status and body for anything thrown; what is no EntangleError tells nothing of the inside. */
export function answerOf(error: unknown): { status: number; body: { error: Record<string, unknown> } } {
  if (error instanceof Refusal) {
    return { status: error.status, body: { error: { code: error.code, message: error.message } } };
  }
  if (error instanceof EntangleError) {
    const { code, message, hint, details } = error;
    return { status: HTTP_STATUS[code], body: { error: { code, message, hint, details } } };
  }
  return {
    status: 500,
    body: { error: { code: 'bug', message: 'unexpected error; the Host’s log has it' } },
  };
}

const single = [
  'host',
  'authorization',
  'content-length',
  'content-type',
  'transfer-encoding',
  'last-event-id',
];
const overrides = [
  'x-http-method-override',
  'x-http-method',
  'x-method-override',
  'upgrade',
  'expect',
  'range',
  // No credential of a browser is one here
  'cookie',
];

/** Node keeps the first of most repeated headers; two readers of one request must not see two requests. */
function checkHeaders(request: IncomingMessage, isOwnName: IsOwnName): void {
  const seen = new Set<string>();
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = (request.rawHeaders[index] ?? '').toLowerCase();
    if (seen.has(name) && single.includes(name)) throw new Refusal(400, 'usage', `header ${name} twice`);
    seen.add(name);
  }
  const { headers } = request;
  if (headers.origin !== undefined || headers['sec-fetch-site'] !== undefined) {
    throw new Refusal(403, 'not_authorized', 'no requests from web pages');
  }
  if (headers.host === undefined) throw new Refusal(400, 'usage', 'no Host header; it is localhost');
  if (!isOwnName(headers.host)) throw new Refusal(421, 'not_authorized', 'Host is not a name of this API');
  const override = overrides.find((name) => seen.has(name));
  if (override !== undefined) throw new Refusal(400, 'usage', `header ${override} is not taken`);
  if (headers['content-encoding'] !== undefined) throw new Refusal(415, 'usage', 'no content encoding');
}

const pathShape = /^(?:\/[A-Za-z0-9_.:@~-]{1,256}){1,12}$/;

function targetOf(url: string): { path: string; query: Map<string, string> } {
  const mark = url.indexOf('?');
  const path = mark === -1 ? url : url.slice(0, mark);
  const isExact = pathShape.test(path) && !path.split('/').some((part) => part === '.' || part === '..');
  if (!isExact || url.length > 4_096) throw new Refusal(400, 'usage', 'not a path of this API');
  const query = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1))) {
    if (!/^[a-z][a-z0-9_-]{0,31}$/i.test(name) || query.has(name) || query.size >= 16) {
      throw new Refusal(400, 'usage', 'query parameters: plain names, each once, at most 16');
    }
    if (/token|secret|password/i.test(name)) throw new Refusal(400, 'usage', 'no secret in a query');
    query.set(name, value);
  }
  return { path, query };
}

function credentialOf(header: string | undefined): Credential | null {
  if (header === undefined) return null;
  const credential = readAuthorization(header);
  if (credential === null)
    throw new Refusal(401, 'not_authorized', 'Authorization must be "Bearer TOKEN" or "Nostr EVENT"');
  return credential;
}

/** Only its form as a header: what a cursor looks like its operation says. */
function lastEventIdOf({ headers }: IncomingMessage): string | null {
  const given = headers['last-event-id'];
  if (given === undefined) return null;
  if (typeof given !== 'string' || !/^[\x21-\x7e]{1,64}$/.test(given))
    throw new Refusal(400, 'usage', 'bad Last-Event-ID');
  return given;
}

function lengthOf(request: IncomingMessage, maxBytes: number): number {
  if (request.headers['transfer-encoding'] !== undefined)
    throw new Refusal(411, 'usage', 'send a Content-Length');
  const text = request.headers['content-length'];
  if (text === undefined) return 0;
  if (!/^\d{1,12}$/.test(text)) throw new Refusal(400, 'usage', 'bad Content-Length');
  if (Number(text) > maxBytes) throw new Refusal(413, 'invalid', `body larger than ${maxBytes} bytes`);
  return Number(text);
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    throw new Refusal(400, 'usage', 'body cut short');
  }
  return Buffer.concat(chunks);
}

async function wholeBytes(request: IncomingMessage, length: number): Promise<Buffer> {
  if (!/^application\/json(?:; ?charset=utf-8)?$/i.test(request.headers['content-type'] ?? '')) {
    throw new Refusal(415, 'usage', 'Content-Type must be application/json');
  }
  const bytes = await bytesOf(request);
  if (bytes.length !== length) throw new Refusal(400, 'usage', 'body cut short');
  return bytes;
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return parseStrict(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), {
      maxDepth: 32,
    });
  } catch (error) {
    const why = error instanceof StrictJsonError ? error.reason : 'not UTF-8';
    throw new Refusal(400, 'usage', `body is not strict JSON: ${why}`);
  }
}

export type RequestRules = { maxBody: number; isOwnName: IsOwnName; scheme: 'http' | 'https' };

/** The request as the handler sees it, or a Refusal. Its body is read once, when it is asked for. */
export function readRequest(request: IncomingMessage, rules: RequestRules): ApiRequest {
  const { maxBody, isOwnName, scheme } = rules;
  checkHeaders(request, isOwnName);
  const { method } = request;
  if (method !== 'GET' && method !== 'POST') throw new Refusal(405, 'usage', 'only GET and POST');
  const { path, query } = targetOf(request.url ?? '');
  const credential = credentialOf(request.headers.authorization);
  const length = lengthOf(request, maxBody);
  if (method === 'GET' && length > 0) throw new Refusal(400, 'usage', 'GET has no body');
  let read: Promise<Uint8Array> | undefined;
  const bytes = (most = maxBody): Promise<Uint8Array> => {
    if (length > most) throw new Refusal(413, 'invalid', `body larger than ${most} bytes`);
    read ??= method === 'GET' ? Promise.resolve(new Uint8Array()) : wholeBytes(request, length);
    return read;
  };
  const body = async (most?: number): Promise<unknown> => {
    const given = await bytes(most);
    return method === 'GET' ? undefined : jsonOf(given);
  };
  const url = `${scheme}://${request.headers.host}${request.url}`;
  const rest = { body, bytes: async () => bytes(), credential, lastEventId: lastEventIdOf(request) };
  return { method, path, query, url, ...rest };
}
