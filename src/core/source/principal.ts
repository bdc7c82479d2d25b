/** A git principal: what an operator says of it, and what a runner is given of it for a turn or a publication. */
import * as z from 'zod';
import { fromUtf8, toBase64, utf8 } from '../encoding/bytes.ts';
import { once } from '../encoding/once.ts';
import { readShape } from '../encoding/read-shape.ts';
import { matching, name, text } from '../encoding/schema.ts';
import { parseStrict } from '../encoding/strict-json.ts';
import { COMMIT_AUTHOR, GIT_ACCOUNT, HTTPS_HOST, KNOWN_HOSTS } from '../grammars.ts';
import { NETWORK_SCHEMES } from '../vocabulary.ts';

export const httpsCredential = once(() =>
  z.strictObject({
    secret: name.describe('the secret that holds the token'),
    host: matching(HTTPS_HOST).describe(
      'the only host that is given the token, with its port where that is not 443',
    ),
    user: matching(GIT_ACCOUNT)
      .nullable()
      .describe('user name that goes with the token; x-access-token when null'),
  }),
);
/** What a runner is given for an approved publication alone. */
export const withheldPush = once(() =>
  z.strictObject({
    secret: name.describe(
      'the secret that pushes: an SSH key, or a token for the host of the token that reads',
    ),
    scheme: z.enum(NETWORK_SCHEMES).describe('of the remotes that it is for'),
  }),
);
/** Secrets by name, and what else there is to say of a principal. Nothing in it is secret. */
export const principalFacts = once(() =>
  z.strictObject({
    author: matching(COMMIT_AUTHOR).describe('who commits, where the workspace does not say'),
    ssh: name
      .nullable()
      .describe('the secret that holds its SSH key: it signs commits, and logs in over ssh'),
    https: httpsCredential().nullable(),
    knownHosts: matching(KNOWN_HOSTS)
      .nullable()
      .describe('host keys that ssh accepts, as `ssh-keyscan` prints them'),
    push: withheldPush()
      .exactOptional()
      .describe('what pushes, where it is withheld until people approved; the others only read then'),
  }),
);
export type PrincipalFacts = z.infer<ReturnType<typeof principalFacts>>;

/** Names of the secrets by which it reads and signs, and of all that it has. */
export const readingSecrets = ({ ssh, https }: PrincipalFacts): string[] => [
  ...(ssh === null ? [] : [ssh]),
  ...(https === null ? [] : [https.secret]),
];
export const secretsOfPrincipal = (facts: PrincipalFacts): string[] => [
  ...readingSecrets(facts),
  ...(facts.push === undefined ? [] : [facts.push.secret]),
];

const MAX_KEY = 4096;
/** What a grant of a principal holds. */
export const principalCredential = once(() =>
  z.strictObject({
    author: matching(COMMIT_AUTHOR),
    sshKey: text(MAX_KEY).nullable(),
    token: z
      .strictObject({ value: text(MAX_KEY), host: matching(HTTPS_HOST), user: matching(GIT_ACCOUNT) })
      .nullable(),
    knownHosts: matching(KNOWN_HOSTS).nullable(),
    withheld: z.literal(true).exactOptional().describe('it reads; what pushes is asked for each publication'),
  }),
);
export type PrincipalCredential = z.infer<ReturnType<typeof principalCredential>>;

export const DEFAULT_GIT_USER = 'x-access-token';

/** In base64, as the value of a grant is. */
export const writeCredential = (credential: PrincipalCredential): string =>
  toBase64(utf8(JSON.stringify(credential)));

/** Null for what is none. */
export const readCredential = (bytes: Uint8Array): PrincipalCredential | null => {
  try {
    const read = readShape(principalCredential(), parseStrict(fromUtf8(bytes)));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
};

/** Where nobody said who commits. */
export const defaultAuthor = (name: string): string => `${name} <${name}@entangle.invalid>`;
