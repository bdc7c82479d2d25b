/** The pictures of the documents are what the screens draw now: of the states that a real run left beside them. */
import { globSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { asMade } from '../scripts/pictures/order.ts';
import { drawPicture, type PictureRecord } from '../scripts/pictures/record.ts';
import { withStandIns } from '../scripts/pictures/stand-ins.ts';
import { COLOUR_FILLS, GROUND, svgOf, TEXT_FILLS } from '../scripts/pictures/svg.ts';
import { cellsOf } from './support/cells.ts';

const root = resolve(import.meta.dirname, '..');
const directory = join(root, 'docs', 'pictures');
const namesOf = (kind: string): string[] =>
  globSync(`*.${kind}`, { cwd: directory })
    .map((file) => basename(file, `.${kind}`))
    .sort();
const read = (file: string): string => readFileSync(join(directory, file), 'utf8');
const NAMES = namesOf('json');

test('there is one of each screen', () => {
  expect(NAMES).toEqual(['approval', 'host', 'inbox', 'plan', 'trace']);
  expect(namesOf('svg')).toEqual(NAMES);
});

describe.each(NAMES)('%s', (name) => {
  test('is what is drawn now; else `npm run screenshots` takes it anew', async () => {
    const record: PictureRecord = JSON.parse(read(`${name}.json`));
    expect(await drawPicture(record)).toBe(read(`${name}.svg`));
  });
  test('is in a document, and says there what it shows', () => {
    const text = ['README.md', 'docs/guide.md'].map((file) => readFileSync(join(root, file), 'utf8')).join();
    const { title }: PictureRecord = JSON.parse(read(`${name}.json`));
    expect(text.replaceAll('docs/pictures', 'pictures')).toContain(`![${title}](pictures/${name}.svg)`);
  });
  test('names no place on a machine', () => {
    const all = read(`${name}.json`) + read(`${name}.svg`);
    expect(all).not.toMatch(/\/(?:tmp|home|root|work|var|Users|private)\b|127\.0\.0\.1|localhost/);
  });
});

/** Relative luminance (WCAG 2). */
const luminance = (colour: string): number => {
  const [r = 0, g = 0, b = 0] = (colour.match(/[0-9a-f]{2}/g) ?? []).map((pair) => {
    const part = Number.parseInt(pair, 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

describe('an SVG', () => {
  test('has text that is readable on its own ground', () => {
    const contrast = (colour: string) => (luminance(colour) + 0.05) / (luminance(GROUND) + 0.05);
    const pale = [...TEXT_FILLS, ...Object.values(COLOUR_FILLS)].filter((one) => contrast(one) < 4.5);
    expect(pale).toEqual([]);
  });
  test('has text as text, where its cells are', async () => {
    const size = { width: 12, height: 2 };
    const rows = await cellsOf('a \u001b[1;31m<b>\u001b[0m  c\r\n\u001b[2md', size);
    const svg = svgOf({ title: 'a "title"', command: 'x & y', rows, columns: size.width });
    expect(svg).toContain('<title id="title">a &quot;title&quot;</title>');
    expect(svg).toContain('>$ x &amp; y</text>');
    const spans = [...svg.matchAll(/<tspan x="([\d.]+)" textLength="([\d.]+)" fill="#\w+"(.*?)>(.*?)</g)];
    expect(spans.map(([, ...of]) => of)).toEqual([
      ['12', '8.4', '', 'a'],
      ['28.8', '25.2', ' font-weight="bold"', '&lt;b&gt;'],
      ['70.8', '8.4', '', 'c'],
      ['12', '8.4', '', 'd'],
    ]);
  });
  test.each([
    ['a background', '\u001b[41mx'],
    ['a colour that is none of sixteen', '\u001b[38;5;99mx'],
    ['a colour without a tone', '\u001b[30mx'],
    ['a wide character', '\u5b57'],
  ])('is not made of %s', async (_, text) => {
    const size = { width: 12, height: 1 };
    await expect(
      cellsOf(text, size).then((rows) => svgOf({ title: '', command: '', rows, columns: 12 })),
    ).rejects.toThrow();
  });
});

describe('stand-ins', () => {
  const NOW = Date.UTC(2026, 0, 1, 10);
  const run = (digit: string, at: number) => ({
    ids: [`0${digit}a21edf-dfc2-7a44-b320-3e75abbca080`, `0${digit}a21edf-dfc3-7a44-b320-3e75abbca080`],
    within: JSON.stringify({ digest: `sha256:${digit.repeat(64)}`, commit: digit.repeat(40) }),
    who: `npub1${digit.repeat(58)}`,
    at,
    since: new Date(at + 7).toISOString(),
    expires: new Date(NOW + 86_399_000 + at - NOW).toISOString(),
    remote: `file:///tmp/run-${digit}/remote.git`,
    uptimeMs: at,
  });
  const stand = (digit: string, at: number) =>
    withStandIns(run(digit, at), at + 10, [[`/tmp/run-${digit}`, '/srv/git']]);
  test('are the same for any run, in the same order and as long', () => {
    const [one, two] = [stand('1', NOW), stand('2', NOW + 12_345)];
    expect(one).toEqual(two);
    const [first, second] = one.ids;
    expect(first! < second!).toBe(true);
    expect([first!.length, one.who.length, one.within.length]).toEqual(
      [run('1', NOW)].flatMap(({ ids, who, within }) => [ids[0]!.length, who.length, within.length]),
    );
    expect(one.remote).toBe('file:///srv/git/remote.git');
    expect(Date.parse(one.expires) - one.at).toBe(86_340_000);
    expect(one.at - Date.parse(one.since)).toBe(20_000);
  });
  test.each(['inbox', 'host'])('so is the order in which the messages of the %s came', (name) => {
    const { drawn }: PictureRecord = JSON.parse(read(`${name}.json`));
    const rows =
      drawn.of === 'plan' ? [] : drawn.of === 'user' ? drawn.screen.live.trace : drawn.screen.trace;
    const [one, two] = rows.slice(-2);
    const later: object[] = [...rows.slice(0, -2), { ...two, at: one!.at }, { ...one, at: two!.at }];
    const exchanged = JSON.parse(JSON.stringify(drawn).replace(JSON.stringify(rows), JSON.stringify(later)));
    expect(exchanged).not.toEqual(drawn);
    expect(asMade(exchanged)).toEqual(drawn);
  });
});
