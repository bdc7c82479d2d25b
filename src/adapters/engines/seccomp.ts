/**
 * The system calls that an engine may not make in its sandbox, since no namespace parts what they reach. A session keyring is
 * inherited, so its keys would be the runner's own, and a place to leave things for a later turn. Sockets of a virtual
 * machine (AF_VSOCK) lead to whatever it runs on: only families of which a network namespace has its own are there. io_uring
 * opens sockets of any family without the call that is looked at, and so does the one call of 32-bit Intel programs for all
 * that sockets do, whose arguments lie in memory.
 */

type Calls = {
  /** `AUDIT_ARCH_*` of linux/audit.h: what a program is compiled for, as the kernel names it. */
  arch: number;
  /** add_key, request_key, keyctl; io_uring_setup; socketcall where there is one. */
  denied: readonly number[];
  /** socket, whose first argument is the family. */
  socket: number;
  /** Numbers from here on are those of another convention for the same processor (x32), whose calls are all denied. */
  below?: number;
};

/** By Node's name of the processor: its own calls, and those of its 32-bit programs. */
const CALLS: Readonly<Partial<Record<NodeJS.Architecture, readonly Calls[]>>> = {
  x64: [
    { arch: 0xc000003e, denied: [248, 249, 250, 425], socket: 41, below: 0x40000000 },
    { arch: 0x40000003, denied: [286, 287, 288, 425, 102], socket: 359 },
  ],
  arm64: [
    { arch: 0xc00000b7, denied: [217, 218, 219, 425], socket: 198 },
    { arch: 0x40000028, denied: [309, 310, 311, 425], socket: 281 },
  ],
};

/** Of linux/socket.h: AF_UNIX, AF_INET, AF_INET6, AF_NETLINK. */
const FAMILIES = [1, 2, 10, 16];

// linux/bpf_common.h and linux/seccomp.h
const LOAD = 0x20;
const IF_EQUAL = 0x15;
const IF_AT_LEAST = 0x35;
const RETURN = 0x06;
const NUMBER_AT = 0;
const ARCH_AT = 4;
/** The low half of the first argument, which is all that the kernel reads of a family; both processors put it first. */
const FAMILY_AT = 16;
const ALLOW = 0x7fff0000;
/** ENOSYS: what programs hear from a kernel that was built without it, and know how to go on from. */
const DENY = 0x00050000 | 38;
/** EAFNOSUPPORT: the same of a family. */
const NO_FAMILY = 0x00050000 | 97;

type Step = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

const stepsOf = ({ arch, denied, socket, below }: Calls): Step[] => {
  const tests: (readonly [code: number, value: number])[] = [
    ...(below === undefined ? [] : [[IF_AT_LEAST, below] as const]),
    ...denied.map((number) => [IF_EQUAL, number] as const),
  ];
  const steps: Step[] = [
    [LOAD, 0, 0, NUMBER_AT],
    ...tests.map(([code, value], i): Step => [code, tests.length - i + FAMILIES.length + 3, 0, value]),
    [IF_EQUAL, 0, FAMILIES.length + 2, socket],
    [LOAD, 0, 0, FAMILY_AT],
    ...FAMILIES.map((family, i): Step => [IF_EQUAL, FAMILIES.length - i, 0, family]),
    [RETURN, 0, 0, NO_FAMILY],
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
