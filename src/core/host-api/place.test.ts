import { expect, test } from 'vitest';
import { readHostUrl, readListenAddress } from './place.ts';

test.each<[string, unknown]>([
  ['https://host.example.org', { secure: true, hostname: 'host.example.org', port: 443 }],
  ['HTTPS://Host.Example.org:8443/', { secure: true, hostname: 'host.example.org', port: 8443 }],
  ['https://[2001:db8::1]:8443', { secure: true, hostname: '2001:db8::1', port: 8443 }],
  ['http://127.0.0.1:8080', { secure: false, hostname: '127.0.0.1', port: 8080 }],
  ['http://localhost', { secure: false, hostname: 'localhost', port: 80 }],
  ['http://[::1]:1', { secure: false, hostname: '::1', port: 1 }],
  ['http://host.example.org', null],
  ['http://localhost.evil.example', null],
  ['http://127.0.0.1@evil.example', null],
  ['https://me:secret@host.example.org', null],
  ['https://host.example.org/v1', null],
  ['https://host.example.org?x', null],
  ['https://host.example.org:65536', null],
  ['https://', null],
  ['host.example.org:8443', null],
  ['ftp://host.example.org', null],
])('T157 a Host at %s', (text, place) => expect(readHostUrl(text)).toEqual(place));

test.each<[string, unknown]>([
  ['127.0.0.1:0', { hostname: '127.0.0.1', port: 0 }],
  ['[::]:8443', { hostname: '::', port: 8443 }],
  ['0.0.0.0:8443', { hostname: '0.0.0.0', port: 8443 }],
  ['127.0.0.1', null],
  ['8443', null],
  [':8443', null],
  ['127.0.0.1:65536', null],
  ['::1:8443', null],
])('a listener at %s', (text, address) => expect(readListenAddress(text)).toEqual(address));
