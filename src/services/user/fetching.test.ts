/** A published change is fetched from where its node says it is, and kept only as what this person was asked to approve. */
import { describe, expect, test } from 'vitest';
import { artifactOf, COMMIT, startSingleSession } from '../../../test/sim/single-session.ts';
import { APPROVAL, BASE, fileOf, SESSION } from '../../../test/sim/single-user.ts';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { toHex, utf8 } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import type { ChangedFile } from '../../core/source/changes.ts';
import type { FetchedCommit, OwnGit, PublishedCommit, SentCommit } from '../../ports/index.ts';
import { decide } from './approvals.ts';
import { fetchArtifact } from './fetching.ts';

const REF = `refs/remotes/entangle/${SESSION}`;
const FILES = fileOf('hello\n');

/** A git that has one commit, and says what became of it. */
const gitWith = (files: readonly ChangedFile[] = FILES, parent: string | null = BASE) => {
  const asked: PublishedCommit[] = [];
  const kept: string[] = [];
  const unpacked: SentCommit[] = [];
  const got: FetchedCommit = {
    parent,
    async *changes() {
      yield* files;
    },
    async keepAs(ref) {
      kept.push(ref);
      return kept.length === 1;
    },
    async writeTo(file, ref) {
      kept.push(`${file} ${ref}`);
      return 7;
    },
  };
  const git: OwnGit = {
    top: async () => '/clone',
    fetched: async (published, work) => {
      asked.push(published);
      return work(got);
    },
    unpacked: async (sent, work) => {
      unpacked.push(sent);
      return work(got);
    },
  };
  return { git, asked, kept, unpacked };
};

/** Put to her, and then told of as published. */
const published = async () => {
  const one = await startSingleSession();
  const { alice } = one;
  const { place } = await alice.askApproval({ files: FILES });
  const hear = () => {
    const body = { artifact: artifactOf(1), session: SESSION, approval: APPROVAL, ...place };
    return alice.hear({ type: 'artifact.ref', from: 'node', to: 'user', body });
  };
  return { ...one, place, hear };
};

describe('it is fetched', () => {
  test.each([
    ['its session', SESSION],
    ['its artifact', artifactOf(1)],
    ['its approval', APPROVAL],
  ])('by the id of %s, as a reference that is named by the session alone', async (_what, id) => {
    const { alice, place, hear } = await published();
    await hear();
    const { git, asked, kept } = gitWith();
    const view = await fetchArtifact(alice.user, git, id, null);
    expect(asked).toEqual([place]);
    expect(kept).toEqual([REF]);
    expect(view).toMatchObject({
      ...{ ...place, artifact: artifactOf(1), session: SESSION, ref: REF, at: '/clone', bytes: null },
      ...{ wasThere: false, checked: 'change', isSigned: false, unpublished: null },
    });
    expect(view.take.map((one) => one.command)).toEqual([
      `git diff HEAD...${place.commit}`,
      `git merge ${place.commit}`,
    ]);
    expect((await fetchArtifact(alice.user, git, id, null)).wasThere).toBe(true);
  });

  test('into a file, whatever its name is', async () => {
    const { alice, hear } = await published();
    await hear();
    const { git, kept } = gitWith();
    const view = await fetchArtifact(alice.user, { ...git, top: async () => null }, SESSION, '/here/a; b');
    expect(kept).toEqual([`/here/a; b ${REF}`]);
    expect(view).toMatchObject({ at: '/here/a; b', bytes: 7, wasThere: false });
    expect(view.take[0]!.command).toBe(`git fetch '/here/a; b' ${REF}`);
  });

  test('before its node told that it is published, as what was to be approved, and says who signed', async () => {
    const { alice, place } = await published();
    await decide(alice.user, alice.home.tables.get('approvals', APPROVAL)!, 'approved');
    const { git, asked } = gitWith();
    expect(await fetchArtifact(alice.user, git, SESSION, null)).toMatchObject({
      ...{ artifact: null, isSigned: true },
    });
    expect(asked).toEqual([place]);
  });

  test('where no approval was put to this person, as the commit that was signed', async () => {
    const { alice, hearArtifact } = await startSingleSession();
    await hearArtifact(1, COMMIT);
    const { git } = gitWith(fileOf('whatever\n'), null);
    expect(await fetchArtifact(alice.user, git, SESSION, null)).toMatchObject({ checked: 'commit' });
  });
});

