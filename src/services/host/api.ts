/** The Host API: one table of routes; every mutation is on record before it happens, and its outcome before it is answered. */
import * as z from 'zod';
import { digestOf } from '../../core/canonical.ts';
import { EntangleError, type ErrorCode } from '../../core/errors.ts';
import type { ApiHandler, ApiRequest, ApiResponse } from '../../ports.ts';
import { nowSeconds } from '../home.ts';
import { record } from '../rejects.ts';
import { createAssignment, listAssignments } from './assignments.ts';
import { applyGraph, showGraph } from './graph.ts';
import { graphDelivery, graphState, listHistory } from './graph-state.ts';
import type { Host, Operator } from './host.ts';
import { invite } from './invite.ts';
import { addOperator, listOperators, revokeOperator } from './operators.ts';
import { decideTrust, listRunners, showRunner } from './runners.ts';
import { listRejects, status } from './status.ts';
import { mayDo, operatorOf } from './tokens.ts';
import { MAX_WRONG, wrongTokens } from './wrong-tokens.ts';

type Route = {
  method: 'GET' | 'POST';
  /** Segments; `:x` stands for one. */
  path: string;
  role: Operator['role'];
  run(
    host: Host,
    request: { params: string[]; body: unknown; operator: Operator },
  ): Promise<unknown> | unknown;
};

const name = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/);
const parse = <S extends z.ZodType>(schema: S, body: unknown): z.infer<S> => {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new EntangleError('invalid', `${issue?.path.join('.') || 'body'}: ${issue?.message}`);
};

export const ROUTES: readonly Route[] = [
  { method: 'GET', path: '/v1/status', role: 'viewer', run: (host) => status(host) },
  { method: 'GET', path: '/v1/rejects', role: 'viewer', run: (host) => listRejects(host) },
  { method: 'GET', path: '/v1/runners', role: 'viewer', run: (host) => listRunners(host) },
  {
    method: 'GET',
    path: '/v1/runners/:name',
    role: 'viewer',
    run: (host, { params }) => showRunner(host, params[0]!),
  },
  {
    method: 'POST',
    path: '/v1/runners/:name/trust',
    role: 'admin',
    run: (host, { params, body }) => {
      const wanted = parse(
        z.strictObject({ state: z.enum(['trusted', 'rejected', 'revoked']), words: z.string() }),
        body,
      );
      return decideTrust(host, params[0]!, wanted.state, wanted.words);
    },
  },
  {
    method: 'POST',
    path: '/v1/invites',
    role: 'admin',
    run: (host, { body }) => {
      const wanted = z.strictObject({
        role: z.enum(['runner', 'user']),
        name,
        expiresMs: z
          .int()
          .min(1000)
          .max(30 * 86_400_000),
      });
      return invite(host, parse(wanted, body));
    },
  },
  { method: 'GET', path: '/v1/assignments', role: 'viewer', run: (host) => listAssignments(host) },
  {
    method: 'POST',
    path: '/v1/assignments',
    role: 'editor',
    run: (host, { body }) =>
      createAssignment(host, parse(z.strictObject({ node: name, runner: name }), body)),
  },
  { method: 'GET', path: '/v1/operators', role: 'admin', run: (host) => listOperators(host) },
  {
    method: 'POST',
    path: '/v1/operators',
    role: 'admin',
    run: (host, { body }) => {
      const wanted = z.strictObject({
        name,
        role: z.enum(['viewer', 'editor', 'admin']),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
        expiresAt: z.int().min(0).max(253_402_300_799).nullable(),
      });
      return addOperator(host, parse(wanted, body));
    },
  },
  {
    method: 'POST',
    path: '/v1/operators/:name/revoke',
    role: 'admin',
    run: (host, { params }) => revokeOperator(host, params[0]!),
  },
  { method: 'GET', path: '/v1/graph', role: 'viewer', run: (host) => showGraph(host, null) },
  { method: 'GET', path: '/v1/graph/state', role: 'viewer', run: (host) => graphState(host) },
  { method: 'GET', path: '/v1/graph/delivery', role: 'viewer', run: (host) => graphDelivery(host) },
  { method: 'GET', path: '/v1/graph/history', role: 'viewer', run: (host) => listHistory(host, null) },
  {
    method: 'GET',
    path: '/v1/graph/history/:before',
    role: 'viewer',
    run: (host, { params }) => listHistory(host, params[0]!),
  },
  {
    method: 'GET',
    path: '/v1/graph/:n',
    role: 'viewer',
    run: (host, { params }) => showGraph(host, params[0]!),
  },
  {
    method: 'POST',
    path: '/v1/graph',
    role: 'editor',
    run: (host, { body, operator }) => {
      const base = z.strictObject({
        n: z.int().min(0),
        digest: z
          .string()
          .regex(/^[0-9a-f]{64}$/)
          .nullable(),
      });
      return applyGraph(
        host,
        parse(z.strictObject({ canonical: z.string().max(1_048_576), base }), body),
        operator,
      );
    },
  },
];

