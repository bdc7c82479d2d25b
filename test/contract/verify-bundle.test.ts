/** The program of docs/verify.md over a bundle, run as it stands there: nostr-tools and a hash function. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import type { Bundle } from '../../src/core/audit/bundle.ts';
import { provenLedger } from '../support/proven-ledger.ts';
import { createWorld } from '../support/world.ts';

const root = resolve(import.meta.dirname, '../..');
const program =
  /<!-- Run by test\/contract\/verify-bundle\.test\.ts -->\n```js\n(.*?)\n```/s.exec(
    readFileSync(join(root, 'docs/verify.md'), 'utf8'),
  )?.[1] ?? '';
const world = createWorld(suiteWasm);
const { bundleOfLines } = provenLedger(world);
const directory = mkdtempSync(join(tmpdir(), 'entangle-bundle-'));
symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
writeFileSync(join(directory, 'check.mjs'), program);
afterAll(() => rmSync(directory, { recursive: true }));

const said = (bundle: Bundle, host = world.actors.host.pubkey): Promise<string> => {
  writeFileSync(join(directory, 'proof.json'), JSON.stringify(bundle));
  const at = { cwd: directory, env: { HOST: host } };
  return promisify(execFile)(process.execPath, ['check.mjs'], at).then(
    ({ stdout }) => stdout,
    ({ stdout, stderr }) => `${stdout}${stderr}`,
  );
};

test('proves each line of it', async () => {
  expect(await said(bundleOfLines([1, 2, 3]))).toBe(
    'line 1: operator.revoked\nline 2: operator.revoked\nline 3: operator.revoked\n',
  );
});
test('proves a line with a secret without its content, by the signature over its id', async () => {
  const sealed = bundleOfLines([4]);
  expect(await said(sealed)).toBe('line 4: operator.added\n');
  const [entry] = sealed.entries as [Bundle['entries'][number]];
  const { sig } = bundleOfLines([1]).entries[0]!.event;
  const forged = { ...sealed, entries: [{ ...entry, event: { ...entry.event, sig } }] };
  expect(await said(forged)).toContain('an event is damaged');
});
test('T163 proves nothing that was changed', async () => {
  const good = bundleOfLines([2]);
  const [entry] = good.entries as [Bundle['entries'][number]];
  const withEntry = (change: Partial<typeof entry>): Bundle => ({
    ...good,
    entries: [{ ...entry, ...change }],
  });
  expect(await said(good, world.actors.user.pubkey)).toContain('another Host');
  expect(await said(withEntry({ event: { ...entry.event, content: '{}' } }))).toContain(
    'an event is damaged',
  );
  expect(await said(withEntry({ n: 3 }))).toContain('not in the ledger');
  expect(await said(withEntry({ proof: bundleOfLines([1]).entries[0]!.proof }))).toContain(
    'not in the ledger',
  );
});
