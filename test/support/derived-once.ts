/** The key of a passphrase (scrypt, NIP-49) costs a quarter of a second and 64 MB: of one passphrase and salt it is derived once for a file of tests. */
import crypto, { type BinaryLike, type ScryptOptions } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { afterAll, beforeAll } from 'vitest';

type Done = (error: Error | null, key: Buffer) => void;
export const derivedOnce = (): void => {
  const { scrypt } = crypto;
  const replace = (by: object): void => {
    Object.assign(crypto, by);
    syncBuiltinESMExports();
  };
  const derived = new Map<string, Buffer>();
  const once = (
    words: BinaryLike,
    salt: BinaryLike,
    bytes: number,
    options: ScryptOptions,
    done: Done,
  ): void => {
    const of = JSON.stringify([words, salt, bytes, options]);
    const known = derived.get(of);
    if (known) setImmediate(done, null, Buffer.from(known));
    else
      scrypt(words, salt, bytes, options, (error, key) => {
        if (!error) derived.set(of, Buffer.from(key));
        done(error, key);
      });
  };
  beforeAll(() => replace({ scrypt: once }));
  afterAll(() => replace({ scrypt }));
};
