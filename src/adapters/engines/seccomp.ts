/**
 * The system calls that an engine may not make in its sandbox: those of the kernel's keyrings, which no namespace parts. A
 * session keyring is inherited, so its keys would be the runner's own, and a place to leave things for a later turn.
 */

type Calls = {
  /** `AUDIT_ARCH_*` of linux/audit.h: what a program is compiled for, as the kernel names it. */
  arch: number;
  /** add_key, request_key, keyctl. */
  denied: readonly number[];
  /** Numbers from here on are those of another convention for the same processor (x32), whose calls are all denied. */
  below?: number;
};

/** By Node's name of the processor: its own calls, and those of its 32-bit programs. */
const CALLS: Readonly<Partial<Record<NodeJS.Architecture, readonly Calls[]>>> = {
  x64: [
    { arch: 0xc000003e, denied: [248, 249, 250], below: 0x40000000 },
    { arch: 0x40000003, denied: [286, 287, 288] },
  ],
  arm64: [
    { arch: 0xc00000b7, denied: [217, 218, 219] },
    { arch: 0x40000028, denied: [309, 310, 311] },
  ],
};

// linux/bpf_common.h and linux/seccomp.h
const LOAD = 0x20;
const IF_EQUAL = 0x15;
const IF_AT_LEAST = 0x35;
const RETURN = 0x06;
const NUMBER_AT = 0;
const ARCH_AT = 4;
const ALLOW = 0x7fff0000;
/** ENOSYS: what programs hear from a kernel that was built without keyrings, and know how to go on from. */
const DENY = 0x00050000 | 38;

type Step = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

const stepsOf = ({ arch, denied, below }: Calls): Step[] => {
  const tests: (readonly [code: number, value: number])[] = [
    ...(below === undefined ? [] : [[IF_AT_LEAST, below] as const]),
    ...denied.map((number) => [IF_EQUAL, number] as const),
  ];
  const steps: Step[] = [
    [LOAD, 0, 0, NUMBER_AT],
    ...tests.map(([code, value], i): Step => [code, tests.length - i, 0, value]),
    [RETURN, 0, 0, ALLOW],
    [RETURN, 0, 0, DENY],
  ];
  return [[IF_EQUAL, 0, steps.length, arch], ...steps];
};

/** The filter as the kernel reads it (struct sock_filter of linux/filter.h); null for a processor it is not known of. */
export const callFilter = (processor: NodeJS.Architecture = process.arch): Uint8Array | null => {
  const calls = CALLS[processor];
  if (calls === undefined) return null;
  const steps: Step[] = [[LOAD, 0, 0, ARCH_AT], ...calls.flatMap(stepsOf), [RETURN, 0, 0, DENY]];
  const bytes = new DataView(new ArrayBuffer(steps.length * 8));
  for (const [i, [code, ifTrue, ifFalse, value]] of steps.entries()) {
    bytes.setUint16(i * 8, code, true);
    bytes.setUint8(i * 8 + 2, ifTrue);
    bytes.setUint8(i * 8 + 3, ifFalse);
    bytes.setUint32(i * 8 + 4, value, true);
  }
  return new Uint8Array(bytes.buffer);
};
