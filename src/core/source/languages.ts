/** Languages of programs by how the names of their files end: the signs that begin and end what is told apart, and the words. */
import type { Syntax } from '../encoding/colours.ts';

/** What stands between two signs; `isLong`: over lines too. */
export type Pair = { open: string; end: string; kind: Syntax; isLong: boolean; hasEscapes: boolean };
export type Language = {
  keywords: ReadonlySet<string>;
  /** Of whatever case. */
  isLoose: boolean;
  pairs: readonly Pair[];
  /** A comment from there to the end of a line. */
  rest: readonly string[];
  /** `/…/` stands for a text where a value may begin. */
  hasPatterns: boolean;
};

const block = (open: string, end: string): Pair => ({
  ...{ open, end, kind: 'comment', isLong: true, hasEscapes: false },
});
export const quote = (sign: string, isLong = false, hasEscapes = true): Pair => ({
  ...{ open: sign, end: sign, kind: 'literal', isLong, hasEscapes },
});
const C_BLOCK = block('/*', '*/');
const QUOTES = [quote('"'), quote("'")];
const language = (keywords: string, given: Partial<Omit<Language, 'keywords'>> = {}): Language => ({
  keywords: new Set(keywords.split(' ')),
  ...{ isLoose: false, pairs: QUOTES, rest: ['#'], hasPatterns: false },
  ...given,
});
const C = { pairs: [C_BLOCK, ...QUOTES], rest: ['//'] };

const WEB = language(
  'abstract as async await break case catch class const continue debugger declare default delete do else enum export extends false finally for from function get if implements import in infer instanceof interface is keyof let namespace new null of private protected public readonly return satisfies set static super switch this throw true try type typeof undefined var void while with yield',
  { pairs: [C_BLOCK, ...QUOTES, quote('`', true)], rest: ['//'], hasPatterns: true },
);
/** One table for those that look alike: a word of one that is a name in another is coloured there too. */
const C_LIKE = language(
  'abstract alignas as async auto await base bool break byte case catch char checked class companion const constexpr continue data decimal default defer delegate delete do double else enum event explicit extends extension extern false final finally float for foreach friend fun func get goto guard if implements import in init inline int interface internal is lateinit let lock long namespace native new nil noexcept null nullptr object open operator out override package params private protected protocol public readonly ref register return sealed self set short signed sizeof static string struct super switch template this throw throws trait true try typedef typename union unsafe unsigned using val var virtual void volatile when where while yield',
  C,
);
const GO = language(
  'break case chan const continue default defer else fallthrough false for func go goto if import interface iota map nil package range return select struct switch true type var',
  { pairs: [C_BLOCK, ...QUOTES, quote('`', true, false)], rest: ['//'] },
);
/** A single quote begins a lifetime as well as a character. */
const RUST = language(
  'as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod move mut pub ref return self Self static struct super trait true type unsafe use where while',
  { pairs: [C_BLOCK, quote('"')], rest: ['//'] },
);
const PYTHON = language(
  'and as assert async await break class continue def del elif else except False finally for from global if import in is lambda match None nonlocal not or pass raise return True try while with yield',
  { pairs: [quote('"""', true), quote("'''", true), ...QUOTES] },
);
const RUBY = language(
  'alias and begin break case class def defined do else elsif end ensure false for if in module next nil not or redo require rescue retry return self super then true undef unless until when while yield',
);
const PHP = language(
  'abstract and array as break case catch class const continue declare default do echo else elseif extends false final finally fn for foreach function global if implements include instanceof interface match namespace new null or private protected public readonly require return static switch this throw trait true try use var while yield',
  { pairs: [C_BLOCK, ...QUOTES], rest: ['//', '#'] },
);
const SHELL = language(
  'break case continue do done elif else esac eval exec exit export fi for function if in local read return set shift source then trap unset until while',
);
const SQL = language(
  'add all alter and as asc begin between by case commit constraint create default delete desc distinct drop else end exists foreign from group having if in index inner insert into is join key left like limit not null on or order outer primary references returning right rollback select set table then trigger union unique update values view when where with',
  { isLoose: true, pairs: [C_BLOCK, ...QUOTES], rest: ['--'] },
);
const LUA = language(
  'and break do else elseif end false for function goto if in local nil not or repeat return then true until while',
  { pairs: [block('--[[', ']]'), ...QUOTES], rest: ['--'] },
);
const SETTINGS = language('true false null yes no on off');
const JSON_LIKE = language('true false null', C);
const STYLES = language('important media import supports keyframes', {
  pairs: [C_BLOCK, ...QUOTES],
  rest: [],
});
const MARKUP = language('', { pairs: [block('<!--', '-->'), ...QUOTES], rest: [] });
const BUILD = language(
  'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL RUN SHELL STOPSIGNAL USER VOLUME WORKDIR define else endef endif export ifdef ifeq ifndef ifneq include',
);

const ENDINGS: readonly (readonly [endings: string, of: Language])[] = [
  ['js jsx mjs cjs ts tsx mts cts', WEB],
  ['c h cc cpp cxx hpp m mm java kt kts cs scala swift dart groovy gradle proto', C_LIKE],
  ['go', GO],
  ['rs', RUST],
  ['py pyi', PYTHON],
  ['rb rake gemspec', RUBY],
  ['php', PHP],
  ['sh bash zsh', SHELL],
  ['sql', SQL],
  ['lua', LUA],
  ['yaml yml toml ini cfg conf properties', SETTINGS],
  ['json jsonc json5', JSON_LIKE],
  ['css scss less', STYLES],
  ['html htm xml svg vue', MARKUP],
  ['dockerfile makefile mk', BUILD],
];
const BY_ENDING: ReadonlyMap<string, Language> = new Map(
  ENDINGS.flatMap(([endings, of]) => endings.split(' ').map((one) => [one, of] as const)),
);

/** By how the name of a file ends, or by all of it; null for one that is not known. */
export const languageOf = (path: string): Language | null => {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  return BY_ENDING.get(name.slice(name.lastIndexOf('.') + 1)) ?? null;
};
