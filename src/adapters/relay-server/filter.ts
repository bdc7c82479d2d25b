/** NIP-01 filters: read strictly and bounded, matched plainly. */
import type { SignedEvent } from '../../core/nostr/event.ts';
import { isKey, isWrap } from './event.ts';

export const MAX_FILTERS = 20;
export const MAX_VALUES = 2_000;
/** Events of one filter's stored answer, whatever `limit` asks for. */
export const MAX_LIMIT = 500;
const MAX_VALUE_LENGTH = 1_024;

export type Filter = {
  ids?: ReadonlySet<string>;
  authors?: ReadonlySet<string>;
  kinds?: ReadonlySet<number>;
  /** Tag name (one letter) to the values of which an event must have one. */
  tags: ReadonlyMap<string, ReadonlySet<string>>;
  since: number;
  until: number;
  limit: number;
};

const isNumber = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= MAX_VALUE_LENGTH;

/** The filters of a REQ, or a sentence that says why they are refused. */
export function readFilters(values: readonly unknown[]): Filter[] | string {
  if (values.length === 0) return 'no filter';
  if (values.length > MAX_FILTERS) return `more than ${MAX_FILTERS} filters`;
  const filters: Filter[] = [];
  const budget = { left: MAX_VALUES };
  for (const value of values) {
    const filter = readFilter(value, budget);
    if (typeof filter === 'string') return filter;
    filters.push(filter);
  }
  return filters;
}

function readFilter(value: unknown, budget: { left: number }): Filter | string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'a filter is not an object';
  const tags = new Map<string, ReadonlySet<string>>();
  const filter: Filter = { tags, since: 0, until: Number.POSITIVE_INFINITY, limit: MAX_LIMIT };
  for (const [name, field] of Object.entries(value)) {
    if (name === 'since' || name === 'until' || name === 'limit') {
      if (!isNumber(field)) return `${name} is not a number`;
      filter[name] = name === 'limit' ? Math.min(field, MAX_LIMIT) : field;
      continue;
    }
    if (!Array.isArray(field)) return 'a condition is not a list';
    budget.left -= field.length;
    if (budget.left < 0) return `more than ${MAX_VALUES} values`;
    if (name === 'kinds' && field.every(isNumber)) filter.kinds = new Set(field);
    else if (name === 'ids' && field.every(isKey)) filter.ids = new Set(field);
    else if (name === 'authors' && field.every(isKey)) filter.authors = new Set(field);
    else if (/^#[a-zA-Z]$/.test(name) && field.every(isText)) tags.set(name.slice(1), new Set(field));
    else return 'a condition that this relay does not know';
  }
  return filter;
}

/** Whether every condition of the filter holds for the event (`limit` is not a condition). */
export function matches(filter: Filter, event: SignedEvent): boolean {
  if (event.created_at < filter.since || event.created_at > filter.until) return false;
  if (filter.kinds !== undefined && !filter.kinds.has(event.kind)) return false;
  if (filter.ids !== undefined && !filter.ids.has(event.id)) return false;
  if (filter.authors !== undefined && !filter.authors.has(event.pubkey)) return false;
  for (const [name, values] of filter.tags) {
    if (!event.tags.some((tag) => tag[0] === name && tag[1] !== undefined && values.has(tag[1])))
      return false;
  }
  return true;
}

/** Whether the filter asks for gift wraps and nothing else. */
export const onlyWraps = (filter: Filter): boolean =>
  filter.kinds !== undefined && [...filter.kinds].every(isWrap);
