/** The Host API is written once: nobody else names a path of it, and its documents are what the table says. */
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeHostApi } from '../src/core/host-api/describe.ts';
import { openApiOf } from '../src/core/host-api/openapi.ts';
import { HOST_API, operationIds } from '../src/core/host-api/table.ts';

const root = resolve(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const TABLE = ['src/core/host-api/table.ts', 'src/core/host-api/session-operations.ts'];
/** A path of the API in a text, however it is put together: `/v1/` or `v1/` after a quote or a brace. */
const PATH = /['"`/}]v1\//;

test('no source but the table writes a path of the Host API', () => {
  const sources = globSync(['src/**/*.{ts,tsx}', 'bench/**/*.ts', 'scripts/**/*.ts'], { cwd: root });
  const found = sources.filter((path) => !/\.test\.tsx?$/.test(path) && PATH.test(read(path)));
  // The comment on the port shows what a path looks like.
  expect(found.sort()).toEqual([...TABLE, 'src/ports/api.ts'].sort());
  expect(
    read('src/ports/api.ts')
      .split('\n')
      .filter((line) => PATH.test(line) && !/^\s*(?:\/\*|\*)/.test(line)),
  ).toEqual([]);
});

describe('the documents', () => {
  test('are what the table says now (else: npm run docs)', () => {
    const { version } = JSON.parse(read('package.json'));
    expect(read('docs/host-api.md')).toBe(describeHostApi());
    expect(read('docs/host-api.openapi.json')).toBe(`${JSON.stringify(openApiOf(version), null, 2)}\n`);
  });
  test('have every operation, and no schema that could not be put in words', () => {
    const text = describeHostApi();
    for (const id of operationIds()) expect(text).toContain(`## \`${id}\``);
    expect(text).not.toMatch(/undefined|\[object|NaN/);
  });
});

type Operation = {
  operationId: string;
  'x-entangle-role'?: string;
  parameters?: { name: string; in: string; required: boolean }[];
  requestBody?: {
    content: { 'application/json': { schema: { additionalProperties: boolean; required?: string[] } } };
  };
  responses: Record<string, unknown>;
};

describe('the OpenAPI document', () => {
  const { paths } = openApiOf('0.0.0') as { paths: Record<string, Record<string, Operation>> };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]) => ({ ...one, request: `${method.toUpperCase()} ${path}` })),
  );

  test('has each operation under its method, path and role', () => {
    expect(
      operations.map((one) => [one.operationId, one.request, one['x-entangle-role'] ?? null]).sort(),
    ).toEqual(
      operationIds()
        .map((id) => [id, `${HOST_API[id].method} ${HOST_API[id].path}`, HOST_API[id].role])
        .sort(),
    );
  });
  test('declares every place of a path as a required parameter, and a strict body for every POST', () => {
    for (const { request, parameters = [], requestBody, responses } of operations) {
      const inPath = parameters.filter((one) => one.in === 'path');
      expect(
        inPath.map(({ name }) => `{${name}}`),
        request,
      ).toEqual(request.match(/\{\w+\}/g) ?? []);
      expect(inPath.every(({ required }) => required)).toBe(true);
      if (request.startsWith('POST'))
        expect(requestBody?.content['application/json'].schema.additionalProperties, request).toBe(false);
      else expect(requestBody, request).toBeUndefined();
      expect(Object.keys(responses)).toEqual(['200', 'default']);
    }
  });
});