describe('nothing is kept', () => {
  test('of what waits for its approval: it is not called lost', async () => {
    const { alice, hear } = await published();
    const { git } = gitWith();
    git.fetched = async () => {
      throw new EntangleError('not_found', 'the remote has no commit');
    };
    await expect(fetchArtifact(alice.user, git, SESSION, null)).rejects.toMatchObject({
      code: 'not_found',
      message: 'the remote has no commit: it is not known to be published yet',
      hint: `see what it would be: \`entangle user artifact diff ${SESSION}\``,
    });
    await hear();
    await expect(fetchArtifact(alice.user, git, SESSION, null)).rejects.toMatchObject({
      message: 'the remote has no commit',
    });
  });

  test.each([
    ['another file', gitWith(fileOf('other\n'))],
    ['one file more', gitWith([...FILES, ...fileOf('x', 'x')])],
    ['another base', gitWith(FILES, 'bb'.repeat(20))],
    ['no base', gitWith(FILES, null)],
  ])('of %s than what was asked', async (_what, { git, kept }) => {
    const { alice, hear } = await published();
    await hear();
    for (const output of [null, 'out'])
      await expect(fetchArtifact(alice.user, git, SESSION, output)).rejects.toMatchObject({
        code: 'invalid',
        message: 'what was published is not what you were asked to approve; nothing was kept',
        hint: `see what you were asked: \`entangle user artifact diff ${SESSION}\``,
      });
    expect(kept).toEqual([]);
  });

  test.each([{ changes: 'ab'.repeat(32) }, { hunks: 'ab'.repeat(32) }])(
    'of what has another digest than was asked: %j',
    async (subject) => {
      const { alice } = await startSingleSession();
      await alice.askApproval({ files: FILES, subject });
      const { git, kept } = gitWith();
      await expect(fetchArtifact(alice.user, git, APPROVAL, null)).rejects.toMatchObject({ code: 'invalid' });
      expect(kept).toEqual([]);
    },
  );

  test.each([{ repository: 'file:///other' }, { branch: 'other' }, { commit: 'c1'.repeat(20) }])(
    'of another place than was asked, and nothing is fetched: %j',
    async (more) => {
      const { alice, hear } = await published();
      await hear();
      const row = alice.home.tables.get('artifacts', artifactOf(1))!;
      const { commit: commit_id = row.commit_id, ...place } = more as Partial<PublishedCommit>;
      alice.home.tables.put('artifacts', { ...row, ...place, commit_id });
      const { git, asked } = gitWith();
      await expect(fetchArtifact(alice.user, git, SESSION, null)).rejects.toMatchObject({ code: 'invalid' });
      expect(asked).toEqual([]);
    },
  );

  test('outside of a repository, and nothing is fetched', async () => {
    const { alice, hear } = await published();
    await hear();
    const { git, asked } = gitWith();
    const nowhere = { ...git, top: async () => null };
    await expect(fetchArtifact(alice.user, nowhere, SESSION, null)).rejects.toMatchObject({
      code: 'usage',
      hint: expect.stringContaining('--output FILE'),
    });
    expect(asked).toEqual([]);
  });

  test.each([
    ['open', async () => {}, /entangle user wait/],
    [
      'over',
      async (one: Awaited<ReturnType<typeof startSingleSession>>) => one.complete(),
      /entangle user show/,
    ],
  ])('of a session that is %s and published nothing', async (_what, go, hint) => {
    const one = await startSingleSession();
    await go(one);
    await expect(fetchArtifact(one.alice.user, gitWith().git, SESSION, null)).rejects.toMatchObject({
      code: 'not_found',
      hint: expect.stringMatching(hint),
    });
  });
});

describe('what is published nowhere', () => {
  const BYTES = utf8('a pack');
  const sha256 = toHex(suiteWasm.sha256(BYTES));
  const told = async (state: 'failed' | 'superseded', more: object = {}) => {
    const one = await published();
    const { alice, place } = one;
    const pack = { name: 'commit.pack', size: BYTES.length, sha256, blobs: [sha256] };
    const about = { artifact: artifactOf(1), session: SESSION, approval: APPROVAL, ...place };
    const said = { why: 'rejected by bob: no', kept: { base: BASE, pack }, ...more };
    await alice.hear({
      type: 'artifact.ref',
      from: 'node',
      to: 'user',
      body: { ...about, state, ...said } as never,
      dedup: `artifact:${artifactOf(1)}:${state}`,
    });
    return one;
  };

  test.each([
    ['failed', 'failed'],
    ['superseded', 'superseded'],
  ] as const)('is given by its node: %s, and says what it is', async (state, change) => {
    const { alice, place } = await told(state);
    await alice.home.blobs.put(BYTES);
    const { git, asked, kept, unpacked } = gitWith();
    const view = await fetchArtifact(alice.user, git, SESSION, null);
    expect([asked, unpacked]).toEqual([[], [{ ...place, base: BASE, pack: BYTES }]]);
    expect(kept).toEqual([`refs/remotes/entangle/${change}/${SESSION}-${place.commit.slice(0, 12)}`]);
    expect(view).toMatchObject({ checked: 'change', unpublished: { change, why: 'rejected by bob: no' } });
  });

  test('is not what was asked where its files are others: nothing is kept', async () => {
    const { alice } = await told('failed');
    await alice.home.blobs.put(BYTES);
    const { git, kept } = gitWith(fileOf('other\n'));
    await expect(fetchArtifact(alice.user, git, SESSION, null)).rejects.toMatchObject({ code: 'invalid' });
    expect(kept).toEqual([]);
  });

  test.each([
    ['no copy was given', { kept: undefined }, 'not_found'],
    [
      'its bytes are others',
      {
        kept: {
          base: BASE,
          pack: { name: 'commit.pack', size: 6, sha256: 'ab'.repeat(32), blobs: [sha256] },
        },
      },
      'invalid',
    ],
  ])('is not there where %s', async (_what, more, code) => {
    const { alice } = await told('failed', more);
    await alice.home.blobs.put(BYTES);
    const { git, unpacked } = gitWith();
    await expect(fetchArtifact(alice.user, git, SESSION, null)).rejects.toMatchObject({ code });
    expect(unpacked).toEqual([]);
  });
});
