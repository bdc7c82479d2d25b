/** T156: the operator token of the environment. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { resolveHome } from '../kit/settings.ts';
import { hostClient } from './host-client.ts';
import { OPERATOR_VARIABLE, operatorVariable } from './operator-variable.ts';

const NAME = 'ENTANGLE_HOST_OPERATOR_TOKEN';
const TOKEN = 'e'.repeat(32);

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'operator-'));
});
afterEach(() => {
  OPERATOR_VARIABLE.taken = undefined;
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

test('T156 it is taken once: asked again it is the same, and the environment has it no more', () => {
  vi.stubEnv(NAME, ` ${TOKEN}\n`);
  expect(operatorVariable()).toBe(TOKEN);
  expect(process.env).not.toHaveProperty(NAME);
  expect(operatorVariable()).toBe(TOKEN);
});

test.each([
  ['', 'is empty'],
  [' \n', 'is empty'],
  ['e'.repeat(31), 'is no operator token'],
  ['e'.repeat(257), 'is no operator token'],
  [`${TOKEN} ${TOKEN}`, 'is no operator token'],
])('T156 %j is refused, each time, and never shown', (given, why) => {
  vi.stubEnv(NAME, given);
  for (const _ of [1, 2]) expect(operatorVariable).toThrow(`${NAME} ${why}`);
  expect(process.env).not.toHaveProperty(NAME);
});

test('T156 a file that is named comes first, then ENTANGLE_TOKEN, then this one, then the file of `host init`', async () => {
  mkdirSync(join(root, 'host', 'default'), { recursive: true });
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers.authorization);
    response.end('null');
  });
  await new Promise<void>((resolve) => server.listen(join(root, 'host', 'default', 'api.sock'), resolve));
  const ask = (file?: string) =>
    hostClient(resolveHome(root, {}, '/'), { 'token-file': file })({ method: 'GET', path: '/v1/status' });
  writeFileSync(join(root, 'host', 'default', 'operator.token'), 'of-init');
  writeFileSync(join(root, 'named'), 'named');
  vi.stubEnv(NAME, TOKEN);
  vi.stubEnv('ENTANGLE_TOKEN', 'of-a-job');
  await ask(join(root, 'named'));
  await ask();
  vi.stubEnv('ENTANGLE_TOKEN', undefined);
  await ask();
  expect(asked).toEqual(['Bearer named', 'Bearer of-a-job', `Bearer ${TOKEN}`]);
  server.close();
});
