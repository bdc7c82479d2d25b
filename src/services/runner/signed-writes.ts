/** The bytes of files that people approved in one turn: with a policy about writes, a commit has no others. */
import type { Written } from '../../core/acp/edit.ts';
import { type ChangedFile, changeOf, isFile, type Sha256 } from '../../core/source/changes.ts';

const NEW_FILE = '100644';

export class SignedWrites {
  readonly #signed = new Set<string>();

  add({ path, sha256 }: Written): void {
    this.#signed.add(`${sha256} ${path}`);
  }

  /** Paths of a change at which something else is than was approved: other bytes, another mode, or nothing. */
  async missing(files: AsyncIterable<ChangedFile>, sha256: Sha256): Promise<string[]> {
    const found: string[] = [];
    for await (const file of files) {
      const { path, old, new: now } = changeOf(file, sha256);
      const isKept = now !== null && isFile(now) && now.mode === (old?.mode ?? NEW_FILE);
      if (!isKept || !this.#signed.has(`${now.sha256} ${path}`)) found.push(path);
    }
    return found;
  }
}
