/** Where a release comes from: an in-toto Statement v1 with SLSA provenance v1 of every file, signed where a key is given. */
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toBase64, toHex } from '../../src/core/encoding/bytes.ts';
import { envelopeOf, preAuthEncoding } from '../../src/core/evidence/dsse.ts';
import { root } from '../stamp.js';
import { type Release, run, sha256Of } from './context.ts';

/** What docs/verify.md says of the parameters. */
const BUILD_TYPE = 'https://entangle.run/release/v1';
const BUILDER = 'https://entangle.run/release/by-hand';

export type Origin = {
  commit: string;
  /** Whether files of the repository had changes that no commit has. */
  uncommitted: boolean;
  /** Whether the files of the platforms were made before, elsewhere or here. */
  given: boolean;
  /** SHA-256 of package-lock.json. */
  lock: string;
  /** As `process.versions.node` says it. */
  node: string;
  source?: string | undefined;
  builder?: string | undefined;
  finished?: string | undefined;
};

const wholeUrl = (text: string): string => new URL(text).href;

/** The same bytes for the same files of one commit: no time but one that is given. */
export const provenanceText = async (
  { out, version, files, url }: Pick<Release, 'out' | 'version' | 'files' | 'url'>,
  names: readonly string[],
  origin: Origin,
): Promise<string> => {
  const subject = [];
  for (const name of [...names].sort())
    subject.push({ name, digest: { sha256: await sha256Of(join(out, name)) } });
  const { commit, uncommitted, given, lock, node, source, builder, finished } = origin;
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject,
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: BUILD_TYPE,
        externalParameters: {
          ...{ commit, version, targets: Object.keys(files).sort() },
          ...{ uncommitted, given, ...(url !== null && { url }) },
        },
        resolvedDependencies: [
          {
            name: 'source',
            ...(source !== undefined && { uri: `git+${wholeUrl(source)}` }),
            digest: { gitCommit: commit },
          },
          { name: 'package-lock.json', digest: { sha256: lock } },
          { name: 'node', uri: `pkg:generic/node@${node}` },
        ],
      },
      runDetails: {
        builder: { id: wholeUrl(builder ?? BUILDER) },
        metadata: finished === undefined ? {} : { finishedOn: new Date(finished).toISOString() },
      },
    },
  };
  return `${JSON.stringify(statement, null, 2)}\n`;
};

/** DSSE over those bytes. `pem`: an Ed25519 private key, as `openssl genpkey -algorithm ed25519` writes it. */
export const signedProvenance = (statement: string, pem: string): string => {
  const key = createPrivateKey(pem);
  if (key.asymmetricKeyType !== 'ed25519')
    throw new Error(`a release is signed with an Ed25519 key, and this one is ${key.asymmetricKeyType}`);
  const body = Buffer.from(statement);
  const { x } = createPublicKey(key).export({ format: 'jwk' });
  const envelope = envelopeOf({
    payload: toBase64(body),
    log: toHex(Buffer.from(x!, 'base64url')),
    sig: toBase64(sign(null, preAuthEncoding(body), key)),
  });
  return `${JSON.stringify(envelope, null, 2)}\n`;
};

/** Writes both beside the files; the names of what it wrote. */
export const provenance = async (
  release: Release,
  names: readonly string[],
  { key, ...given }: Pick<Origin, 'given' | 'source' | 'builder' | 'finished'> & { key?: string | undefined },
): Promise<string[]> => {
  const statement = await provenanceText(release, names, {
    ...given,
    commit: run('git', ['rev-parse', 'HEAD']).trim(),
    uncommitted: run('git', ['status', '--porcelain', '--untracked-files=no']) !== '',
    lock: await sha256Of(join(root, 'package-lock.json')),
    node: process.versions.node,
  });
  const texts = {
    'provenance.intoto.json': statement,
    ...(key !== undefined && {
      'provenance.dsse.json': signedProvenance(statement, readFileSync(key, 'utf8')),
    }),
  };
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(release.out, name), text);
  return Object.keys(texts);
};
