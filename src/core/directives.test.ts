import { expect, test } from 'vitest';
import { directiveForms } from './directives.ts';

test('the forms of all directives name what each cannot go without', () => {
  expect(directiveForms().split(', ')).toEqual([
    '{"id":…,"delegate":{"to":…,"task":…}}',
    '{"id":…,"handoff":{"to":…,"task":…}}',
    '{"id":…,"ask":{"question":…}}',
    '{"id":…,"escalate":{"to":…,"words":…}}',
    '{"id":…,"request_review":{"to":…}}',
    '{"id":…,"artifact":{"name":…}}',
    '{"id":…,"run":{"argv":…}}',
    '{"id":…,"review":{"verdict":…}}',
  ]);
});
