/** Every grammar of names and texts, once: what a text must look like, at both ends of a wire. */
import { RATE_UNITS } from './vocabulary.ts';

/** What a text must look like, and the sentence that says so to people: never the pattern itself. */
export type Grammar = { readonly what: string; readonly pattern: RegExp; readonly rule: string };

/** Exactly so many bytes as lower-case hex. */
export const hexOf = (bytes: number): Grammar => ({
  what: `${bytes} bytes in hex`,
  pattern: new RegExp(`^[0-9a-f]{${bytes * 2}}$`),
  rule: `${bytes * 2} characters of 0-9 and a-f`,
});

/** Of graphs, nodes, runners, users, persons, operators, secrets and git principals alike. */
export const NAME: Grammar = {
  what: 'a name',
  pattern: /^[a-z][a-z0-9-]{0,62}$/,
  rule: '1 to 63 of a-z, 0-9 and -, beginning with a letter',
};
/** Of what an issuer says of a workload: RFC 7519 has short names, and some have addresses. */
export const CLAIM_NAME: Grammar = {
  what: 'a claim name',
  pattern: /^[A-Za-z][A-Za-z0-9_.:/-]{0,127}$/,
  rule: '1 to 128 letters, digits, _, ., :, / and -, beginning with a letter',
};
/** `<public key of the Host that made it>/<name>`. */
export const GRAPH_ID: Grammar = {
  what: 'a graph id',
  pattern: /^[0-9a-f]{64}\/[a-z][a-z0-9-]{0,62}$/,
  rule: 'the Host’s public key in hex, a slash and the name of the graph',
};
/**
 * The labels of Kubernetes, which people already put on their machines, with a shorter prefix so that a hello with all
 * 64 of them fits a message.
 */
