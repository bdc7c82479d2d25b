/** Takes the pictures of the documents anew, from a real run: each as an SVG, and beside it what it is drawn from. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { drawPicture } from './pictures/record.ts';
import { takePictures } from './pictures/story.ts';

const directory = join(import.meta.dirname, '..', 'docs', 'pictures');

// Not of whoever takes them: a twin is coloured as the screen in its own terminal is
delete process.env.NO_COLOR;
mkdirSync(directory, { recursive: true });
for (const [name, picture] of await takePictures()) {
  const text = JSON.stringify(picture, null, 1);
  if (text.split(/[^\w.-]+/).includes(hostname())) throw new Error(`${name} names this machine`);
  writeFileSync(join(directory, `${name}.json`), `${text}\n`);
  writeFileSync(join(directory, `${name}.svg`), await drawPicture(picture));
}