const matches = (route: Route, path: string): string[] | null => {
  const wanted = route.path.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return null;
  const params: string[] = [];
  for (const [i, segment] of wanted.entries()) {
    if (segment.startsWith(':')) params.push(given[i]!);
    else if (segment !== given[i]) return null;
  }
  return params;
};

/** A refusal whose status says more than its code: `code` is what the caller's exit code comes from. */
const refusal = (status: number, code: ErrorCode, message: string, hint: string): ApiResponse => ({
  status,
  body: { error: { code, message, hint } },
});

/** Authorizes by token, runs, and records a mutation whatever its outcome. */
export const hostApi = (host: Host): ApiHandler => {
  const countWrong = wrongTokens(host.home.clock);
  return async (request) => {
    const operator = operatorOf(host.home.suite, host.operators, request.token, nowSeconds(host.home));
    if (!operator) return refuseUnknown(host, request, countWrong());
    const found = ROUTES.flatMap((route) => {
      const params = route.method === request.method ? matches(route, request.path) : null;
      return params ? [{ route, params }] : [];
    })[0];
    if (!found) {
      if (request.method === 'POST') await audit(host, request, operator, 'not_found');
      throw new EntangleError('not_found', `no ${request.method} ${request.path}`);
    }
    return run(host, request, operator, found.route, found.params);
  };
};

/** Wrong, expired and revoked tokens and none are one to the caller. A flood of them costs few lines a minute. */
const refuseUnknown = async (host: Host, request: ApiRequest, count: number): Promise<ApiResponse> => {
  if (count <= MAX_WRONG) {
    if (request.method === 'POST') await audit(host, request, null, 'unauthenticated');
    throw new EntangleError('not_authorized', 'no valid operator token', {
      hint: 'Give it with --token-file or ENTANGLE_TOKEN_FILE.',
    });
  }
  if (count === MAX_WRONG + 1) await audit(host, request, null, 'rate_limited');
  return refusal(429, 'not_authorized', 'no valid operator token, too often', 'Try again in a minute.');
};

const run = async (
  host: Host,
  request: ApiRequest,
  operator: Operator,
  route: Route,
  params: string[],
): Promise<ApiResponse> => {
  const mutates = route.method === 'POST';
  if (!mayDo(operator, route.role)) {
    if (mutates) await audit(host, request, operator, 'forbidden');
    const message = `a ${operator.role} token may not do that; it takes ${route.role}`;
    return refusal(403, 'not_authorized', message, 'Ask an admin: `entangle host operator add`.');
  }
  // On record before it happens: what a crash cuts short was asked for by somebody all the same.
  if (mutates) await audit(host, request, operator, 'asked');
  try {
    const body = await route.run(host, { params, body: request.body, operator });
    if (mutates) await audit(host, request, operator, 'done');
    return { status: 200, body };
  } catch (error) {
    if (mutates) await audit(host, request, operator, error instanceof EntangleError ? error.code : 'bug');
    throw error;
  }
};

const audit = (
  host: Host,
  request: ApiRequest,
  operator: Operator | null,
  outcome: string,
): Promise<unknown> =>
  record(host.home, 'host.operator_request.completed', {
    who: operator?.name ?? 'unknown',
    role: operator?.role ?? 'none',
    method: request.method,
    route: request.path.slice(0, 200),
    target: targetOf(request),
    outcome,
    digest: digestOf(host.home.suite, request.body ?? null),
  });

/** What the path names below its collection, or the name of what is to be made in it. */
const targetOf = ({ path, body }: ApiRequest): string => {
  const named = z.object({ name }).safeParse(body);
  return path.split('/').slice(3).join('/').slice(0, 200) || (named.success ? named.data.name : '');
};
