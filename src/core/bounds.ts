/** Bounds that a command and what it talks to must agree on, once: counts, bytes, times. */

export type Bounds = { readonly least: number; readonly most: number };
const DAY_MS = 86_400_000;
/** Memory of an agent, and of a runner, in MiB. */
export const MEMORY: Bounds = { least: 16, most: 16_777_216 };
/**
 * How long there is once a process was told to stop: for what it started, until that is killed; for a server of `up`, until `up` kills it;
 * and for any command, until it exits whatever is under way.
 */
export const STOPPING_MS = { grace: 2_000, settling: 2_000, server: 14_000, command: 15_000 } as const;
/** How long an agent of a node may be waited for: for an answer before its prompt, for a word, for its end when it is cancelled. The last is within what a runner that stops has. */
export const TIMEOUTS = {
  start: { least: 1_000, most: 3_600_000 },
  silence: { least: 1_000, most: DAY_MS },
  cancel: { least: 1_000, most: STOPPING_MS.server - STOPPING_MS.grace - STOPPING_MS.settling },
} as const satisfies Record<string, Bounds>;
/** How long an assignment lives without renewal. */
export const LEASE_MS: Bounds = { least: 5_000, most: 3_600_000 };
/** Changes of whether a runner is heard that are recorded an hour, the last of them only when it is heard no more at all. */
export const MOST_LIVENESS = 12;
/** How long an invite is good. */
export const INVITE_MS: Bounds = { least: 1_000, most: 30 * DAY_MS };
/** How long a passphrase is remembered. */
export const UNLOCK_MS: Bounds = { least: 1_000, most: DAY_MS / 2 };
/** Streams of a Host that are open at once. */
export const MAX_STREAMS = { all: 32, ofOperator: 8 } as const;
/** Of a git remote: it stands in approvals and in references to what was published. */
export const MAX_REPOSITORY = 500;
/** Lines that a node’s workspace adds to the message of each commit. */
export const MAX_TRAILERS = 8;
/** SSH keys of a person in the graph, each a line of a `.pub` file. */
export const MAX_SSH_KEYS = 8;
/** Of a path on this machine, PATH_MAX of Linux. */
export const MAX_PATH_BYTES = 4_096;
export const MAX_SSH_KEY = 400;
/** Base64 of what `ssh-keygen -Y sign` makes with such a key. */
export const MAX_SSHSIG = 2_000;
/** Characters of the reason that an operator gives for the end of a session. */
export const MAX_END_REASON = 1000;
/** How long a question may stay open, in seconds: a year. */
export const MAX_EXPIRES_SECONDS = 365 * 86_400;
/** Bytes of a task, a reason, a question or its answer: 64 KiB. */
export const MAX_TEXT_BYTES = 65_536;
/** Characters that a message has whole of a text that is not its subject: a reason, or the task of an approval. */
export const MOST_BRIEF = 400;
/**
 * Files that go with a task, their bytes together (4 MiB), characters of the name of each, and quotation marks in all
 * names: beside these a message has room for the beginning of any task, and each takes sixteen bytes where it is quoted.
 */
export const MAX_ATTACHED = { files: 8, bytes: 4_194_304, name: 100, quotes: 500 } as const;
/** Files that agents of one session give to people: so many, so many bytes together; one has at most what can go with a task. */
export const MAX_GIVEN = { files: 16, bytes: 16_777_216, media: 100 } as const;
/** Blobs of what a turn printed: its output has at most 8 MiB, and without the directories of its machine hardly more. */
export const MAX_TRANSCRIPT_BLOBS = 9;
/** Bytes of what a runner itself says between, in one turn: as often as its engine has it say something. */
export const MAX_TOLD_BYTES = 262_144;
/** Bytes that a person's git gets of a remote for one published commit, with the history that is not here: 1 GiB. */
export const MAX_FETCHED_BYTES = 1_073_741_824;
/** Names that a task came through, as a delegation and what it asks tell of them. */
export const MAX_PATH = 17;
/** Turns of one task, in all that comes of it. */
export const MAX_TURNS = 1000;
/** What the engines of one session may ask a person. */
export const MAX_QUESTIONS = 100;
/** What the engines of one session may ask to have reviewed. */
export const MAX_REVIEWS = 50;
/**
 * So long after it was signed a message waits for nothing but a relay: a command gives one as much before it leaves, and
 * has left it in the outbox by then.
 */
export const UNSENT_MS = 5_000;
/**
 * So long after it was signed whoever has not acknowledged a message was not reached by it: who is there does within a
 * second or two, and was given it three times by then.
 */
