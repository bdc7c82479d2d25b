/**
 * Bounds the connections of a server that have not asked for anything yet. Beyond the bound the oldest goes, not the new
 * one: who comes to ask has asked within moments, and who only holds connections loses its own.
 */
import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';

/** Of one address (an IPv6 network of 64 bits is one), and of all together. */
export type WaitingLimits = { ofAddress: number; all: number };
export type WaitingSockets = {
  /** This one has asked: it counts no more. */
  served(socket: Socket): void;
  /** It may ask again, and counts from now. */
  waits(socket: Socket): void;
};

export function boundWaiting(server: Pick<EventEmitter, 'on'>, limits: WaitingLimits): WaitingSockets {
  /** By address; within it the oldest first. */
  const waiting = new Map<string, Set<Socket>>();
  const places = new WeakMap<Socket, string>();
  let count = 0;
  const served = (socket: Socket): void => {
    const place = places.get(socket);
    const same = place === undefined ? undefined : waiting.get(place);
    if (place === undefined || !same?.delete(socket)) return;
    count--;
    if (same.size === 0) waiting.delete(place);
  };
  const drop = (same: ReadonlySet<Socket> | undefined): void => {
    const [oldest] = same ?? [];
    if (oldest === undefined) return;
    served(oldest);
    oldest.destroy();
  };
  const waits = (socket: Socket): void => {
    const place = places.get(socket);
    if (place === undefined || socket.destroyed) return;
    const same = waiting.get(place) ?? new Set();
    if (!same.has(socket)) count++;
    waiting.set(place, same.add(socket));
    if (same.size > limits.ofAddress) drop(same);
    else if (count > limits.all) drop(largest(waiting));
  };
  server.on('connection', (socket: Socket) => {
    places.set(socket, placeOf(socket.remoteAddress));
    socket.once('close', () => served(socket));
    waits(socket);
  });
  return { served, waits };
}

/** A UNIX socket has no address: all of them are one place. */
export function placeOf(address = ''): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.replace(/%.*$/, '').split('::');
  const groups = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - rest.length);
  return [...groups, ...Array<string>(zeros).fill('0'), ...rest]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

function largest(waiting: ReadonlyMap<string, ReadonlySet<Socket>>): ReadonlySet<Socket> | undefined {
  let most: ReadonlySet<Socket> | undefined;
  for (const same of waiting.values()) if (same.size > (most?.size ?? 0)) most = same;
  return most;
}
