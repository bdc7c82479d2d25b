/** Serves a keyring key store over standard input and output, one JSON request and answer a line. */
import { createInterface } from 'node:readline';
import { keyringKeyStore } from '../../src/adapters/keys/keyring.ts';
import { fromHex, toHex } from '../../src/core/encoding/bytes.ts';
import { EntangleError } from '../../src/core/errors.ts';

export type KeyringRequest = { method: 'create' | 'read' | 'remove' | 'list'; name: string; key: string };
export type KeyringAnswer = { value?: unknown; error?: { code: string; message: string; hint: string } };

const store = keyringKeyStore({ service: 'entangle-test', patienceMs: 20_000 });

async function answer({ method, name, key }: KeyringRequest): Promise<unknown> {
  if (method === 'create') return store.create(name, fromHex(key));
  if (method === 'read') return toHex(await store.read(name));
  return method === 'remove' ? store.remove(name) : store.list();
}

for await (const line of createInterface({ input: process.stdin })) {
  const result: KeyringAnswer = await answer(JSON.parse(line) as KeyringRequest).then(
    (value) => ({ value: value ?? null }),
    (error: unknown) =>
      error instanceof EntangleError
        ? { error: { code: error.code, message: error.message, hint: error.hint ?? '' } }
        : { error: { code: 'bug', message: String(error), hint: '' } },
  );
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
process.exit(0);
