/** What of a request or an answer goes on to the other side: nothing that is between two neighbours alone. */

const BETWEEN = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade', 'http2-settings', 'expect'],
]);

/** Names and values one after the other, as Node gives them. */
export const passedOn = (raw: readonly string[], also: readonly string[] = []): string[] => {
  const pairs = raw.flatMap((name, i) => (i % 2 === 0 ? [[name, raw[i + 1] ?? ''] as const] : []));
  const named = pairs
    .filter(([name]) => name.toLowerCase() === 'connection')
    .flatMap(([, value]) => value.split(',').map((one) => one.trim().toLowerCase()));
  const left = new Set([...BETWEEN, ...named, ...also]);
  // A length that whoever sends it says is for nobody else is one all the same
  left.delete('content-length');
  return pairs.filter(([name]) => !left.has(name.toLowerCase())).flat();
};
