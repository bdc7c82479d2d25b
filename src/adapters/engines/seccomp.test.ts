import { describe, expect, test } from 'vitest';
import { callFilter } from './seccomp.ts';

const [ALLOW, NO_SUCH_CALL, NO_FAMILY] = [0x7fff0000, 0x00050026, 0x00050061];
const [X64, I386, ARM64, ARM] = [0xc000003e, 0x40000003, 0xc00000b7, 0x40000028];

/** What the kernel answers to a call: classic BPF as seccomp(2) runs it, of the few codes that the filter uses. */
const answer = (filter: Uint8Array, arch: number, number: number, family = 1): number => {
  const view = new DataView(filter.buffer);
  let loaded = 0;
  for (let at = 0; at < filter.length; at += 8) {
    const [code, value] = [view.getUint16(at, true), view.getUint32(at + 4, true)];
    if (code === 0x06) return value;
    if (code === 0x20)
      loaded = new Map([
        [0, number],
        [4, arch],
        [16, family],
      ]).get(value)!;
    else {
      const holds = code === 0x15 ? loaded === value : code === 0x35 ? loaded >= value : null;
      if (holds === null) throw new Error(`code ${code}`);
      at += 8 * view.getUint8(at + (holds ? 2 : 3));
    }
  }
  throw new Error('it runs over its end');
};

describe('calls that reach what no namespace parts are not there', () => {
  test.each([
    ['x64', X64, [248, 249, 250, 425], [0, 41, 59, 102, 247, 251, 435]],
    ['x64', I386, [286, 287, 288, 425, 102], [1, 285, 289, 359]],
    ['arm64', ARM64, [217, 218, 219, 425], [56, 198, 216, 220]],
    ['arm64', ARM, [309, 310, 311, 425], [1, 281, 308, 312]],
  ] as const)('on %s, as %x: these and no others', (processor, arch, denied, allowed) => {
    const filter = callFilter(processor)!;
    expect(denied.map((number) => answer(filter, arch, number))).toEqual(denied.map(() => NO_SUCH_CALL));
    expect(allowed.map((number) => answer(filter, arch, number))).toEqual(allowed.map(() => ALLOW));
  });
  test.each([
    ['x64', X64, 41],
    ['x64', I386, 359],
    ['arm64', ARM64, 198],
    ['arm64', ARM, 281],
  ] as const)(
    'on %s, as %x: sockets of the families that a network namespace has, and of no others',
    (processor, arch, call) => {
      const filter = callFilter(processor)!;
      const made = (family: number) => answer(filter, arch, call, family);
      expect([1, 2, 10, 16].map(made)).toEqual(Array(4).fill(ALLOW));
      // AF_UNSPEC, AF_PACKET, AF_BLUETOOTH, AF_ALG, AF_VSOCK, AF_QIPCRTR, AF_XDP
      expect([0, 17, 31, 38, 40, 42, 44].map(made)).toEqual(Array(7).fill(NO_FAMILY));
    },
  );
  test('nor under another convention or for another processor', () => {
    const filter = callFilter('x64')!;
    for (const number of [0, 250]) {
      expect(answer(filter, X64, 0x40000000 + number)).toBe(NO_SUCH_CALL);
      expect(answer(filter, ARM64, number)).toBe(NO_SUCH_CALL);
    }
  });
  test('a processor whose calls are not known has no filter', () => {
    expect(callFilter('riscv64')).toBeNull();
  });
});
