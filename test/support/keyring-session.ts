/** A real OS keyring for tests: a session bus and gnome-keyring of their own, under a home that is thrown away. */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { fromHex, toHex } from '../../src/core/encoding/bytes.ts';
import { EntangleError, type ErrorCode } from '../../src/core/errors.ts';
import type { KeyStore } from '../../src/ports/index.ts';
import { bundledProgram } from './bundled-program.ts';
import type { KeyringAnswer, KeyringRequest } from './keyring-child.ts';

const NEEDED = ['dbus-run-session', 'gnome-keyring-daemon', 'sh'];

export const hasKeyring = (): boolean => {
  const path = (process.env.PATH ?? '').split(delimiter);
  return (
    process.platform === 'linux' && NEEDED.every((name) => path.some((dir) => existsSync(join(dir, name))))
  );
};

export type KeyringSession = { store: KeyStore; close(): Promise<void> };

/** `unlocked`: a real keyring. `none`: a machine without a session bus. */
export async function startKeyring(kind: 'unlocked' | 'none'): Promise<KeyringSession> {
  const home = await mkdtemp(join(tmpdir(), 'entangle-keyring-'));
  const env = { PATH: process.env.PATH ?? '', HOME: home, XDG_RUNTIME_DIR: home };
  const program = bundledProgram(fileURLToPath(new URL('./keyring-child.ts', import.meta.url)));
  const unlock = 'printf test | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1';
  const child =
    kind === 'unlocked'
      ? spawn(
          'dbus-run-session',
          ['--', 'sh', '-c', `${unlock}; exec "$0" "$1"`, process.execPath, program],
          {
            env,
          },
        )
      : spawn(process.execPath, [program], {
          env: { ...env, DBUS_SESSION_BUS_ADDRESS: `unix:path=${home}/no-bus` },
        });
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => {
    said += bytes.toString();
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let last: Promise<unknown> = Promise.resolve();

  const ask = (request: KeyringRequest): Promise<unknown> => {
    const turn = last.then(async () => {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const line = await lines.next();
      if (line.done) throw new Error(`keyring child ended: ${said}`);
      const { value, error } = JSON.parse(line.value) as KeyringAnswer;
      if (error) throw new EntangleError(error.code as ErrorCode, error.message, { hint: error.hint });
      return value;
    });
    last = turn.catch(() => undefined);
    return turn;
  };

  const store: KeyStore = {
    kind: 'keyring',
    create: async (name, secretKey) => {
      await ask({ method: 'create', name, key: toHex(secretKey) });
    },
    read: async (name) => fromHex((await ask({ method: 'read', name, key: '' })) as string),
    remove: async (name) => {
      await ask({ method: 'remove', name, key: '' });
    },
    list: async () => (await ask({ method: 'list', name: '', key: '' })) as string[],
  };
  const close = async (): Promise<void> => {
    child.stdin.end();
    await exited;
    await rm(home, { recursive: true, force: true });
  };
  return { store, close };
}
