/** Gives the log of a Host another key, as `entangle host audit rotate-key --yes` does: a process to be killed over it. */
import { rotateAuditKey } from '../../src/cli/host/audit-rotate.ts';

const [home = ''] = process.argv.slice(2);
await rotateAuditKey(home, { yes: true, 'no-input': true }, () => {});
