import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tcpListening } from './serve-flags.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'serve-flags-'));
});
afterEach(() => rmSync(root, { recursive: true }));

test('the socket alone where nothing else was asked for', async () =>
  expect(await tcpListening({})).toBe(null));

test('an address, and the files of a certificate', async () => {
  const cert = join(root, 'cert');
  const key = join(root, 'key');
  writeFileSync(cert, 'the certificate');
  writeFileSync(key, 'the key');
  expect(await tcpListening({ listen: '0.0.0.0:8443', 'tls-cert': cert, 'tls-key': key })).toEqual({
    hostname: '0.0.0.0',
    port: 8443,
    tls: { cert: 'the certificate', key: 'the key' },
  });
  expect(await tcpListening({ listen: '[::1]:8443' })).toEqual({ hostname: '::1', port: 8443, tls: null });
});

test('what is no address, and what is no file, is said', async () => {
  await expect(tcpListening({ listen: '8443' })).rejects.toThrow('not an address to listen on');
  const files = { 'tls-cert': join(root, 'absent'), 'tls-key': join(root, 'absent') };
  await expect(tcpListening({ listen: '127.0.0.1:1', ...files })).rejects.toMatchObject({
    code: 'not_found',
  });
});
