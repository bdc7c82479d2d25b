/** Somebody who names the directory of a role as the home is led to the home; a missing one has one hint. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { callHost } from '../../core/host-api/client.ts';
import { hostConfig } from '../../services/setup/config.ts';
import { backUpHost } from '../host/backup.ts';
import { resolveHome } from '../kit/settings.ts';
import { checkLedger, homeOfRole } from './check-ledger.ts';
import { requireConfig, requireMember } from './home-config.ts';
import { hostClient } from './host-client.ts';
import { wireHost } from './host-process.ts';
import { NO_HOST } from './missing-home.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'entangle-missing-'));
});
afterEach(() => rmSync(root, { recursive: true }));
const roleOf = (...path: string[]): string => {
  const directory = join(root, ...path);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'config.yaml'), 'kind: none\n');
  return directory;
};
const log = () => {};

test.each([[['host', 'acme']], [['runner', 'r1']], [['user', 'ann']]])(
  '%j of a home is no home',
  async (path) => {
    const given = roleOf(...path);
    const paths = resolveHome(given, {}, '/');
    const hint = `use --home ${root}: ${given} is the directory of one role in that home`;
    await expect(requireConfig(paths.host, hostConfig, NO_HOST)).rejects.toMatchObject({ hint });
    await expect(requireMember(paths.user('bob'), hostConfig, 'user')).rejects.toMatchObject({ hint });
    await expect(callHost(hostClient(paths, {}), 'status.show')).rejects.toMatchObject({ hint });
  },
);

test('where others lie beside it, they are named as they are typed', async () => {
  const hint = 'name the one that is meant: --host acme, --host lab';
  for (const name of ['lab', 'acme']) roleOf('host', name);
  // One that was not finished, and what no name can be
  mkdirSync(join(root, 'host', 'half'));
  roleOf('host', '--listen');
  const paths = resolveHome(root, {}, '/');
  await expect(requireConfig(paths.host, hostConfig, NO_HOST)).rejects.toMatchObject({ hint });
  await expect(callHost(hostClient(paths, {}), 'status.show')).rejects.toMatchObject({ hint });
  roleOf('runner', 'r1');
  await expect(requireMember(paths.runner('r2'), hostConfig, 'runner')).rejects.toMatchObject({
    hint: 'name the one that is meant: --runner r1',
  });
});

test('where there is no Host, serving, backing up and verifying say the same', async () => {
  // Something else with settings above it says nothing
  writeFileSync(join(root, 'config.yaml'), '');
  const paths = resolveHome(join(root, 'empty'), {}, '/');
  const missing = { code: 'not_found', message: `no entangle home in ${paths.host}`, hint: NO_HOST };
  const flags = { 'no-input': true, 'passphrase-file': undefined, 'backup-passphrase-file': undefined };
  const options = { input: false, log, tcp: null, takeOver: false };
  await expect(wireHost(paths, options)).rejects.toMatchObject(missing);
  await expect(backUpHost(paths, join(root, 'b'), flags, log)).rejects.toMatchObject(missing);
  const { directory, hint } = homeOfRole(paths, undefined);
  await expect(checkLedger(directory, hint, log)).rejects.toMatchObject(missing);
});
