import { describe, expect, it } from 'vitest';
import { float32 } from '../base/index.ts';
import { initializerOf, numbersOf, tensorOf, tensorOfNumbers, viewOf } from './tensor.ts';

describe('tensorOf', () => {
  it('shares memory where it is aligned, and copies where it is not', () => {
    const tensor = float32([2], [1, 2]);
    expect(tensorOf(initializerOf(tensor)).data).toEqual(tensor.data);
    const shifted = Buffer.alloc(9);
    shifted.set(new Uint8Array(tensor.data.buffer), 1);
    expect(viewOf('float32', shifted.subarray(1))).toEqual(tensor.data);
  });

  it('refuses bytes that do not fit the shape', () => {
    const bytes = new Uint8Array(5);
    expect(() => tensorOf({ dtype: 'float32', dims: [2], data: { kind: 'bytes', bytes } })).toThrow(
      /needs 8 bytes and has 5/,
    );
  });

  it('passes strings on', () => {
    const tensor = { dtype: 'string' as const, dims: [1], data: ['a'] };
    expect(tensorOf(initializerOf(tensor))).toEqual(tensor);
    expect(() => numbersOf(tensor)).toThrow(/as numbers/);
  });
});

describe('tensorOfNumbers', () => {
  it.each([
    'float32',
    'float64',
    'float16',
    'bfloat16',
    'int8',
    'int16',
    'int32',
    'int64',
    'uint8',
    'uint16',
    'uint32',
    'uint64',
  ] as const)('makes %s and numbersOf reads it', (dtype) =>
    expect([...numbersOf(tensorOfNumbers(dtype, [3], [0, 1, 96]))]).toEqual([0, 1, 96]),
  );

  it('makes bool of anything but zero', () => {
    expect(tensorOfNumbers('bool', [2], [0, 5]).data).toEqual(Uint8Array.of(0, 1));
  });
});
