/** Every type of the message table is sent by something in this program: a row that only receives is dead weight. */
import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type MessageType, messageTypes } from '../src/core/protocol/table.ts';

const services = resolve(import.meta.dirname, '../src/services');
const texts = globSync('**/*.ts', { cwd: services })
  .filter((file) => !file.endsWith('.test.ts'))
  .map((file) => readFileSync(resolve(services, file), 'utf8'));

/** A draft names its type first and then its sender; the states of a session, and the ways of giving work, take theirs from a map. */
const DRAFT = /\btype: '([a-z.]+)'(?: as const)?,\s*(?:from\b|\.\.\.)/g;
const OF_STATE = /\bTYPE_OF\b[^=]*= \{[^}]*\}|TYPE_OF\[state\] \?\? '[a-z.]+'/g;

const sent = new Set<string>(
  texts.flatMap((text) => [
    ...[...text.matchAll(DRAFT)].map((match) => match[1]!),
    ...[...text.matchAll(OF_STATE)].flatMap(([words]) =>
      [...words.matchAll(/: '([a-z.]+)'|\?\? '([a-z.]+)'/g)].map((match) => (match[1] ?? match[2])!),
    ),
  ]),
);

describe('the message table', () => {
  test.each(messageTypes().map(([type]) => type))('%s is sent by a service', (type: MessageType) => {
    expect(sent).toContain(type);
  });

  test('no service drafts a type that the table does not have', () => {
    const known = new Set<string>(messageTypes().map(([type]) => type));
    expect([...sent].filter((type) => !known.has(type))).toEqual([]);
  });
});
