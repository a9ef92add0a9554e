import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { type DType, float32, InputError, type Tensor, UsageError, workerUrl } from '../base/index.ts';
import { GraphBuilder, writeModel } from '../onnx/index.ts';
import { openSession } from './session.ts';

function identity(dtype: DType): Uint8Array {
  const b = new GraphBuilder();
  const x = b.input('x', dtype, ['N']);
  b.output(b.node('Identity', [x], {}, { outputs: ['y'] }), dtype, ['N']);
  return writeModel(b.build());
}

const values: Tensor[] = [
  float32([3], [1.5, -2, Number.POSITIVE_INFINITY]),
  { dtype: 'float64', dims: [2], data: Float64Array.of(Math.PI, -0) },
  { dtype: 'float16', dims: [2], data: Uint16Array.of(0x3c00, 0xc000) },
  { dtype: 'int8', dims: [2], data: Int8Array.of(-128, 127) },
  { dtype: 'int16', dims: [2], data: Int16Array.of(-32768, 32767) },
  { dtype: 'int32', dims: [2], data: Int32Array.of(-1, 2) },
  { dtype: 'int64', dims: [2], data: BigInt64Array.of(-1n, 1n << 60n) },
  { dtype: 'uint8', dims: [2], data: Uint8Array.of(0, 255) },
  { dtype: 'uint16', dims: [2], data: Uint16Array.of(0, 65535) },
  { dtype: 'uint32', dims: [2], data: Uint32Array.of(0, 4294967295) },
  { dtype: 'uint64', dims: [2], data: BigUint64Array.of(0n, (1n << 64n) - 1n) },
  { dtype: 'bool', dims: [2], data: Uint8Array.of(0, 1) },
  { dtype: 'string', dims: [2], data: ['Grüße', ''] },
];

describe('openSession', () => {
  it.each(values.map((value) => [value.dtype, value] as const))('carries %s in and out', async (dtype, x) => {
    const session = await openSession(identity(dtype));
    expect(session.inputs).toEqual(['x']);
    expect(session.outputs).toEqual(['y']);
    const { y } = await session.run({ x });
    expect(y).toEqual(x);
    await session.release();
    await expect(session.run({ x })).rejects.toThrow('after its release');
  });

  it('refuses what onnxruntime cannot take, by name', async () => {
    const session = await openSession(identity('float32'));
    const shared = float32([1], new Float32Array(new SharedArrayBuffer(4)));
    await expect(session.run({ x: shared })).rejects.toThrow(/'x'.*shared memory/);
    await expect(session.run({ x: { dtype: 'bfloat16', dims: [1], data: Uint16Array.of(1) } })).rejects.toThrow(
      /bfloat16/,
    );
    await expect(session.run({ x: float32([1, 1], [1]) })).rejects.toThrow(/Cannot run the graph: .*rank/i);
    await session.release();
  });

  it('says what is wrong with a file that is no model', async () => {
    const open = openSession(new Uint8Array(64), { title: 'model.onnx' });
    await expect(open).rejects.toThrow(InputError);
    await expect(open).rejects.toThrow(/^Cannot open model\.onnx: /);
  });

  it('never falls back from a device that is not there', async () => {
    // Metal exists on Apple's systems alone, DirectX on Windows alone: one of them is always absent.
    const absent = process.platform === 'win32' ? 'coreml' : 'dml';
    const open = openSession(identity('float32'), { device: absent });
    await expect(open).rejects.toThrow(UsageError);
    await expect(open).rejects.toMatchObject({ fix: expect.stringContaining('cpu') });
  });

  it('keeps quiet on standard error, also when the runtime fails', () => {
    const script = `
      import { openSession } from ${JSON.stringify(workerUrl('runtime/index').href)};
      await openSession(new Uint8Array(64)).catch(() => {});
      await openSession(Buffer.from('${Buffer.from(identity('float32')).toString('base64')}', 'base64'), { device: 'cuda' }).catch(() => {});
      console.log('done');`;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(child.stdout).toBe('done\n');
    expect(child.stderr).toBe('');
  });
});
