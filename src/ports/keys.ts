/** Secret keys of signing identities. */
import type { KeyStoreKind } from '../core/vocabulary.ts';

/** Secret keys of signing identities, by name ("host", "recovery", "node-<assignment>"). 32 bytes each. */
export interface KeyStore {
  readonly kind: KeyStoreKind;
  /** Refuses (conflict) a name that exists; reads back what it wrote before it returns. */
  create(name: string, secretKey: Uint8Array): Promise<void>;
  /** not_found where there is none; invalid for a wrong passphrase or a damaged file. */
  read(name: string): Promise<Uint8Array>;
  remove(name: string): Promise<void>;
  list(): Promise<string[]>;
}
