import type { ArtifactFile } from '../../artifact/index.ts';
import { GraftError, type RowBlocks } from '../../base/index.ts';
import { writeModel } from '../../onnx/index.ts';
import { cutSuffix } from '../../rewrite/index.ts';
import { openSession } from '../../runtime/index.ts';

/** Probabilities [rows × classes] that a model file gives for codes: its graph above the tap, as it was written. */
export async function headProbabilities(file: ArtifactFile, codes: RowBlocks): Promise<Float32Array> {
  const suffix = cutSuffix(file.model, { tensor: 'codes', sides: [] }, ['probabilities']);
  const session = await openSession(writeModel(suffix), { threads: 2 });
  const all = new Float32Array(codes.rows * file.metadata.labels.length);
  let at = 0;
  try {
    for (const block of codes.blocks()) {
      const { probabilities } = await session.run({
        codes: { dtype: 'float32', dims: [block.rows, block.cols], data: block.data },
      });
      if (!(probabilities?.data instanceof Float32Array))
        throw new GraftError('The head of the model gives no probabilities');
      all.set(probabilities.data, at);
      at += probabilities.data.length;
    }
  } finally {
    await session.release();
  }
  return all;
}
