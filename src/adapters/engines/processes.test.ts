/** What is looked into at a process whose first thread ended, which /proc lists as a zombie. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { probeSandbox } from './probe.ts';
import { heldInMemory } from './processes.ts';

const MIB = 1024 ** 2;
const SIZE = 8 * MIB;
const { available } = await probeSandbox();
const kinds = available ? (['none', 'bwrap'] as const) : (['none'] as const);

test.each(kinds)(
  'what it wrote into a file system in memory of its own is counted, sandbox: %s',
  async (kind) => {
    const mount = mkdtempSync(join(tmpdir(), 'entangle-held-'));
    const number = process.arch === 'x64' ? 60 : 93;
    const script = `use threads; threads->create(sub { open(F, ">", "${mount}/x"); print F "x" x ${2 * MIB}; close F; $| = 1; print $$; sleep 4250 }); select(undef, undef, undef, 0.01) until -s "${mount}/x"; syscall(${number}, 0)`;
    const inside = ['bwrap', '--dev-bind', '/', '/', '--size', String(SIZE), '--tmpfs', mount];
    const [program = '', ...args] = [...(kind === 'bwrap' ? inside : []), 'perl', '-e', script];
    const child = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const pid = Number(String((await once(child.stdout, 'data'))[0]));
      const isZombie = () => expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/^State:\tZ/m);
      await vi.waitFor(isZombie, { timeout: 60_000 });
      const held = () => heldInMemory(child.pid!, [mount], SIZE);
      if (kind === 'none') expect(await held()).toBe(0);
      // One look at the processes serves for a moment
      else await vi.waitFor(async () => expect(await held()).toBeGreaterThan(2 * MIB), { timeout: 60_000 });
    } finally {
      process.kill(-child.pid!, 'SIGKILL');
      rmSync(mount, { recursive: true });
    }
  },
);
