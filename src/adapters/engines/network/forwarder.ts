/** Inside of a sandbox: what joins its own loopback to the proxy outside, and how programs are told of it. */

import { shellWord } from '../../../core/encoding/shell-word.ts';
import { isLoopback, partsOf } from '../../../core/graph/network.ts';
import { evalWord } from '../../system/self.ts';
import { WAY_SOCKET } from './proxy.ts';

/** Words of a command, and no file of ours: nothing of this program has to be where the agent is. */
const FORWARDER = `
const { connect, createServer } = require('node:net');
const [directory, port, ...near] = process.argv.slice(1);
process.chdir(directory);
const open = { allowHalfOpen: true };
const join = (one, told) => {
  const way = connect({ path: '${WAY_SOCKET}', ...open });
  const end = () => { one.destroy(); way.destroy(); };
  one.on('error', end).on('close', () => way.destroySoon());
  way.on('error', end).on('close', () => one.destroySoon());
  const pass = () => { one.pipe(way).pipe(one); };
  if (told === undefined) return pass();
  way.write(told);
  let head = Buffer.alloc(0);
  const hear = (bytes) => {
    head = Buffer.concat([head, bytes]);
    const at = head.indexOf('\\r\\n\\r\\n');
    if (at < 0) return head.length > 65536 ? end() : undefined;
    way.off('data', hear);
    way.pause();
    if (!head.toString('latin1').startsWith('HTTP/1.1 200 ')) return end();
    one.write(head.subarray(at + 4));
    pass();
  };
  way.on('data', hear);
};
const listen = (host, number, told, isNeeded) => new Promise((done, failed) => {
  createServer(open, (one) => join(one, told)).listen(number, host, done).on('error', isNeeded ? failed : done);
});
const ready = near.map((word) => {
  const [target, address, number] = JSON.parse(word);
  const told = 'CONNECT ' + target + ' HTTP/1.1\\r\\nHost: ' + target + '\\r\\n\\r\\n';
  return listen(address, number, told, address !== '::1');
});
Promise.all([listen('127.0.0.1', Number(port), undefined, true), ...ready]).then(
  () => {
    const { closeSync, openSync, writeSync } = require('node:fs');
    writeSync(1, 'ready');
    closeSync(1);
    // Its number must be no connection's: one of the standard streams is never closed for good
    openSync('/dev/null', 'w');
  },
  () => process.exit(1),
);
`;

const FIRST_PORT = 3128;
/** Where the proxy is found inside: never where something of the machine is. */
const portOf = (network: readonly string[]): number => {
  const taken = new Set(network.filter(isLoopback).map((target) => partsOf(target).port));
  let port = FIRST_PORT;
  while (taken.has(port)) port++;
  return port;
};

/**
 * Each address and port of the machine itself once, however often the list leads there: nobody binds one twice. Where an
 * address is written, that is asked for, and not the name.
 */
const nearOf = (network: readonly string[]): (readonly [target: string, address: string, port: number])[] => {
  const near = network.filter(isLoopback).map((target) => ({ target, ...partsOf(target) }));
  const written = near.filter(({ host }) => host !== 'localhost');
  const named = near.filter(({ host }) => host === 'localhost');
  const all = [
    ...written,
    ...['127.0.0.1', '::1'].flatMap((host) => named.map((one) => ({ ...one, host }))),
  ].map(({ target, host, port }) => [`${host} ${port}`, [target, host, port]] as const);
  return [...new Map(all.toReversed()).values()];
};

/** What programs know a proxy by. What is of the machine itself is there at its own port, and needs none. */
export const proxyEnvironment = (network: readonly string[]): Record<string, string> => {
  const url = `http://127.0.0.1:${portOf(network)}`;
  const near = 'localhost,127.0.0.1,::1';
  return {
    ...{ http_proxy: url, https_proxy: url, HTTP_PROXY: url, HTTPS_PROXY: url },
    ...{ no_proxy: near, NO_PROXY: near, NODE_USE_ENV_PROXY: '1' },
  };
};

/** A line of a shell that goes on once the way is open; what it starts is no child of the command that comes after it. */
export const openingLine = (node: string, directory: string, network: readonly string[]): string => {
  const near = nearOf(network).map((one) => JSON.stringify(one));
  const words = [node, evalWord(node), FORWARDER, directory, String(portOf(network)), ...near].map(shellWord);
  const started = `$(${words.join(' ')} </dev/null 2>/dev/null 3>&- 4>&- &)`;
  return `[ "${started}" = ready ] || { echo 'stopped: the way to the network did not open' >&2; exit 126; };`;
};
