import { describe, expect, it } from 'vitest';
import { sourceLabels } from './source-labels.ts';

describe('sourceLabels', () => {
  it('are the 1,000 ImageNet classes, each with its synset', async () => {
    const labels = await sourceLabels();
    expect(labels).toHaveLength(1000);
    expect(new Set(labels.map(({ synset }) => synset)).size).toBe(1000);
    for (const { synset, names } of labels) {
      expect(synset).toMatch(/^n\d{8}$/);
      expect(names.every((name) => name !== '' && name.trim() === name)).toBe(true);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  it('stand in the order of the logits: synsets ascending', async () => {
    const synsets = (await sourceLabels()).map(({ synset }) => synset);
    expect(synsets).toEqual([...synsets].sort());
  });

  it('have display names that differ, and synonyms', async () => {
    const labels = await sourceLabels('imagenet-1k');
    expect(new Set(labels.map(({ names }) => names[0])).size).toBe(1000);
    expect(labels[309]?.names).toEqual(['bee']);
    expect(labels[310]?.names).toEqual(['ant', 'emmet', 'pismire']);
    expect(labels[2]?.names).toContain('white shark');
  });
});