export const UNREACHED_MS = 10_000;
/** So often may a node say of one attempt whom it waits for. */
export const MAX_WAITING_TOLD = 100_000;
/** Of those whom a node waits for and cannot reach, so many are named. */
export const MAX_UNREACHED = 16;
/** Bytes of an engine’s output that one message tells: 8 KiB. */
export const MAX_TRACE_BYTES = 8192;
/** Bytes of a wrap, and of whatever a relay keeps: 64 KiB. */
export const MAX_WRAP_BYTES = 65_536;
/** Bytes of a frame between a relay and its client: 256 KiB. */
export const MAX_FRAME_BYTES = 262_144;
/**
 * Bytes of a graph, as a file and in its canonical form: 8 MiB, twice what its nodes and edges may need. What a graph has too
 * many of is told as that.
 */
export const MAX_GRAPH_BYTES = 8_388_608;
/** Of a graph; so a node has fewer neighbours than this. */
export const MAX_NODES = 5_000;
/** At most this many nodes, edges and tests of one graph: far above any team, low enough to stay quick. */
export const MAX_GRAPH = { nodes: MAX_NODES, edges: 50_000, tests: 20_000 } as const;
/** Bytes of the neighbours of one participant: those of a graph, and for each what its Host adds, a key above all. */
export const MAX_ROUTES_BYTES = MAX_GRAPH_BYTES + 200 * MAX_NODES;
/** Bytes of a blob, other than a graph and routes at their Host: 1 MiB. */
export const MAX_BLOB_BYTES = 1_048_576;
/** The same by home. */
export const MAX_BLOB_OF = { host: MAX_ROUTES_BYTES, runner: MAX_BLOB_BYTES, user: MAX_BLOB_BYTES } as const;
/** Blobs that the shown document of a change is cut into. */
export const MAX_PARTS = 32;
/** Bytes of changed files that one turn keeps for its reviews, all commits together: 1 GiB. */
export const MAX_REVIEWED_BYTES = 1_073_741_824;
/** Bytes of all blobs of a runner or a person: 1 GiB. Beyond it goes what nothing open needs, the oldest first. */
export const MAX_KEPT_BYTES = 1_073_741_824;
/** Bytes of the value of a secret: 8 KiB, more than any key has, and what a message carries in two layers of cipher. */
export const MAX_SECRET_BYTES = 8192;
/** Secrets that a node names, beside that of its engine: each is a descriptor of the process that starts a turn. */
export const MAX_NODE_SECRETS = 16;
/** Secrets of a Host. */
export const MAX_SECRETS = 1000;
/** Of an agent node as it is offered to a runner, in characters of its JSON. */
export const MAX_SPEC = 12_000;
/** Turns at once on one runner. */
export const CAPACITY: Bounds = { least: 1, most: 64 };
/**
 * What an agent may send in one turn: bytes of a line and of all lines, values in the JSON of a line and of all lines; bytes
 * of a file that it reads or writes through its runner, and requests that are not answered yet; terminals at once, bytes
 * that are kept of what one printed, and bytes that all of them print.
 */
export const MAX_ACP = {
  ...{ line: 8_388_608, all: 268_435_456 },
  ...{ members: 50_000, allMembers: 4_000_000 },
  ...{ file: 2_097_152, requests: 32 },
  ...{ terminals: 16, terminalBytes: 4_194_304, terminalsAll: 67_108_864 },
} as const;
/**
 * Of commands that an engine has its runner run: at once, bytes of the end of their output that it is told, and of all output in a turn;
 * files and their bytes that one is bound to.
 */
export const MAX_RUN = {
  ...{ commands: 16, told: 32_768, all: 67_108_864 },
  ...{ files: 100_000, fileBytes: 1_073_741_824 },
} as const;
/**
 * Of the probe of an agent: each turn's time, output, memory, and bytes and names on the disk; bytes of a request to its model,
 * how many, and how long one takes; characters that name the agent, probes that a runner keeps, bytes of a file it starts from, and of the package that
 * this is of, and files of that.
 */
export const MAX_PROBE = {
  ...{ timeMs: 180_000, output: 8_388_608, memory: 4_294_967_296, disk: 1_073_741_824, entries: 100_000 },
  ...{ request: 8_388_608, requests: 200, connections: 16, requestMs: 30_000 },
  ...{ agent: 400, kept: 16, told: 8, program: 1_073_741_824, files: 50_000 },
} as const;
/** What an editor may send: bytes of a line, requests that are not answered yet; sessions that one process keeps, and parts of a prompt. */
export const MAX_EDITOR = { line: 8_388_608, requests: 64, sessions: 32, blocks: 256 } as const;
/**
 * Of the network of a turn: hosts that a policy lists, and characters of one; connections at once; bytes of the head of a request, and how long it
 * may take; how long one is dialled, and may be silent; places that a turn is told to have asked for.
 */
