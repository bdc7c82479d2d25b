/** What a prompt of an editor asks for: the task in words, and the files that go with it. */
import type * as z from 'zod';
import { linkBlock, type PromptBlock, resourceBlock, textBlock } from '../../core/acp/editor.ts';
import { fromBase64, utf8 } from '../../core/encoding/bytes.ts';
import { readShape } from '../../core/encoding/read-shape.ts';
import { EntangleError } from '../../core/errors.ts';
import type { NamedBytes } from '../../ports/index.ts';

/** What a link leads to: a file that goes along, or words where there is none to send. */
export type Linked = { is: 'file'; name: string; bytes: Uint8Array } | { is: 'words'; text: string };
/** Refuses what must not go along. */
export type OpenLink = (uri: string, name: string) => Promise<Linked>;
export type PromptText = { text: string; files: NamedBytes[] };

const refusal = (message: string, hint: string): EntangleError =>
  new EntangleError('usage', message, { hint });

const readBlock = <S extends z.ZodType>(shape: S, block: PromptBlock): z.output<S> => {
  const { data } = readShape(shape, block);
  if (data === undefined)
    throw refusal(`a part of the prompt (${block.type}) has not its form`, 'write it as words');
  return data;
};

/** The last part of its path. */
const nameOfUri = (uri: string): string => {
  const last = uri.split(/[?#]/)[0]!.split('/').at(-1)!;
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
};

const bytesOfText = (blob: string): Uint8Array => {
  try {
    return fromBase64(blob);
  } catch {
    throw refusal('a resource of the prompt is no base64', 'give it as a file: `entangle user ask --attach`');
  }
};

/** A name that a task takes: two of one name are told apart, and none begins as a hidden file or an option does. */
const freeName = (name: string, taken: ReadonlySet<string>): string => {
  const plain = /^[-. ~]/.test(name) ? `_${name}` : name;
  let free = plain;
  for (let n = 2; taken.has(keyOf(free)); n += 1) free = `${n}-${plain}`;
  return free;
};
const keyOf = (name: string): string => name.normalize('NFC').toLowerCase();

/** Refuses in words what no task can carry. */
export const readPrompt = async (blocks: readonly PromptBlock[], open: OpenLink): Promise<PromptText> => {
  const files: NamedBytes[] = [];
  const taken = new Set<string>();
  const attach = (name: string, bytes: Uint8Array): string => {
    const free = freeName(name, taken);
    taken.add(keyOf(free));
    files.push({ name: free, bytes });
    return `[attached: ${free}]`;
  };
  const readers = new Map<string, (block: PromptBlock) => string | Promise<string>>([
    ['text', (block) => readBlock(textBlock, block).text],
    [
      'resource_link',
      async (block) => {
        const { uri, name } = readBlock(linkBlock, block);
        const linked = await open(uri, name);
        return linked.is === 'words' ? linked.text : attach(linked.name, linked.bytes);
      },
    ],
    [
      'resource',
      (block) => {
        const { resource } = readBlock(resourceBlock, block);
        const bytes = 'text' in resource ? utf8(resource.text) : bytesOfText(resource.blob);
        return attach(nameOfUri(resource.uri), bytes);
      },
    ],
  ]);
  let text = '';
  for (const block of blocks) {
    const read = readers.get(block.type);
    if (!read)
      throw refusal(
        `a prompt here has words and files, and no ${block.type}`,
        'give it as a file: `entangle user ask --attach`',
      );
    text += await read(block);
  }
  if (text.trim() === '') throw refusal('the prompt is empty', 'write what to do');
  return { text, files };
};
