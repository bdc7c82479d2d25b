/** A write of a file as a signature binds it: where, the digests of its content before and after, and what changes. */
import { fromUtf8, toHex } from '../encoding/bytes.ts';
import { canonicalize } from '../encoding/canonical.ts';
import type { Sha256 } from '../source/changes.ts';
import { CONTEXT, findingHunks } from '../source/find-hunks.ts';
import { writingHunks } from '../source/hunks.ts';
import type { Steps } from '../steps.ts';
import type { BoundCall } from './binding.ts';

/** Of which bytes at which path below the root of the workspace. */
export type Written = { path: string; sha256: string };
type Edit = { path: string; old: Uint8Array | null; now: Uint8Array };

const NOTHING = new Uint8Array();
/** Both contents are UTF-8, and the path is one that a change may have; `said`: how the agent calls it. */
export function* bindingEdit(
  { path, old, now }: Edit,
  said: string | null,
  sha256: Sha256,
): Steps<{ call: BoundCall; written: Written }> {
  const sideOf = (bytes: Uint8Array) => ({ sha256: toHex(sha256(bytes)), size: bytes.length });
  const after = sideOf(now);
  const head = `--- ${old === null ? '/dev/null' : `a/${path}`}\n+++ b/${path}\n`;
  const hunks = yield* writingHunks(yield* findingHunks(old ?? NOTHING, now, CONTEXT));
  const call: BoundCall = {
    operation: 'file.write',
    binding: 'content',
    command: head + fromUtf8(hunks),
    words: `write of ${path}`,
    input: canonicalize({ path, old: old && sideOf(old), new: after, ...(said !== null && { said }) }),
  };
  return { call, written: { path, sha256: after.sha256 } };
}
