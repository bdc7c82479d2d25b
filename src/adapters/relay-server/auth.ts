/** NIP-42 on the relay's side. */
import { isoTime } from '../../core/encoding/time.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import { AUTHENTICATION, tagValue } from './event.ts';

const WINDOW_SECONDS = 600;

/**
 * "host:port" of a relay URL in lower case, the default port filled in; undefined where it is no relay URL. One with a
 * user name is none: readers differ on which part of it is the host.
 */
export function authority(url: string): string | undefined {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return undefined;
  }
  if (parsed.protocol !== 'ws:' && parsed.protocol !== 'wss:') return undefined;
  if (url.includes('@')) return undefined;
  return `${parsed.hostname}:${parsed.port || (parsed.protocol === 'wss:' ? '443' : '80')}`;
}

/** "host:port" of a socket address; an IPv4 address that came over an IPv6 socket is written as IPv4. */
export function socketAuthority(address: string, port: number): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
  return plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`;
}

/**
 * Why the authentication is refused, or undefined. The relay tag must name *this* relay: what a client signed for
 * another relay, which passes our challenge on, is worth nothing here.
 */
export function authRefusal(
  event: SignedEvent,
  expected: { challenge: string; authorities: ReadonlySet<string>; now: number },
): string | undefined {
  if (event.kind !== AUTHENTICATION) return 'not an authentication event';
  if (tagValue(event, 'challenge') !== expected.challenge) return 'another challenge';
  const named = authority(tagValue(event, 'relay') ?? '');
  if (named === undefined || !expected.authorities.has(named)) return 'another relay';
  if (Math.abs(event.created_at - expected.now) > WINDOW_SECONDS)
    return `too old or in the future: here it is ${isoTime(expected.now * 1000)}`;
  return undefined;
}
