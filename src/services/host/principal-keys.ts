/**
 * What the secrets of a git principal may be: an SSH key or a token of its own, that signs and opens nothing else. Asked
 * when one is set, and again each time that a runner is to have it: a graph can come to have that key as a person's.
 */
import { logPublicKey } from '../../core/crypto/ed25519.ts';
import { readSshKey } from '../../core/crypto/ssh-key.ts';
import { readSshPrivateKey, type SshPrivateKey } from '../../core/crypto/ssh-private-key.ts';
import { equal, fromBase64, fromUtf8, toHex } from '../../core/encoding/bytes.ts';
import { type PrincipalFacts, secretsOfPrincipal } from '../../core/source/principal.ts';
import type { Host } from './host.ts';
import { openSecret } from './secret-values.ts';

/** Of a secret, as it is kept or is about to be. */
export type SecretValue = { name: string; value: string };
/** Texts of secrets by name; what is no text is no key and no token. */
type Texts = ReadonlyMap<string, string | null>;
type Named = { name: string; facts: PrincipalFacts };

export const principalsOf = ({ home }: Pick<Host, 'home'>): Named[] =>
  home.tables.list('principals').flatMap(({ name, facts }) => (facts === null ? [] : [{ name, facts }]));

const textOf = (value: string): string | null => {
  try {
    return fromUtf8(fromBase64(value));
  } catch {
    return null;
  }
};

const textsOf = async ({ home }: Host, facts: PrincipalFacts, about: SecretValue | null): Promise<Texts> => {
  const texts = new Map<string, string | null>();
  for (const name of secretsOfPrincipal(facts)) {
    const kept = about?.name === name ? about : await openSecret(home, name);
    if (kept) texts.set(name, textOf(kept.value));
  }
  return texts;
};

const keyIn = (text: string | null | undefined): SshPrivateKey | null => readSshPrivateKey(text ?? '');

/** The SSH key of a principal; null where it has none, or none that can be read. */
export const sshKeyOf = async (host: Host, { ssh }: PrincipalFacts): Promise<SshPrivateKey | null> => {
  const kept = ssh === null ? null : await openSecret(host.home, ssh);
  return kept && keyIn(textOf(kept.value));
};

/** Whose key on the federation's own side has these 32 bytes: the same secret under another curve is the same secret. */
const signerOf = ({ home, logKey }: Host, { seed, key }: SshPrivateKey): string | null => {
  if (equal(seed, logKey) || equal(key.point, logPublicKey(logKey))) return 'the log of this Host';
  if (equal(seed, home.self.secretKey)) return 'this Host';
  try {
    const known = home.tables.get('keys', toHex(home.suite.publicKey(seed)));
    return known ? `${known.role} "${known.name}"` : null;
  } catch {
    // No scalar of that curve, so nobody's key
    return null;
  }
};

const tokenTrouble = (secret: string, text: string | null | undefined): string | null =>
  TOKEN.test(text ?? '') ? null : `secret "${secret}" is no token: one line of at most 4096 plain characters`;

const personOf = ({ graph }: Host, { key }: SshPrivateKey): string | null => {
  for (const [name, node] of graph?.nodes ?? [])
    if (node.kind === 'user' && (node.ssh ?? []).some((line) => equal(readSshKey(line)!.blob, key.blob)))
      return name;
  return null;
};

/** One line, as git's askpass says it. */
const TOKEN = /^[\x21-\x7e]{1,4096}\r?\n?$/;

const sshTrouble = (host: Host, secret: string, text: string | null | undefined): string | null => {
  const key = keyIn(text);
  if (key === null)
    return `secret "${secret}" is no Ed25519 key as OpenSSH keeps it without a passphrase: make one with \`entangle host principal keygen\``;
  const signer = signerOf(host, key);
  if (signer !== null) return `secret "${secret}" is the key of ${signer}, which signs something else`;
  const person = personOf(host, key);
  return person === null ? null : `secret "${secret}" is an SSH key of ${person}, who approves with it`;
};

/** What reads is given to each turn: where it pushes too, nothing is withheld. */
const pushTrouble = (host: Host, { ssh, https, push }: PrincipalFacts, texts: Texts): string | null => {
  if (push === undefined) return null;
  const text = texts.get(push.secret);
  const reads = [ssh, https?.secret ?? null].map((secret) => secret && texts.get(secret));
  const key = keyIn(text);
  if (reads.some((one) => one != null && (one.trimEnd() === text?.trimEnd() || isSameKey(key, keyIn(one)))))
    return `secret "${push.secret}" pushes, and each turn is given it to read: nothing is withheld`;
  if (push.scheme === 'ssh') return sshTrouble(host, push.secret, text);
  if (https === null)
    return `secret "${push.secret}" is to push over https, and there is no token that reads: give --https-token-secret and --https-host`;
  return tokenTrouble(push.secret, text);
};

const isSameKey = (one: SshPrivateKey | null, other: SshPrivateKey | null): boolean =>
  one !== null && other !== null && equal(one.seed, other.seed);

/** Each principal has its own: what another has says nothing about who pushed. */
const sharedWith = async (host: Host, name: string, facts: PrincipalFacts, texts: Texts) => {
  for (const other of principalsOf(host)) {
    if (other.name === name) continue;
    const theirs = [...(await textsOf(host, other.facts, null)).values()];
    for (const secret of secretsOfPrincipal(facts)) {
      const [text, key] = [texts.get(secret), keyIn(texts.get(secret))];
      const isTheirs = theirs.some((one) => {
        const their = keyIn(one);
        return isSameKey(key, their) || (text != null && text === one);
      });
      if (isTheirs) return `secret "${secret}" is of the principal "${other.name}" already`;
    }
  }
  return null;
};

/** Why it may not be used so, in words; null where it may. `about`: a value that is about to be kept. */
export const principalTrouble = async (
  host: Host,
  { name, facts }: Named,
  about: SecretValue | null = null,
): Promise<string | null> => {
  const texts = await textsOf(host, facts, about);
  const missing = secretsOfPrincipal(facts).find((secret) => !texts.has(secret));
  if (missing !== undefined) return `there is no secret "${missing}"`;
  const { ssh, https } = facts;
  const wrong = ssh === null ? null : sshTrouble(host, ssh, texts.get(ssh));
  if (wrong !== null) return wrong;
  const lacking = https === null ? null : tokenTrouble(https.secret, texts.get(https.secret));
  if (lacking !== null) return lacking;
  return pushTrouble(host, facts, texts) ?? sharedWith(host, name, facts, texts);
};

/** The principal that has it, or null: such a secret is for git, and for no engine. */
export const principalWith = (host: Pick<Host, 'home'>, secret: string): Named | null =>
  principalsOf(host).find(({ facts }) => secretsOfPrincipal(facts).includes(secret)) ?? null;
