/** The second signature of an approval: by an SSH key, over the digest of what is approved. */
import { readSshKey, type SshKey } from '../crypto/ssh-key.ts';
import { type SshSignature, verifySshSignature } from '../crypto/ssh-signature.ts';
import type { Suite } from '../crypto/suite.ts';
import { fromBase64, utf8 } from '../encoding/bytes.ts';

/** What else was signed with such a key is no approval. */
export const APPROVAL_NAMESPACE = 'entangle-approval';

/** What is signed: one line, so that a stock `ssh-keygen -Y verify` reads it from `echo`. */
export const approvalLine = (digest: string): string => `sha256:${digest}\n`;

/** The keys of these lines that are on a token. */
export const tokenKeys = (lines: readonly string[]): readonly SshKey[] =>
  lines.flatMap((line) => readSshKey(line) ?? []).filter(({ isToken }) => isToken);

/** By which of these keys a digest was signed; null where it is none of them, or no signature of that digest. */
export const sshApproval = (
  suite: Suite,
  sshsig: string | undefined,
  digest: string,
  keys: readonly string[],
): SshSignature | null => {
  if (sshsig === undefined) return null;
  try {
    const found = verifySshSignature(
      suite,
      fromBase64(sshsig),
      utf8(approvalLine(digest)),
      APPROVAL_NAMESPACE,
    );
    return found !== null && keys.includes(found.key.text) ? found : null;
  } catch {
    return null;
  }
};

/** Whether one of these keys, on a token, was touched for that digest. */
export const isTouched = (
  suite: Suite,
  sshsig: string | undefined,
  digest: string,
  keys: readonly string[],
): boolean => sshApproval(suite, sshsig, digest, keys)?.isTouched ?? false;
