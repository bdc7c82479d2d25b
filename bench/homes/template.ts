/** The recorded tasks and the keys that sign others like them, from the directory where they were left. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import { logPublicKey } from '../../src/core/crypto/ed25519.ts';
import { fromHex, toHex } from '../../src/core/encoding/bytes.ts';
import { keyIn } from './heads.ts';
import { Mint } from './mint.ts';
import type { Template } from './record.ts';

/** Where each home has its ledger and its keys. */
export const HOME_OF = {
  host: 'host/host/default',
  alice: 'alice/user/default',
  runner: 'runner/runner/default',
} as const;

export const keysIn = (home: string): [pubkey: string, secretKey: Uint8Array][] =>
  readdirSync(join(home, 'keys')).map((name) => {
    const secretKey = fromHex(readFileSync(join(home, 'keys', name), 'utf8').trim());
    return [toHex(suiteWasm.publicKey(secretKey)), secretKey];
  });

export const openMint = (directory: string): Mint => {
  const template: Template = JSON.parse(readFileSync(join(directory, 'template.json'), 'utf8'));
  const keys = new Map(Object.values(HOME_OF).flatMap((home) => keysIn(join(directory, home))));
  const log = keyIn(join(directory, HOME_OF.host), 'log');
  return new Mint(template, keys.set(toHex(logPublicKey(log)), log));
};
