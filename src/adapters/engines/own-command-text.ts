/** What a command beside the engine may have as its environment, and how its output is cut. */
/** Names of the runner: one of them finds what the turn left running. */
const OWN = 'ENTANGLE_';
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** What a shell lets nobody set. */
const FIXED: ReadonlySet<string> = new Set(['BASHOPTS', 'EUID', 'PPID', 'SHELLOPTS', 'UID']);

/** Why it cannot have this environment, or null. */
export const environmentTrouble = (env: Readonly<Record<string, string>>): string | null => {
  const wrong = Object.entries(env).find(
    ([name, value]) => !NAME.test(name) || FIXED.has(name) || name.startsWith(OWN) || value.includes('\0'),
  );
  return wrong ? `its environment cannot have ${JSON.stringify(wrong[0])}` : null;
};

/** Without the rest of a character that was cut. */
export const fromCharacter = (bytes: Buffer): Buffer => {
  let at = 0;
  while (at < 3 && at < bytes.length && (bytes[at]! & 0xc0) === 0x80) at += 1;
  return bytes.subarray(at);
};
