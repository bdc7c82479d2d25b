/** Prunes the record of a Host once, as `entangle host audit prune --yes` does: a process to be killed over it. */
import { pruneAudit } from '../../src/cli/host/audit-prune.ts';

const [home = '', before = ''] = process.argv.slice(2);
await pruneAudit(home, { before, yes: true, 'no-input': true }, () => {});
