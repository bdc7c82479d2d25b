/** What changed since the release before, from the commits: their subjects by topic, newest first. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Made, type Release, run } from './context.ts';

const SUBJECT = /^([a-z0-9.-]+): (.+)$/;

/** The text for subjects as `git log` gives them; a subject without a topic is left out. */
export const changelogText = (version: string, day: string, subjects: readonly string[]): string => {
  const topics = new Map<string, string[]>();
  for (const subject of subjects) {
    const [, topic, what] = SUBJECT.exec(subject) ?? [];
    if (topic !== undefined && what !== undefined) topics.set(topic, [...(topics.get(topic) ?? []), what]);
  }
  const sections = [...topics]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([topic, lines]) => `## ${topic}\n\n${lines.map((line) => `- ${line}\n`).join('')}`);
  return `# entangle ${version} (${day})\n\n${sections.join('\n')}`;
};

export const changelog = ({ version, out, at }: Release): Made => {
  const tags = run('git', ['tag', '--merged', 'HEAD', '--sort=-creatordate', '--list', 'v*']).split('\n');
  const before = tags.find((tag) => tag !== '' && tag !== `v${version}`);
  const range = before === undefined ? 'HEAD' : `${before}..HEAD`;
  const subjects = run('git', ['log', '--no-merges', '--format=%s', range]).split('\n');
  const day = new Date(at * 1000).toISOString().slice(0, 10);
  writeFileSync(join(out, 'CHANGELOG.md'), changelogText(version, day, subjects));
  return { file: 'CHANGELOG.md' };
};
