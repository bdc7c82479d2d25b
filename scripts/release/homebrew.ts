/** The formula for Homebrew: where each file is loaded from, and the sum that it must have. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Made, type Release, sha256Of } from './context.ts';

const PLACES = [
  ['on_macos', 'on_arm', 'darwin-arm64'],
  ['on_macos', 'on_intel', 'darwin-x64'],
  ['on_linux', 'on_arm', 'linux-arm64'],
  ['on_linux', 'on_intel', 'linux-x64'],
] as const;

const quoted = (text: string): string => JSON.stringify(text).replaceAll('#', '\\#');

export const homebrew = async ({ url, out, files, ...release }: Release): Promise<Made> => {
  if (url === null) return { leftOut: 'the formula: say where the files are loaded from: --url https://…' };
  const blocks: string[] = [];
  for (const [system, cpu, platform] of PLACES) {
    const name = files[platform];
    if (name === undefined) continue;
    const sum = await sha256Of(join(out, name));
    blocks.push(
      ...[`  ${system} do`, `    ${cpu} do`, `      url ${quoted(`${url}/${name}`)}`],
      ...[`      sha256 "${sum}"`, '    end', '  end', ''],
    );
  }
  const text = [
    'class Entangle < Formula',
    `  desc ${quoted(release.description.replace(/\.$/, ''))}`,
    `  homepage ${quoted(url)}`,
    `  version "${release.version}"`,
    `  license "${release.license}"`,
    '',
    ...blocks,
    '  depends_on "git"',
    '',
    '  def install',
    '    bin.install Dir["entangle-*"].first => "entangle"',
    '    generate_completions_from_executable(bin/"entangle", "completion", shells: [:bash, :zsh, :fish])',
    '  end',
    '',
    '  test do',
    '    assert_match version.to_s, shell_output("#{bin}/entangle --version")',
    '  end',
    'end',
    '',
  ];
  writeFileSync(join(out, 'entangle.rb'), text.join('\n'));
  return { file: 'entangle.rb' };
};
