/**
 * A person's program in a process of its own: waits until an approval is asked for, and shows it as `user show --json` does.
 * Writes what of it was longest, not counting its own start.
 */
import { writeFileSync } from 'node:fs';
import { written } from '../../src/cli/kit/report.ts';
import { resolveHome } from '../../src/cli/kit/settings.ts';
import { wireUser } from '../../src/cli/wiring/user-session.ts';
import { jsonPieces } from '../../src/core/encoding/json-pieces.ts';
import { resting } from '../../src/core/in-slices.ts';
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
const blocks = watchBlocks();
const view = await showApproval(user, approval!, WAIT_MS);
const rest = resting(user.home.clock);
for (const piece of jsonPieces(view, 2)) {
  await written(process.stderr, piece);
  await rest();
}
const probed: Probed = { peakMb: process.resourceUsage().maxRSS / 1_024, blockMs: blocks.longest() };
await user.close();
writeFileSync(to, JSON.stringify(probed));
process.exit();
