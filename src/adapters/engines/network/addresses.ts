/** Where a listed name leads: looked up here, and never into this machine or the networks around it. */
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { partsOf } from '../../../core/graph/network.ts';

/** All addresses of a name, as the system tells them. */
export type Lookup = (host: string) => Promise<readonly LookupAddress[]>;
export const systemLookup: Lookup = (host) => lookup(host, { all: true });

/** Of IANA's registries of special purposes, and where clouds answer whoever runs on them. */
const SPECIAL: readonly (readonly [network: string, prefix: number, family: 'ipv4' | 'ipv6'])[] = [
  ...(
    [
      ...[['0.0.0.0', 8] as const, ['10.0.0.0', 8] as const, ['100.64.0.0', 10] as const],
      ...[['127.0.0.0', 8] as const, ['168.63.129.16', 32] as const, ['169.254.0.0', 16] as const],
      ...[['172.16.0.0', 12] as const, ['192.0.0.0', 24] as const, ['192.0.2.0', 24] as const],
      ...[['192.88.99.0', 24] as const, ['192.168.0.0', 16] as const, ['198.18.0.0', 15] as const],
      ...[['198.51.100.0', 24] as const, ['203.0.113.0', 24] as const, ['224.0.0.0', 3] as const],
    ] as const
  ).map(([network, prefix]) => [network, prefix, 'ipv4'] as const),
  // Tunnels have an address of IPv4 in them
  ...([['2001::', 23] as const, ['2001:db8::', 32] as const, ['2002::', 16] as const] as const).map(
    ([network, prefix]) => [network, prefix, 'ipv6'] as const,
  ),
];
const special = new BlockList();
for (const [network, prefix, family] of SPECIAL) special.addSubnet(network, prefix, family);
/** All else of IPv6 is of a link, a site or a machine, or stands for IPv4. */
const unicast = new BlockList();
unicast.addSubnet('2000::', 3, 'ipv6');

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** Of the whole internet, and not of this machine or of a network that it is in. */
export const isPublic = (address: string, interfaces = networkInterfaces()): boolean => {
  const family = familyOf(address);
  if (isIP(address) === 0 || special.check(address, family)) return false;
  if (family === 'ipv6' && !unicast.check(address, family)) return false;
  const own = new BlockList();
  for (const one of Object.values(interfaces).flat()) {
    if (one === undefined) continue;
    own.addAddress(one.address, familyOf(one.address));
    const prefix = Number(one.cidr?.split('/')[1]);
    if (prefix > 0) own.addSubnet(one.address, prefix, familyOf(one.address));
  }
  return !own.check(address, family);
};

/**
 * The addresses that a listed target is dialled at. One that leads nowhere public is left out, unless the list names that very address
 * with the port: whoever owns a name could else have it lead to the Host, the relay or the metadata of this machine.
 */
export const addressesOf = async (
  target: string,
  list: readonly string[],
  look: Lookup,
): Promise<{ dialled: string[]; isHeldBack: boolean }> => {
  const { host, port } = partsOf(target);
  const found = isIP(host) > 0 ? [host] : (await look(host)).map(({ address }) => address);
  const isNamed = (address: string) =>
    host === 'localhost' || list.includes(`${isIP(address) === 6 ? `[${address}]` : address}:${port}`);
  const dialled = found.filter((address) => isNamed(address) || isPublic(address));
  return { dialled, isHeldBack: dialled.length < found.length };
};
