/**
 * A person's program at a terminal: waits until an approval is asked for, and has it signed as `user approve` does. Writes what
 * of it was longest, not counting its own start.
 */
import { writeFileSync } from 'node:fs';
import { resolveHome } from '../../src/cli/kit/settings.ts';
import { approveShown } from '../../src/cli/user/decide.ts';
import { wireUser } from '../../src/cli/wiring/user-session.ts';
import { showApproval } from '../../src/services/user/approval-view.ts';
import { watchBlocks } from './blocks.ts';
import type { Probed } from './probe.ts';

const WAIT_MS = 600_000;
const [home, to] = process.argv.slice(2) as [string, string];
const user = await wireUser(resolveHome(home, {}, home), 'default', {
  ...{ passphraseFile: undefined, input: false, log: () => {}, syncMs: 2_000 },
});
process.stdout.write('ready\n');
await user.until(() => user.home.tables.list('approvals', { open: 1 })[0] ?? null, WAIT_MS);
const [approval] = user.home.tables.list('approvals', { open: 1 });
// A command waits for ten seconds only until the change is here
await showApproval(user, approval!, WAIT_MS);
const blocks = watchBlocks();
await approveShown(user, approval!.id, { subjectDigest: undefined, noInput: false });
const probed: Probed = { peakMb: process.resourceUsage().maxRSS / 1_024, blockMs: blocks.longest() };
await user.close();
writeFileSync(to, JSON.stringify(probed));
process.exit();
