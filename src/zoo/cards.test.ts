import { statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../base/index.ts';
import { modelFile } from './backbone.ts';
import { cards, findCard } from './cards.ts';

describe('cards', () => {
  it('have ids and files of their own', () => {
    expect(new Set(cards.map((card) => card.id)).size).toBe(cards.length);
    expect(new Set(cards.map((card) => card.file)).size).toBe(cards.length);
  });

  it('are found by id', () => {
    for (const card of cards) expect(findCard(card.id)).toBe(card);
  });

  it('an unknown id is a usage error that lists what there is', () => {
    const find = () => findCard('resnet-9000');
    expect(find).toThrow(UsageError);
    expect(find).toThrow("Cannot find the backbone 'resnet-9000'");
    try {
      find();
    } catch (error) {
      expect((error as UsageError).fix).toBe('Choose one of: efficientnet-lite0, squeezenet1.1');
    }
  });

  it('their files stay small enough to be committed: under 15 MB in all', () => {
    const bytes = cards.reduce((sum, card) => sum + statSync(modelFile(card.file)).size, 0);
    expect(bytes).toBeLessThan(15e6);
  });
});
