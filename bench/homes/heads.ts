/** Heads of a minted log, which its Host signs as often as a real one does. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import { logPublicKey, logSign } from '../../src/core/crypto/ed25519.ts';
import { fromHex, toBase64, toHex, utf8 } from '../../src/core/encoding/bytes.ts';
import { checkpointOf } from '../../src/core/ledger/checkpoint.ts';
import { type Entry, type Line, leafOf } from '../../src/core/ledger/line.ts';
import { addLeaf, EMPTY_TREE } from '../../src/core/ledger/merkle.ts';
import { logOrigin, noteText } from '../../src/core/ledger/note.ts';
import { composeRecord } from '../../src/core/protocol/compose.ts';

const EVERY_LINES = 256;
const { sha256 } = suiteWasm;

/** The secret key in a file of a home. */
export const keyIn = (home: string, name: string): Uint8Array =>
  fromHex(readFileSync(join(home, 'keys', `${name}.key`), 'utf8').trim());

export class Heads {
  readonly #host: Uint8Array;
  readonly #log: Uint8Array;
  #tree = EMPTY_TREE;
  #chain = '';
  #signed = 0;

  constructor(home: string) {
    this.#host = keyIn(home, 'host');
    this.#log = keyIn(home, 'log');
  }

  follow(line: Line): void {
    this.#tree = addLeaf(sha256, this.#tree, leafOf(sha256, line));
    this.#chain = line.chain;
  }

  isDue(waiting: number): boolean {
    return this.#tree.size + waiting - this.#signed >= EVERY_LINES;
  }

  /** Of all lines that are written, at this time in Unix milliseconds. */
  sign(at: number): Entry {
    const pubkey = toHex(suiteWasm.publicKey(this.#host));
    const head = checkpointOf(sha256, { n: this.#tree.size, chain: this.#chain }, this.#tree);
    const text = noteText({ origin: logOrigin(pubkey), size: head.size, root: head.root });
    const sig = toBase64(logSign(utf8(text), this.#log));
    const body = { ...head, peaks: [...this.#tree.peaks], log: toHex(logPublicKey(this.#log)), sig };
    this.#signed = head.size;
    const event = composeRecord(suiteWasm, 'checkpoint', body, {
      ...{ secretKey: this.#host, pubkey, graph: pubkey },
      ...{ createdAt: Math.floor(at / 1_000), random: (length: number) => randomBytes(length) },
    });
    return { dir: 'local', event };
  }
}
