/** How a file of the build gives what it exports: as values, where esbuild writes a getter for each, and another around it. */
import { type AnyNode, parse } from 'acorn';

/** As esbuild writes it in front of a file: nothing of the file has run then, so that each export is a function that looks. */
const GIVEN =
  /var stdin_exports=\{\};__export\(stdin_exports,\{(.*?)\}\);module\.exports=__toCommonJS\(stdin_exports\);/;
const PAIR = /("[^"]+"|[\w$]+):\(\)=>([\w$.]+)/g;
/** For a Node that reads only what a file exports, which is not how these are loaded. */
const NAMED = /0&&\(module\.exports=\{[^}]*\}\);\s*$/;

const isNode = (value: unknown): value is AnyNode =>
  typeof value === 'object' && value !== null && 'type' in value;
const partsOf = (node: AnyNode): AnyNode[] => Object.values(node).flat().filter(isNode);

/** What a node gives a value to that was declared elsewhere. */
const targetOf = (node: AnyNode): AnyNode | undefined => {
  if (node.type === 'AssignmentExpression') return node.left;
  if (node.type === 'UpdateExpression') return node.argument;
  if (node.type === 'ForInStatement' || node.type === 'ForOfStatement') return node.left;
  return undefined;
};
const namesIn = (target: AnyNode): string[] => {
  if (target.type === 'Identifier') return [target.name];
  // What is declared there, or is a member of something, is no name of before
  if (target.type === 'VariableDeclaration' || target.type === 'MemberExpression') return [];
  return partsOf(target).flatMap(namesIn);
};
/** Names that are given a value after they were declared, in whatever scope: more than need be, and none too few. */
const changedIn = (node: AnyNode, found = new Set<string>()): Set<string> => {
  const target = targetOf(node);
  if (target !== undefined) for (const name of namesIn(target)) found.add(name);
  for (const part of partsOf(node)) changedIn(part, found);
  return found;
};

/**
 * Of code that esbuild made CommonJS. No file of the build asks for one that asks for it, so that all of a file has run when another
 * looks; what may be given another value later, here or in the file that it is of, keeps its getter.
 */
export const withPlainExports = (code: string): string => {
  const [given = '', list = ''] = GIVEN.exec(code) ?? [];
  const rest = code
    .replace(given, () => '')
    .replace(NAMED, '')
    .trimEnd();
  const pairs = [...list.matchAll(PAIR)];
  // What is written in another way than is known here would be left out, or be looked for where it is not
  const isWhole = pairs.map(([pair]) => pair).join(',') === list;
  if (!isWhole || rest.includes('stdin_exports')) throw new Error(`exports in an unknown form: ${list}`);
  if (given === '') return code;
  const changed = changedIn(parse(rest, { ecmaVersion: 'latest', allowReturnOutsideFunction: true }));
  const members = pairs.map(([, name, value]) =>
    changed.has(value!) || value!.includes('.') ? `get ${name}(){return ${value}}` : `${name}:${value}`,
  );
  return `${rest}module.exports=Object.defineProperty({${members.join(',')}},"__esModule",{value:!0});\n`;
};
