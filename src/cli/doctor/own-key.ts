/** The key that a home signs with now: of a Host its ledger says which one of its store that is, and its first one may be gone. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { missingKey } from '../../adapters/keys/path.ts';
import { founderOf } from '../../core/authority/succession.ts';
import { toHex } from '../../core/encoding/bytes.ts';
import { npub } from '../../core/encoding/id.ts';
import { EntangleError } from '../../core/errors.ts';
import { signerIn } from '../../core/projection/reducers/authority.ts';
import type { HomeKind } from '../../core/vocabulary.ts';
import type { KeyStore } from '../../ports/index.ts';
import { noSigner } from '../../services/messaging/authority.ts';
import { foldedTables } from '../wiring/folded-tables.ts';
import { laterKeyName, lostKey } from '../wiring/key-stores.ts';

export type OwnKey = {
  /** Whether it is kept at all, without a passphrase. */
  requireKept(): Promise<void>;
  read(): Promise<Uint8Array>;
  pubkey(): Promise<string>;
};
type Of = { kind: HomeKind; graph: string; directory: string; keys: KeyStore };

/** Null where no ledger has to be asked: the home has one key. */
const signerOf = async ({ kind, graph, directory }: Of): Promise<string | null> => {
  if (kind !== 'host') return null;
  const isBegun = existsSync(join(directory, 'ledger'));
  return isBegun ? signerIn(await foldedTables(directory), graph) : founderOf(graph);
};

export const ownKeyOf = (of: Of): OwnKey => {
  const { kind, graph, keys } = of;
  const nameBy = (signer: string | null): string =>
    signer === null || signer === founderOf(graph) ? kind : laterKeyName(signer);
  const lost = (signer: string | null, name: string): EntangleError =>
    name === kind ? lostKey(missingKey(kind), kind) : noSigner(npub(signer!));
  const read = async (): Promise<Uint8Array> => {
    const signer = await signerOf(of);
    const name = nameBy(signer);
    const key = await keys.read(name).catch((error: unknown) => {
      throw error instanceof EntangleError && error.code === 'not_found' ? lost(signer, name) : error;
    });
    if (signer !== null && toHex(suiteWasm.publicKey(key)) !== signer) throw noSigner(npub(signer));
    return key;
  };
  return {
    read,
    pubkey: async () => toHex(suiteWasm.publicKey(await read())),
    async requireKept() {
      const signer = await signerOf(of);
      const name = nameBy(signer);
      if (!(await keys.list()).includes(name)) throw lost(signer, name);
    },
  };
};
