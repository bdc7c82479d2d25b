/** Appends lines of the given lengths to a relay log, one after the other, and prints for each whether it was taken. */
import { EventLog } from '../../src/adapters/relay-server/store-log.ts';

process.on('SIGXFSZ', () => {});
const [path = '', ...lengths] = process.argv.slice(2);
const log = await EventLog.open(path, () => {});
for (const [i, length] of lengths.entries()) {
  const line = String(i).repeat(Number(length));
  console.log(
    await log.append(line).then(
      () => 'taken',
      () => 'refused',
    ),
  );
}
await log.close();
