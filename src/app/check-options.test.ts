import { describe, expect, it } from 'vitest';
import { checkOptions } from './check-options.ts';

const names = { texts: ['data'], all: ['data', 'budget', 'methods'] };

describe('checkOptions', () => {
  it.each([
    [{}, /needs the option 'data'/],
    [{ data: '' }, /needs the option 'data'/],
    [{ data: 'photos', metod: 'x' }, /no option 'metod'/],
    [{ data: 'photos', budget: '5m' }, /milliseconds, not "5m"/],
    [{ data: 'photos', budget: -1 }, /milliseconds/],
  ])('refuses %j', (options, message) => {
    expect(() => checkOptions('fit', options, names)).toThrow(message);
  });

  it('lets the rest pass', () => {
    expect(() => checkOptions('fit', { data: 'photos', budget: 1000, methods: ['knn'] }, names)).not.toThrow();
  });
});
