import { describe, expect, test } from 'vitest';
import { callFilter } from './seccomp.ts';

const [ALLOW, NO_SUCH_CALL] = [0x7fff0000, 0x00050026];
const [X64, I386, ARM64, ARM] = [0xc000003e, 0x40000003, 0xc00000b7, 0x40000028];

/** What the kernel answers to a call: classic BPF as seccomp(2) runs it, of the few codes that the filter uses. */
const answer = (filter: Uint8Array, arch: number, number: number): number => {
  const view = new DataView(filter.buffer);
  let loaded = 0;
  for (let at = 0; at < filter.length; at += 8) {
    const [code, value] = [view.getUint16(at, true), view.getUint32(at + 4, true)];
    if (code === 0x06) return value;
    if (code === 0x20) loaded = value === 0 ? number : arch;
    else {
      const holds = code === 0x15 ? loaded === value : code === 0x35 ? loaded >= value : null;
      if (holds === null) throw new Error(`code ${code}`);
      at += 8 * view.getUint8(at + (holds ? 2 : 3));
    }
  }
  throw new Error('it runs over its end');
};

describe('calls of the kernel’s keyrings are not there', () => {
  test.each([
    ['x64', X64, [248, 249, 250], [0, 59, 247, 251, 435]],
    ['x64', I386, [286, 287, 288], [1, 285, 289]],
    ['arm64', ARM64, [217, 218, 219], [56, 216, 220]],
    ['arm64', ARM, [309, 310, 311], [1, 308, 312]],
  ] as const)('on %s, as %x: these and no others', (processor, arch, denied, allowed) => {
    const filter = callFilter(processor)!;
    expect(denied.map((number) => answer(filter, arch, number))).toEqual(denied.map(() => NO_SUCH_CALL));
    expect(allowed.map((number) => answer(filter, arch, number))).toEqual(allowed.map(() => ALLOW));
  });
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
