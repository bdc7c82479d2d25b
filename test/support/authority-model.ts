/** Who signed for the Host when, once more and independently: as the order of its own ledger names them, and one at a time. */

type Line = { n: number; dir: string; event: { pubkey: string; tags: readonly string[][]; content: string } };
type Lines = readonly Line[];
const typeOf = ({ event }: Line): string => event.tags.find(([name]) => name === 'type')?.[1] ?? '';
const successor = (line: Line): string | undefined =>
  line.dir === 'local' && typeOf(line) === 'authority.succeeded'
    ? (JSON.parse(line.event.content) as { chain: { to: string }[] }).chain.at(-1)!.to
    : undefined;

/** Its first key, and each that came after it. */
export const hostKeysOf = (founder: string, host: Lines): string[] => [
  founder,
  ...host.flatMap((line) => successor(line) ?? []),
];

/** What the Host said by another key than the one that its ledger named then; whom of it a member heard after a later one. */
export const signedOutOfTurn = (
  founder: string,
  host: Lines,
  members: ReadonlyMap<string, Lines>,
): string[] => {
  let signs = founder;
  const said = host.flatMap((line) => {
    signs = successor(line) ?? signs;
    const isSo = line.dir !== 'out' || line.event.pubkey === signs;
    return isSo ? [] : [`the Host said ${typeOf(line)} (line ${line.n}) by a key that does not sign`];
  });
  const keys = hostKeysOf(founder, host);
  const heard = [...members].flatMap(([name, lines]) => {
    let newest = 0;
    return lines.flatMap(({ dir, event, n }) => {
      const place = dir === 'in' ? keys.indexOf(event.pubkey) : -1;
      if (place < 0) return [];
      const isLate = place < newest;
      newest = Math.max(newest, place);
      return isLate ? [`${name} took line ${n} by a key that signs no more`] : [];
    });
  });
  return [...said, ...heard];
};
