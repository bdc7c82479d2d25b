/** Memory of processes that serve and have nothing to do, after one task, against a bare Node that waits. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { atMost, compared } from '../scripts/bench/measure.ts';
import { tempHomes } from '../test/support/cli.ts';
import { startCustomFederation } from '../test/support/custom-federation.ts';

/** What each may have, in megabytes. */
const MOST = { relay: 80, host: 100, runner: 95 } as const;

const fileOf = (pid: string, name: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return '';
  }
};
const megabytesOf = (pid: string): number => {
  const kilobytes = /^VmRSS:\s*(\d+) kB/m.exec(fileOf(pid, 'status'))?.[1];
  if (kilobytes === undefined) throw new Error(`process ${pid} is not there`);
  return Number(kilobytes) / 1_024;
};
/** Of a child of this process that serves as what is named. */
const serving = (role: string): string => {
  const isOurs = (pid: string): boolean =>
    new RegExp(`^PPid:\\s*${process.pid}$`, 'm').test(fileOf(pid, 'status'));
  const pid = readdirSync('/proc').find(
    (one) => fileOf(one, 'cmdline').includes(`\0${role}\0serve\0`) && isOurs(one),
  );
  if (pid === undefined) throw new Error(`no ${role} serves`);
  return pid;
};

export const run = async () => {
  const here = tempHomes();
  const fed = await startCustomFederation(here, {
    ...{ users: { alice: null }, agents: { coder: {} } },
    engines: { coder: { type: 'exec', auth: 'none', command: ['true'] } },
    edges: ['alice delegates_to coder'],
  });
  const bare = spawn(process.execPath, ['-e', "process.stdout.write('.'); setInterval(() => {}, 1e6)"]);
  try {
    await once(bare.stdout, 'data');
    await fed.waited('alice', await fed.ask('alice', 'coder', 'nothing'), 'end');
    const node = megabytesOf(String(bare.pid));
    return Object.entries(MOST).map(([role, most]) =>
      compared(
        `memory of an idle ${role} against a bare Node`,
        megabytesOf(serving(role)),
        node,
        'MB',
        atMost(most, 'ours'),
      ),
    );
  } finally {
    bare.kill();
    await fed.close();
  }
};
