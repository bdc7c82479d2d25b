/** Whose word counts, from where somebody said so: the command line, the base of the repository, the homes of this person. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { parsePubkey } from '../../core/encoding/id.ts';
import { readShape } from '../../core/encoding/read-shape.ts';
import { EntangleError } from '../../core/errors.ts';
import { type RetiredKey, retiredIn } from '../../core/evidence/retired.ts';
import { readTrust, TRUST_FILE, type TrustRoots } from '../../core/evidence/trust.ts';
import type { EvidenceSource } from '../../ports/index.ts';
import { hostConfig, joinedConfig } from '../../services/setup/config.ts';
import type { HomePaths } from '../kit/settings.ts';
import { readConfig } from '../wiring/home-config.ts';

const NOTHING = { repository: null, retired: [] };
/** Never what is checked itself: who writes a commit would say there whom to trust. */
export const trustedBy = async (
  source: EvidenceSource,
  words: string,
  { authority, home }: { authority: readonly string[]; home: HomePaths },
): Promise<TrustRoots> => {
  if (authority.length > 0)
    return { ...NOTHING, authorities: authority.map((one) => parsePubkey(one, 'usage')) };
  const file = await source.baseFile(words, TRUST_FILE);
  if (file !== null) return readTrust(file);
  const authorities = await hostsOfHome(home);
  if (authorities.length > 0) return { ...NOTHING, authorities };
  throw new EntangleError('usage', 'nobody says which Host to trust', {
    hint: `use --authority NPUB, or put \`authorities: [NPUB]\` into ${TRUST_FILE} on the base branch`,
  });
};

/** Keys of the logs of these Hosts that they replaced: as who is trusted says, and by their own records beside the commits. */
export const retiredKeys = async (
  source: EvidenceSource,
  { authorities, retired }: Pick<TrustRoots, 'authorities' | 'retired'>,
): Promise<RetiredKey[]> => {
  const found = await Promise.all(
    authorities.map(async (host) => retiredIn(suiteWasm, host, (await source.logKeys(host)) ?? '')),
  );
  return [...retired, ...found.flat()];
};

/** Of what is in no repository: those that are named, else those of this person’s homes. */
export const trustedHosts = async (home: HomePaths, authority: readonly string[]): Promise<string[]> => {
  const hosts =
    authority.length > 0 ? authority.map((one) => parsePubkey(one, 'usage')) : await hostsOfHome(home);
  if (hosts.length > 0) return hosts;
  throw new EntangleError('usage', 'nobody says which Host to trust', { hint: 'use --authority NPUB' });
};

/** Of the federations that this person takes part in. */
const hostsOfHome = async ({ root, host }: HomePaths): Promise<string[]> => {
  const users = join(root, 'user');
  const names = await readdir(users).catch(() => []);
  const configs = await Promise.all(
    [host, ...names.map((name) => join(users, name))].map((directory) => readConfig(directory)),
  );
  const keys = configs.flatMap((config) => {
    const own = readShape(hostConfig, config);
    if (own.success) return [own.data.graph.split('/')[0]!];
    const joined = readShape(joinedConfig, config);
    return joined.success ? [joined.data.host] : [];
  });
  return [...new Set(keys)];
};
