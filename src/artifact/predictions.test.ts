import { describe, expect, it } from 'vitest';
import { toPredictions } from './predictions.ts';

const outputs = { probabilities: Float32Array.of(0.25, 0.5, 0.25, 1, 0, 0), novelty: Float32Array.of(0.1, 0.9) };
const legend = { labels: ['a', 'b', 'c'], unknown: { threshold: 0.5 } };

describe('toPredictions', () => {
  it('lists the best classes, ties in the order of the labels, and marks the unknown', () => {
    expect(toPredictions(['1.jpg', '2.jpg'], outputs, legend, { top: 2 })).toEqual([
      {
        file: '1.jpg',
        label: 'b',
        probability: 0.5,
        unknown: false,
        top: [
          { label: 'b', probability: 0.5 },
          { label: 'a', probability: 0.25 },
        ],
      },
      {
        file: '2.jpg',
        label: 'a',
        probability: 1,
        unknown: true,
        top: [
          { label: 'a', probability: 1 },
          { label: 'b', probability: 0 },
        ],
      },
    ]);
  });

  it('knows no unknown without a threshold, and lists all classes when asked for more', () => {
    const [, second] = toPredictions(['1', '2'], outputs, { ...legend, unknown: null }, { top: 99 });
    expect(second?.unknown).toBe(false);
    expect(second?.top).toHaveLength(3);
    expect(() => toPredictions(['1'], outputs, legend, { top: 0 })).toThrow('Cannot list the top 0 classes');
  });
});
