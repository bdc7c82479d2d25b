/** OCSF, compiled from its published schema: what an event of a class may and must hold. */
import { readVectors } from './vectors.ts';

type Attribute = {
  type?: string;
  is_array?: boolean;
  requirement?: string;
  enum?: Record<string, { caption: string }>;
  sibling?: string;
  profile?: string | null;
};
type Item = {
  uid?: number;
  category?: string;
  name?: string;
  extends?: string;
  attributes: Record<string, Attribute | string[]>;
  constraints?: { at_least_one?: string[]; just_one?: string[] };
};
type Type = { regex?: string; type?: string; range?: [number, number]; max_len?: number; values?: unknown[] };
type Shape = { attributes: Record<string, Attribute>; constraints: NonNullable<Item['constraints']> };
type Dictionary = { attributes: Record<string, Attribute>; types: { attributes: Record<string, Type> } };

const json = <T>(file: string): T => JSON.parse(readVectors(`ocsf/${file}`) ?? '{"attributes":{}}') as T;

export const hasOcsf = readVectors('ocsf/version.json') !== undefined;
export const ocsfVersion = (): string => json<{ version: string }>('version.json').version;

/** Their numbers are those of the class itself, which the schema does not list. */
const GIVEN_BY_CLASS: ReadonlySet<string> = new Set(['class_uid', 'category_uid', 'type_uid']);

