/** What an agent writes through its runner: bound to the byte, written once, and asked about anew where it is other. */
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { APPROVED, agentTurns, NO, YES } from '../../../../test/support/agent-turns.ts';
import { MAX_ACP } from '../../../core/bounds.ts';
import type { Permission, PermissionRequest } from '../../../ports/index.ts';
import { systemClock } from '../../system/clock.ts';
import { boundWrite } from './writes.ts';

const { at, doing } = agentTurns();
const work = (name: string) => readFileSync(at('work', name), 'utf8');
const changes = (asked: readonly PermissionRequest[]) => asked.map(({ command }) => command);

describe('a write through the runner', () => {
  test('that was approved as it comes is written once, and asked about anew the second time', async () => {
    const { asked, text } = await doing(['propose a.txt good', 'put a.txt good', 'put a.txt good']);
    expect(text()).toContain('proposed once\n');
    expect(work('a.txt')).toBe('good');
    expect(asked).toMatchObject([
      { operation: 'file.write', binding: 'content', words: 'write of a.txt', option: { id: 'once' } },
      { operation: 'file.write', binding: 'content', words: 'write of a.txt', option: null },
    ]);
    expect(asked[0]!.command).toBe(
      '--- /dev/null\n+++ b/a.txt\n@@ -0,0 +1,1 @@\n+good\n\\ No newline at end of file\n',
    );
    expect(asked[0]!.written).toEqual(asked[1]!.written);
    expect(JSON.parse(asked[0]!.input ?? '')).toMatchObject({ said: 'Edit a.txt', path: 'a.txt', old: null });
  });

  test.each([
    ['of other bytes', 'put a.txt evil', '+evil'],
    ['to another path', 'put b.txt good', '+++ b/b.txt'],
  ])(
    '%s than approved is asked about, as it is, and not written where that is refused',
    async (_, other, shown) => {
      const { asked, text } = await doing(['propose a.txt good', other], ({ option }) => (option ? YES : NO));
      expect(asked).toHaveLength(2);
      expect(changes(asked)[1]).toContain(shown);
      expect(text()).toContain('not put "it was not approved: not so"');
      expect(text()).toMatch(/asked: write of [ab]\.txt: refused, not so\n/);
      for (const name of ['a.txt', 'b.txt']) expect(existsSync(at('work', name))).toBe(false);
    },
  );

  test.each([
    ['put a.txt good', 'not put "nothing is written in this turn"'],
    ['propose a.txt good', 'refused, nothing is written in this turn'],
    ['propose /tmp/away.txt good', 'refused, nothing is written in this turn'],
    ['propose ~/.bashrc good', 'refused, nothing is written in this turn'],
  ])('of a turn that only reads is refused, and nobody is asked: %s', async (line, told) => {
    const { asked, text } = await doing([line], () => YES, { isReadOnly: true });
    expect(text()).toContain(told);
    expect(asked).toEqual([]);
    expect(existsSync(at('work/a.txt'))).toBe(false);
  });

  test('that nobody saw before is asked about with what is there now', async () => {
    writeFileSync(at('work/a.txt'), 'one\ntwo\n');
    const { asked } = await doing(['put a.txt one']);
    expect(changes(asked)[0]).toContain('-one\n-two\n+one\n');
    expect(work('a.txt')).toBe('one');
  });

  test('over what is no text binds words alone; three that are refused in a row end the turn', async () => {
    writeFileSync(at('work/a.bin'), Buffer.from([0xff, 0xfe, 0xfd]));
    const refusing = ({ binding }: PermissionRequest) => (binding === 'described' ? NO : YES);
    const lines = ['put a.bin x', 'put a.bin x', 'put a.bin x', 'wait'];
    const { end, asked } = await doing(lines, refusing);
    expect(asked[0]).toMatchObject({ binding: 'described', command: null, written: null });
    expect(end).toMatchObject({ reason: 'failed' });
    expect(end.tail).toContain('3 requests of the agent in a row were refused');
    expect(readFileSync(at('work/a.bin'))).toHaveLength(3);
  });

  test('that is approved ends the row of refused ones', async () => {
    const lines = ['put a no', 'put b no', 'put c yes', 'put d no', 'put e yes', 'say still here'];
    const { end, text } = await doing(lines, ({ command }) => (command?.includes('+yes') ? YES : NO));
    expect(end).toMatchObject({ reason: 'done' });
    expect(text()).toContain('still here');
  });

  test('leads out of the workspace over no step and no link, and nobody is asked', async () => {
    writeFileSync(at('outside.txt'), 'outside');
    const { asked, text } = await doing([
      `swap way.txt ${at('outside.txt')}`,
      'put way.txt evil',
      'put ../outside.txt evil',
    ]);
    expect(asked).toEqual([]);
    expect(text().match(/not put/g)).toHaveLength(2);
    expect(readFileSync(at('outside.txt'), 'utf8')).toBe('outside');
  });

  test('writes nothing that git has, and nobody is asked', async () => {
    const { asked, text } = await doing(['put .git/config evil']);
    expect([asked, existsSync(at('work/.git'))]).toEqual([[], false]);
    expect(text()).toContain('what git has is not written here');
  });

  test('goes over no link that came while people were asked', async () => {
    writeFileSync(at('outside.txt'), 'outside');
    const swapped = async (): Promise<Permission> => {
      rmSync(at('work/dir'), { recursive: true });
      symlinkSync(at(), at('work/dir'));
      return YES;
    };
    mkdirSync(at('work/dir'));
    const { text } = await doing(['put dir/outside.txt evil'], swapped);
    expect(text()).toContain('a link, or no directory, is on the way to it');
    expect(readFileSync(at('outside.txt'), 'utf8')).toBe('outside');
  });

  test('is not made when the turn was over before it was approved', async () => {
    const cancelled = new AbortController();
    const late = async (): Promise<Permission> => {
      cancelled.abort();
      return YES;
    };
    await doing(['put a.txt late', 'wait'], late, { signal: cancelled.signal });
    expect(existsSync(at('work/a.txt'))).toBe(false);
  });

  test('over a file that is too large to be read binds words alone; one that is too large is refused', async () => {
    writeFileSync(at('work/a.txt'), 'x'.repeat(MAX_ACP.file + 1));
    const { asked, text } = await doing(['put a.txt y', `put b.txt ${'y'.repeat(MAX_ACP.file + 1)}`]);
    expect(asked).toMatchObject([{ binding: 'described' }]);
    expect(text()).toContain('not put');
    expect(existsSync(at('work/b.txt'))).toBe(false);
  });
});

