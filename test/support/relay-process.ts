/** The embedded relay as a process of its own, to be killed: `node test/support/relay-process.ts DIRECTORY PORT`. */

import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import { serveRelay } from '../../src/adapters/relay-server/server.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { systemRandom } from '../../src/adapters/system/random.ts';
import { verify } from './relay-kit.ts';

const [directory = '', port = '0'] = process.argv.slice(2);
const relay = await serveRelay({
  host: '127.0.0.1',
  port: Number(port),
  directory,
  clock: systemClock,
  random: systemRandom,
  verify,
  suite: suiteWasm,
});
process.stdout.write(`${relay.url}\n`);