export const createOcsf = () => {
  const dictionary = json<Dictionary>('dictionary.json');
  const types = dictionary.types.attributes;
  const made = new Map<string, Shape>();

  /** Own attributes over those of its profiles, over those of what it extends, over the dictionary. */
  const compile = (file: string, folder: string, parents: Readonly<Record<string, string>>): Shape => {
    const known = made.get(file);
    if (known) return known;
    const item = json<Item>(file);
    const above = item.extends
      ? compile(parents[item.extends] ?? `${folder}/${item.extends}.json`, folder, parents)
      : { attributes: {}, constraints: {} };
    const { $include = [], ...own } = item.attributes;
    const attributes: Record<string, Attribute> = { ...above.attributes };
    const add = (given: Record<string, Attribute | string[]>) => {
      for (const [name, attribute] of Object.entries(given) as [string, Attribute][]) {
        const before = attributes[name] ?? {};
        const words = { ...before.enum, ...attribute.enum };
        attributes[name] = {
          ...(dictionary.attributes[name] ?? {}),
          ...before,
          ...attribute,
          ...(Object.keys(words).length > 0 && { enum: { ...dictionary.attributes[name]?.enum, ...words } }),
        };
      }
    };
    for (const profile of $include as string[]) {
      const { name, attributes: more } = json<Item>(profile);
      // Only for events that name the profile, unless the class says otherwise
      add(Object.fromEntries(Object.entries(more).map(([key, one]) => [key, { profile: name!, ...one }])));
    }
    add(own);
    const shape = { attributes, constraints: { ...above.constraints, ...item.constraints } };
    made.set(file, shape);
    return shape;
  };
  const EVENTS: Readonly<Record<string, string>> = {
    base_event: 'events/base_event.json',
    application: 'events/application/application.json',
    iam: 'events/iam/iam.json',
    finding: 'events/findings/finding.json',
  };
  const CLASSES: Readonly<Record<number, string>> = {
    2004: 'events/findings/detection_finding.json',
    3004: 'events/iam/entity_management.json',
    3007: 'events/iam/user_management.json',
    6002: 'events/application/application_lifecycle.json',
    6003: 'events/application/api_activity.json',
  };

  const checkValue = (path: string, type: string, value: unknown, profiles: readonly string[]): string[] => {
    if (type === 'object' || type === 'json_t') return [];
    const primitive = types[type];
    if (primitive === undefined)
      return checkShape(path, compile(`objects/${type}.json`, 'objects', {}), value, profiles);
    const base = primitive.type ?? type;
    const isFit =
      base === 'string_t'
        ? typeof value === 'string'
        : base === 'boolean_t'
          ? typeof value === 'boolean'
          : base === 'float_t'
            ? typeof value === 'number'
            : Number.isSafeInteger(value);
    if (!isFit) return [`${path}: no ${type}: ${JSON.stringify(value)}`];
    const { regex, max_len = Number.POSITIVE_INFINITY, range } = primitive;
    const isWrong =
      (regex !== undefined && !new RegExp(regex).test(String(value))) ||
      String(value).length > max_len ||
      (range !== undefined && (Number(value) < range[0] || Number(value) > range[1]));
    return isWrong ? [`${path}: no ${type}: ${JSON.stringify(value)}`] : [];
  };

  const checkShape = (
    path: string,
    { attributes: all, constraints }: Shape,
    value: unknown,
    profiles: readonly string[],
  ): string[] => {
    const attributes = Object.fromEntries(
      Object.entries(all).filter(([, { profile }]) => profile == null || profiles.includes(profile)),
    );
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path}: no object`];
    const given = value as Record<string, unknown>;
    const wrong: string[] = [];
    for (const [name, one] of Object.entries(given)) {
      const attribute = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
      if (attribute?.type === undefined) wrong.push(`${path}.${name}: unknown`);
      else if (attribute.is_array === true) {
        if (!Array.isArray(one)) wrong.push(`${path}.${name}: no list`);
        else
          wrong.push(
            ...one.flatMap((each, i) => checkValue(`${path}.${name}[${i}]`, attribute.type!, each, profiles)),
          );
      } else wrong.push(...checkValue(`${path}.${name}`, attribute.type, one, profiles));
      const words = attribute?.enum;
      if (!words || attribute?.is_array || GIVEN_BY_CLASS.has(path + name)) continue;
      const word = Object.hasOwn(words, String(one)) ? words[String(one)] : undefined;
      if (!word) wrong.push(`${path}.${name}: none of its numbers: ${one}`);
      const caption = attribute.sibling && given[attribute.sibling];
      if (word && caption !== undefined && String(one) !== '99' && caption !== word.caption)
        wrong.push(`${path}.${attribute.sibling}: "${caption}" where ${one} is "${word.caption}"`);
    }
    for (const [name, { requirement }] of Object.entries(attributes))
      if (requirement === 'required' && given[name] === undefined) wrong.push(`${path}.${name}: missing`);
    const { at_least_one: some } = constraints;
    if (some && !some.some((name) => given[name] !== undefined)) wrong.push(`${path}: none of ${some}`);
    return wrong;
  };

  /** What is wrong with an event, by its own class; empty where nothing is. */
  return (event: Record<string, unknown>): string[] => {
    const file = CLASSES[event.class_uid as number];
    if (file === undefined) return [`class_uid: ${event.class_uid}`];
    const shape = compile(file, 'events', EVENTS);
    const { category, uid } = json<Item>(file);
    const wrong = checkShape(
      '',
      shape,
      event,
      (event.metadata as { profiles?: string[] } | undefined)?.profiles ?? [],
    );
    if (event.type_uid !== (event.class_uid as number) * 100 + (event.activity_id as number))
      wrong.push(`type_uid: ${event.type_uid}`);
    if ((event.class_uid as number) % 1000 !== uid) wrong.push(`class_uid: ${event.class_uid}`);
    const categories = json<{ attributes: Record<string, { uid: number }> }>('categories.json').attributes;
    const known = category ?? CATEGORY_OF[event.class_uid as number] ?? '';
    if (categories[known]?.uid !== event.category_uid) wrong.push(`category_uid: ${event.category_uid}`);
    return wrong;
  };
};

const CATEGORY_OF: Readonly<Record<number, string>> = {
  2004: 'findings',
  3004: 'iam',
  3007: 'iam',
  6002: 'application',
  6003: 'application',
};
