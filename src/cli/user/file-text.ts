/** Files that nodes gave, as text: each on its line, and all that is known of one. */
import type { FetchedFile, GivenFileView, ListedFile } from '../../services/user/files.ts';
import { counted, oneLine, pairs } from '../kit/render.ts';
import { signerText } from './approval-text.ts';

export const fileLine = ({ file, name, media, size, words }: ListedFile): string =>
  oneLine(`${file} ${name} (${media}, ${counted(size, 'byte')})${words === '' ? '' : `: ${words}`}`);

export const fileText = (view: GivenFileView): string => {
  const facts = pairs([
    ['file', view.file],
    ['name', oneLine(view.name)],
    ['media type', oneLine(view.media)],
    ['size', counted(view.size, 'byte')],
    ['digest', `sha256:${view.sha256}`],
    ['it shows', oneLine(view.words) || null],
    ['signed by', signerText(view.signer, view.node)],
    ['message', `${view.message} of ${view.at}`],
    ['session', view.session],
  ]);
  return `${facts}\n\nfetch it: entangle user artifact fetch ${view.file} --output FILE`;
};

export const fetchedFileText = ({ at, name, size, sha256 }: FetchedFile): string =>
  `${oneLine(name)} is in ${at}: ${counted(size, 'byte')}, sha256:${sha256}\nits bytes are those that its node signed; nobody else looked at them`;