export const MAX_NETWORK = {
  ...{ targets: 64, target: 256, connections: 64, headBytes: 16_384, headMs: 10_000 },
  ...{ dialMs: 20_000, idleMs: 900_000, told: 32 },
} as const;
/** Of what one turn says that it took: tokens, and millionths of a currency. */
export const MAX_USAGE = { tokens: 1_000_000_000, micros: 1_000_000_000_000 } as const;
/** What the files of one turn may take of a disk: bytes (8 GiB) and entries. */
export const TURN_DISK = { diskBytes: 8_589_934_592, diskEntries: 500_000 } as const;
/** Of what agents keep between two turns of a session: bytes and files of one, and how many of them a runner has. */
export const MAX_KEPT_AGENT = { bytes: 134_217_728, entries: 20_000, places: 64 } as const;
/** Characters of each text that a person is shown of a command before an agent runs it; all of them have to fit a message. */
export const MAX_ASKED = 6_000;
/** Grants: uses of one, how long one is good in milliseconds, and open ones of one person at one node. */
export const MAX_GRANT = { uses: 100, ms: DAY_MS, open: 32 } as const;
/** Calls of one session that wait for people at once. */
export const MAX_OPEN_CALLS = 16;
/** Bytes of a directive of an engine, in its one line. */
export const MAX_DIRECTIVE = 16_384;
/**
 * Directives that an agent gives as calls of tools: bytes of a line about them and of all lines of a turn (as many
 * as all calls at their greatest), connections, calls that wait for their
 * answer at once, calls in one turn, and calls of what is not even begun.
 */
export const MAX_TOOLS = {
  ...{ line: 65_536, all: 16_777_216, connections: 8 },
  ...{ atOnce: 16, calls: 1_000, refusals: 100 },
} as const;
/** Requests of an agent that may be refused one after the other before its turn ends. */
export const MAX_REFUSED = 3;
/**
 * How long a runner keeps what turns made and nobody published, and at least what a turn may still go on from, in seconds; how often it
 * looks after its stores.
 */
export const KEPT_WORK = { seconds: 14 * 86_400, least: 86_400, everyMs: 3_600_000 } as const;
/** So long after the end of its session nothing of a turn writes any more: `runner tidy` beside who serves waits for it. */
export const TIDY_BESIDE_MS = 600_000;
/** What a runner keeps on its disk, in MiB, as its settings say it. */
export const DISK: Bounds = { least: 1_024, most: 1_073_741_824 };
/**
 * The same where they do not: a part of the file system, at most so many bytes (64 GiB) and names. `turn`: what has to be left of
 * it for each turn that begins or runs.
 */
export const KEPT_DISK = {
  ...{ part: 4, bytes: 68_719_476_736, entries: 4_000_000 },
  turn: { bytes: 268_435_456, entries: 10_000 },
} as const;
/** Of a tree of any size, with the tags of its event. */
export const MAX_TLOG_PROOF = 8_000;
/** Claims of one binding, keys of one issuer, and characters of an identity token. */
export const MAX_CLAIMS = 16;
export const MAX_ISSUER_KEYS = 32;
export const MAX_IDENTITY_TOKEN = 12_288;
/** How long what it is exchanged for is good, in seconds; how old it may be; how wrong its issuer's clock. */
export const IDENTITY_SECONDS = { token: 600, oldest: 3_600, skew: 30 } as const;
/** A signed request of an operator: so many seconds it is good, before and after its time, and so many are remembered. */
export const SIGNED_REQUESTS = { seconds: 60, most: 100_000 } as const;

/**
 * A session that is over stays in the working set for so many lines more; how often is looked for such, in lines. What
 * such a look moves is one block of the event loop.
 */
export const HISTORY_BOUNDS = { after: 10_000, every: 250 } as const;

/** How often the Host API is asked over TCP from one address (an IPv6 network of 64 bits is one), and by one operator. */
export const ADDRESS_RATE = { perSecond: 100, burst: 500, most: 10_000 } as const;
export const OPERATOR_RATE = { perSecond: 50, burst: 250, most: 1_000 } as const;
/** Successors of one founding key, one after the other: all of them stand in one message; and how long mail to those before is read. */
export const MAX_SUCCESSIONS = 24;
export const RETIRED_SECONDS = 30 * 86_400;