describe('a request to edit', () => {
  test('of an agent that is known to write through its runner says so; of another it does not', async () => {
    const asked = [
      await doing(['propose a.txt x']),
      await doing(['propose a.txt x'], () => YES, { known: true }),
    ];
    expect(asked.map((one) => one.asked[0]?.isThrough)).toEqual([false, true]);
    expect(asked.map((one) => one.asked[0]?.isAway)).toEqual([undefined, undefined]);
  });

  test('that leads out of the workspace is asked about as a command, which nothing bound but its words', async () => {
    const refusing = ({ operation }: PermissionRequest) => (operation === 'command.run' ? NO : YES);
    const { asked, text } = await doing([`propose ${at('home/.bashrc')} evil`], refusing);
    expect(asked).toMatchObject([
      { operation: 'command.run', binding: 'described', isThrough: false, isAway: true },
    ]);
    expect(asked[0]!.words).toContain(JSON.stringify(at('home/.bashrc')));
    expect(text()).toContain('proposed no\n');
  });

  test('that stands no more when the write comes approves nothing: it is asked about anew', async () => {
    const over: Permission = { ...APPROVED, still: async () => NO };
    const { asked } = await doing(['propose a.txt x', 'put a.txt x'], ({ option }) => (option ? over : YES));
    expect(asked).toHaveLength(2);
    expect(work('a.txt')).toBe('x');
  });

  test('that was only let come so far approves no bytes: they are asked about when they come', async () => {
    const { asked } = await doing(['propose a.txt x', 'put a.txt x'], ({ option }) =>
      option ? APPROVED : YES,
    );
    expect(asked).toHaveLength(2);
    expect(work('a.txt')).toBe('x');
  });

  test('with a change of a part binds the whole content that it makes, and shows it by its hunks', async () => {
    writeFileSync(at('work/a.txt'), 'one\na part\nthree\n');
    const whole = 'put a.txt one\\n$& other\\nthree\\n';
    const { asked } = await doing(['part a.txt $& other', whole, 'put a.txt evil'], ({ option }) =>
      option ? YES : NO,
    );
    expect(asked[0]).toMatchObject({ operation: 'file.write', binding: 'content', words: 'write of a.txt' });
    expect(asked[0]!.command).toBe(
      '--- a/a.txt\n+++ b/a.txt\n@@ -1,3 +1,3 @@\n one\n-a part\n+$& other\n three\n',
    );
    // Those bytes are written without a question, and no others are
    expect(changes(asked).slice(1)).toEqual([expect.stringContaining('+evil')]);
    expect(work('a.txt')).toBe('one\n$& other\nthree\n');
  });

  test.each([
    ['that is not there', 'one\n'],
    ['that is there twice', 'a part\na part\n'],
    ['of a file that is not there', null],
    ['that would make it too large', `a part${'x'.repeat(MAX_ACP.file - 6)}`],
  ])('with a change of a part %s binds words alone', async (_, old) => {
    if (old !== null) writeFileSync(at('work/a.txt'), old);
    const { asked } = await doing(['part a.txt one or two']);
    expect(asked[0]).toMatchObject({ operation: 'file.write', binding: 'described', command: null });
  });
});

describe('what an agent writes, of as many lines as it may have', () => {
  const text = '\n'.repeat(MAX_ACP.file);
  const bound = (name: string) =>
    boundWrite({ root: at('work'), beforeStep: () => {} }, at('work', name), text);

  test('is bound in slices: other turns and the lease of their runner go on meanwhile', async () => {
    const rests = vi.spyOn(systemClock, 'sleep');
    expect((await bound('a.txt')).binding).toBe('content');
    expect(rests.mock.calls.length).toBeGreaterThan(10);
    rests.mockRestore();
  });

  test('takes the memory of one, however many are asked for at once', async () => {
    const ended: string[] = [];
    const rests = vi.spyOn(systemClock, 'sleep');
    const first = bound('a.txt').then(() => ended.push('first'));
    await vi.waitFor(() => expect(rests).toHaveBeenCalled());
    rests.mockRestore();
    const second = boundWrite({ root: at('work'), beforeStep: () => {} }, at('work', 'b.txt'), 'b');
    await Promise.all([first, second.then(() => ended.push('second'))]);
    expect(ended).toEqual(['first', 'second']);
  });
});
