/** A secret key outside of every home. */

/** One file with one key, encrypted under a passphrase that only a person knows. */
export interface KeyBackup {
  /** Refuses (conflict) a name that is taken: nobody is asked for anything before that is known. */
  requireFree(): Promise<void>;
  /** The same again; reads back what it wrote before it returns. */
  create(secretKey: Uint8Array): Promise<void>;
  /** not_found where there is none; invalid for what is no such file, a wrong passphrase or a damaged key. */
  read(): Promise<Uint8Array>;
}
