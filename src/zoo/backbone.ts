import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { InputError } from '../base/index.ts';
import { type Model, normalise, readModel } from '../onnx/index.ts';
import { widenFloat16Weights } from '../rewrite/index.ts';
import type { Card } from './card.ts';

/** A pretrained network, ready to be cut: its card and its graph. */
export interface Backbone {
  readonly card: Card;
  /** At the one operator set, weights widened to float32; BatchNormalization unfolded, classifier in place. */
  readonly model: Model;
  /** Of the file that the model was read from, in hexadecimal. */
  readonly sha256: string;
}

/** `models/` stands beside both `src/` and `dist/`. */
const MODELS = new URL('../../models/', import.meta.url);

/** Where a file of the package's `models/` folder lies. */
export function modelFile(name: string): string {
  return fileURLToPath(new URL(name, MODELS));
}

/**
 * Reads a backbone from the package, after its file's SHA-256 has been compared with the card's.
 *
 * @throws InputError when the file is missing, or is not the file that the card describes
 * @example
 * const { model } = await loadBackbone(findCard('efficientnet-lite0'));
 * model.graph.outputs[0]?.name; // 'logits'
 */
export async function loadBackbone(card: Card): Promise<Backbone> {
  const file = modelFile(card.file);
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new InputError(`Cannot read the backbone ${card.id}: ${file} is not there`, {
      fix: 'Install graftwork again',
      cause,
    });
  });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== card.sha256) {
    throw new InputError(
      `Cannot use the backbone ${card.id}: ${file} has SHA-256 ${sha256}, its card says ${card.sha256}`,
      {
        fix: 'Install graftwork again: the file was changed or cut short',
      },
    );
  }
  return { card, model: widenFloat16Weights(normalise(readModel(bytes))), sha256 };
}
