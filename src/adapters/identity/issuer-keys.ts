/** The keys of issuers, as they publish them (OpenID Connect Discovery 1.0 §4): kept for a while, asked for again when one is missing. */
import * as z from 'zod';
import { readShape } from '../../core/encoding/read-shape.ts';
import { type IssuerKeys, isFetchable, readKeySet } from '../../core/host-api/identity.ts';
import type { Clock } from '../../ports/index.ts';
import type { GetJson } from './get-json.ts';

/** A key that its issuer took back is good for so long here. */
const KEPT_MS = 600_000;
/** Whatever tokens say, an issuer is not asked again within so long. */
const AGAIN_MS = 10_000;

export type PublishedKeys = {
  /** Null where its issuer does not give them now. */
  of(issuer: string): Promise<IssuerKeys | null>;
  /** Asked for again, unless that was done a moment ago: then what was given by then. */
  renewed(issuer: string): Promise<IssuerKeys | null>;
};
type Known = { keys: IssuerKeys | null; at: number; tried: number };

const described = z.object({ issuer: z.string(), jwks_uri: z.string() });

export const publishedKeys = (
  getJson: GetJson,
  clock: Pick<Clock, 'monotonic'>,
  onFailure: (words: string) => void,
): PublishedKeys => {
  const known = new Map<string, Known>();
  const asking = new Map<string, Promise<void>>();
  const ask = async (issuer: string): Promise<void> => {
    const before = known.get(issuer) ?? { keys: null, at: 0, tried: 0 };
    const tried = clock.monotonic();
    try {
      known.set(issuer, { keys: await keysFrom(getJson, issuer), at: tried, tried });
    } catch (error) {
      known.set(issuer, { ...before, tried });
      onFailure(`cannot get the keys of ${issuer}: ${error instanceof Error ? error.message : error}`);
    }
  };
  const asked = async (issuer: string): Promise<void> => {
    const one = asking.get(issuer) ?? ask(issuer).finally(() => asking.delete(issuer));
    asking.set(issuer, one);
    await one;
  };
  const current = (issuer: string): IssuerKeys | null => {
    const one = known.get(issuer);
    return one && clock.monotonic() - one.at < KEPT_MS ? one.keys : null;
  };
  const renewed = async (issuer: string): Promise<IssuerKeys | null> => {
    const one = known.get(issuer);
    if (!one || clock.monotonic() - one.tried >= AGAIN_MS) await asked(issuer);
    return current(issuer);
  };
  return { renewed, of: async (issuer) => current(issuer) ?? renewed(issuer) };
};

/** Discovery says where they are. What it says must be of this issuer, and a page of this machine is no place for another's. */
const keysFrom = async (getJson: GetJson, issuer: string): Promise<IssuerKeys> => {
  const page = readShape(
    described,
    await getJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`),
  );
  if (!page.success || page.data.issuer !== issuer) throw new Error('its description is not of this issuer');
  const { jwks_uri: at } = page.data;
  if (!isFetchable(at) || (issuer.startsWith('https:') && !at.startsWith('https:')))
    throw new Error('its keys are at no https URL');
  const keys = readKeySet(await getJson(at));
  if (keys === null) throw new Error('what it publishes has no key that signs, or a secret in it');
  return keys;
};
