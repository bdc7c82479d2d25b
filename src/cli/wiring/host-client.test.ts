/** Whom an operator’s command reaches, and with which token. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { resolveHome } from '../kit/settings.ts';
import { hostClient } from './host-client.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'host-client-'));
});
afterEach(() => rmSync(root, { recursive: true }));
const status = (tokenFile?: string): Promise<unknown> =>
  hostClient(resolveHome(root, {}, '/'), tokenFile)({ method: 'GET', path: '/v1/status' });

test('where no Host ever was, that is said; where one is, its token is missing', async () => {
  await expect(status()).rejects.toMatchObject({ code: 'not_found', message: `no Host in ${root}` });
  mkdirSync(join(root, 'host'));
  await expect(status()).rejects.toMatchObject({ code: 'not_authorized' });
});

test('a token that was named is read, or missed, wherever the Host is', async () => {
  await expect(status(join(root, 'absent'))).rejects.toMatchObject({ code: 'not_authorized' });
});
