/**
 * A process that waits for a short lock, for tests that kill it. Arguments: the path, its name. It asks at a line on stdin,
 * prints `held` when it has the lock, and releases it at the next line.
 */
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { openShortLock } from '../../src/adapters/system/short-lock.ts';

const [path = '', name = 'child'] = process.argv.slice(2);
const lock = await openShortLock(path, name, 60_000);
writeSync(1, 'ready\n');
for (;;) {
  await once(process.stdin, 'data');
  await lock.hold(async () => {
    writeSync(1, 'held\n');
    await once(process.stdin, 'data');
  });
  writeSync(1, 'released\n');
}
