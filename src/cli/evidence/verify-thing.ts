/** `entangle verify`, whatever is to be checked: commits of a repository, or a bundle of a Host’s record. */
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { type ProvenBundle, verifyBundle } from '../../core/audit/bundle.ts';
import { EntangleError } from '../../core/errors.ts';
import { counted } from '../kit/render.ts';
import type { HomePaths } from '../kit/settings.ts';
import { readText } from '../kit/text-file.ts';
import { trustedHosts } from './trusted.ts';
import { type Verified, type VerifyGiven, verifiedText, verify } from './verify.ts';

export type VerifiedThing = Verified | ProvenBundle;
type Given = VerifyGiven & { bundle?: string | undefined };

export const verifyThing = async (
  commit: string | undefined,
  { bundle, ...given }: Given,
  at: { home: HomePaths; json: boolean },
): Promise<VerifiedThing> => {
  if ((commit === undefined) === (bundle === undefined))
    throw new EntangleError('usage', 'name a commit, or a bundle', {
      hint: 'use `entangle verify HEAD`, or `entangle verify --bundle FILE`',
    });
  if (bundle === undefined) return verify(commit ?? '', given, at);
  const words = await readText(bundle);
  return verifyBundle(suiteWasm, words, await trustedHosts(at.home, given.authority ?? []));
};

const bundleText = ({ host, graph, size, items }: ProvenBundle): string =>
  [
    ...items.map(
      ({ line, at, type, event, signer, isWhole }) =>
        `proved line ${line}: ${type} at ${at}, event ${event}, signed by ${signer}${isWhole ? '' : ', its content is not in the bundle'}`,
    ),
    `${counted(items.length, 'line')} of the ${size} of ${graph}, as the Host ${host} signed it`,
  ].join('\n');

export const verifiedThingText = (value: VerifiedThing): string =>
  'commits' in value ? verifiedText(value) : bundleText(value);