export const LABEL_KEY: Grammar = {
  what: 'a label key',
  pattern: /^(?:[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?\/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/,
  rule: '1 to 63 letters, digits, -, _ and ., beginning and ending with a letter or digit; before it, if anything, a domain of at most 63 and a slash',
};
export const LABEL_VALUE: Grammar = {
  what: 'a label value',
  pattern: /^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/,
  rule: '1 to 63 letters, digits, -, _ and ., beginning and ending with a letter or digit',
};
export const MAX_LABELS = 64;
const UNITS = ['[0-9]{1,6}d', '[0-9]{1,7}h', '[0-9]{1,9}m', '[0-9]{1,10}s', '[0-9]{1,12}ms'];
const withSmaller = (unit: string, i: number): string =>
  [unit, ...UNITS.slice(i + 1).map((smaller) => `(?:${smaller})?`)].join('');
/** Whole numbers, each unit once, largest first; in graph files, settings and options alike. `core/encoding/time.ts` reads it. */
export const DURATION: Grammar = {
  what: 'a duration',
  pattern: new RegExp(`^(?:0|${UNITS.map(withSmaller).join('|')})$`),
  rule: 'whole numbers with their units, such as 90s, 15m, 1h30m or 7d',
};
/** In UTC; `dayStart` of `core/encoding/time.ts` reads it. */
export const DAY: Grammar = {
  what: 'a day',
  pattern: /^\d{4}-\d{2}-\d{2}$/,
  rule: 'year, month and day, such as 2026-01-31',
};
export const RATE: Grammar = {
  what: 'a rate',
  pattern: new RegExp(`^([1-9][0-9]{0,5})/(${RATE_UNITS.join('|')})$`),
  rule: `a number, a slash and one of ${RATE_UNITS.join(', ')}, such as 10/minute`,
};
/** Where an engine takes its credential from. */
export const CREDENTIAL_SOURCE: Grammar = {
  what: '`none` or `secret:NAME`',
  pattern: /^(?:none|secret:[a-z][a-z0-9-]{0,62})$/,
  rule: 'none, or the name of a secret after `secret:`',
};
export const CURRENCY: Grammar = {
  what: 'a currency',
  pattern: /^[A-Z]{3}$/,
  rule: 'three capital letters, as USD',
};
export const MODEL_ENDPOINT: Grammar = {
  what: 'the URL of the API of a model',
  // No query: a client puts its own path behind it. Host and port are such as a list of the network has, which routes tell
  pattern:
    /^(?=.{1,256}$)https?:\/\/(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?){0,9}|\[[0-9A-Fa-f:.]{2,45}\])(?::[1-9][0-9]{0,4})?(?:\/[^\s@?#\\\u0000-\u001f\u007f-\u009f]*)?$/,
  rule: 'http:// or https:// and a host, perhaps a port, without a user name or a query, at most 256 characters',
};
/** What a turn may reach of the network. */
export const NETWORK_TARGET: Grammar = {
  what: 'a host and a port',
  pattern:
    /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?){0,9}|\[[0-9a-f:.]{2,45}\]):[1-9][0-9]{0,4}$/,
  rule: 'a host or an address in lower case, a colon and a port, such as api.example.com:443',
};
export const RELAY_URL: Grammar = {
  what: 'the URL of a relay',
  pattern: /^wss?:\/\/[^\s@]{1,250}$/,
  rule: 'ws:// or wss:// and a host, without a user name, at most 256 characters',
};
export const MAX_RELAYS = 8;
/** Shape only: `parsePubkey` also checks the sum. */
export const PUBLIC_KEY_TEXT: Grammar = {
  what: 'a public key',
  pattern: /^(?:npub1[02-9ac-hj-np-z]{58}|[0-9a-f]{64})$/,
  rule: 'npub1… (63 characters), or 64 lower-case hexadecimal digits',
};
export const UUID: Grammar = {
  what: 'an id',
  pattern: /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  rule: 'a lower-case UUID',
};
export const QUIET_HOURS: Grammar = {
  what: 'the hours in which nobody is told',
  pattern: /^(?:[01]\d|2[0-3]):[0-5]\d-(?:[01]\d|2[0-3]):[0-5]\d$/,
  rule: 'two times of the day, as in 22:00-07:00',
};
export const SUBJECT_DIGEST: Grammar = {
  what: 'the digest of a subject',
  pattern: /^sha256:[0-9a-f]{64}$/,
  rule: '`subjectDigest` of `entangle user inbox --json`: sha256: and 64 characters of 0-9 and a-f',
};
export const COMMIT_ID: Grammar = {
  what: 'a commit id',
  pattern: /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/,
  rule: '40 or 64 characters of 0-9 and a-f',
};
/** Why something was refused or ended: for programs. */
export const REASON: Grammar = {
  what: 'a reason code',
  pattern: /^[a-z][a-z0-9_.]{0,63}$/,
  rule: '1 to 64 of a-z, 0-9, _ and ., beginning with a letter',
};
/** Of tables and columns of the read models: they stand in SQL unquoted. */
export const COLUMN_NAME: Grammar = {
  what: 'the name of a table or column',
  pattern: /^[a-z][a-z0-9_]{0,62}$/,
  rule: '1 to 63 of a-z, 0-9 and _, beginning with a letter',
};
/** Of secret keys in a key store: `host`, `recovery`, `node-<assignment>`. */
export const KEY_NAME: Grammar = {
  what: 'the name of a key',
  pattern: /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/,
  rule: '1 to 100 letters, digits, - and _, beginning with a letter or digit',
};
/** Who commits, as git writes a person. */
export const COMMIT_AUTHOR: Grammar = {
  what: 'an author',
  pattern:
    /^[^\s<>.,:;"'\\\u0000-\u001f\u007f-\u009f][^<>\u0000-\u001f\u007f-\u009f]{0,98} <[^\s<>@\u0000-\u001f\u007f-\u009f]{1,64}@[^\s<>@\u0000-\u001f\u007f-\u009f]{1,100}>$/,
  rule: 'a name and an email in angle brackets, such as Build Bot <bot@example.com>',
};
/** Of the branch of a session: one for each, or two tasks would fight for one head. */
export const BRANCH_PATTERN: Grammar = {
  what: 'the pattern of a branch',
  pattern: /^(?=.*\{session\})(?:[A-Za-z0-9._/-]|\{(?:node|session)\}){1,100}$/,
  rule: 'letters, digits and . _ / - with {session} in it and perhaps {node}, such as agents/{node}/{session}',
};
/** The first line of a commit message. */
export const COMMIT_SUBJECT: Grammar = {
  what: 'the first line of a commit message',
  pattern:
    /^(?:[^\s{}\u0000-\u001f\u007f-\u009f]|\{(?:title|node|session|change)\})(?:[^{}\u0000-\u001f\u007f-\u009f]|\{(?:title|node|session|change)\}){0,199}$/,
  rule: 'a text of one line with {title}, {node}, {session} or {change} at most, such as agent: {title}',
};
/** A line at the end of a commit message; those of entangle are its own. */
export const COMMIT_TRAILER: Grammar = {
  what: 'a trailer',
  pattern:
    /^(?![Ee][Nn][Tt][Aa][Nn][Gg][Ll][Ee]-)[A-Za-z0-9][A-Za-z0-9-]{0,62}: (?:[^\s{}\u0000-\u001f\u007f-\u009f]|\{(?:node|session|change)\})(?:[^{}\u0000-\u001f\u007f-\u009f]|\{(?:node|session|change)\}){0,199}$/,
  rule: 'a word, a colon and a text with {node}, {session} or {change} at most, such as Signed-off-by: Ada <ada@example.com>, and no Entangle- word',
};
/** RFC 6838 §4.2 without parameters: it decides nothing, and people read it. */
export const MEDIA_TYPE: Grammar = {
  what: 'a media type',
  pattern: /^[a-z0-9][a-z0-9!#$&^_.+-]{0,48}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,48}$/,
  rule: 'two words of small letters and digits with a slash between them, such as text/plain',
};
/** As an address of a repository names it: without the port that https has anyway. */
export const HTTPS_HOST: Grammar = {
  what: 'a host',
  pattern: /^(?:[a-z0-9][a-z0-9.-]{0,252}|\[[0-9a-f:.]{2,45}\])(?::[1-9][0-9]{0,4})?$/,
  rule: 'a name or address in small letters, and its port where that is not 443, such as git.example.org:8443',
};
/** The user name of a git server. */
export const GIT_ACCOUNT: Grammar = {
  what: 'a user name',
  pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
  rule: '1 to 64 letters, digits, ., _ and -, beginning with a letter or digit',
};
/** Lines of a known_hosts file (sshd(8)). */
export const KNOWN_HOSTS: Grammar = {
  what: 'a list of host keys',
  pattern: /^(?:[\x21-\x7e][\x20-\x7e]{0,1000}\n){1,16}$/,
  rule: 'at most 16 lines of a known_hosts file, each with its line end',
};
