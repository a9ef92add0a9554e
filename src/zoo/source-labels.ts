import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { modelFile } from './backbone.ts';
import type { Card } from './card.ts';

/** A class that a backbone was trained on. */
export interface SourceLabel {
  /** WordNet 3.0 identifier, `n02123159`. */
  readonly synset: string;
  /** The name to show, then synonyms, as WordNet spells them. A synonym may belong to two classes: `crane`, bird and machine. */
  readonly names: readonly string[];
}

const FILES: Readonly<Record<Card['labels'], string>> = { 'imagenet-1k': 'imagenet-labels.json' };

const Labels = z.array(z.object({ synset: z.string(), names: z.array(z.string()).min(1) }));

/**
 * The source classes in the order of the logits.
 *
 * @example
 * const labels = await sourceLabels(card.labels);
 * labels[281]?.names; // ['tabby', 'tabby cat']
 */
export async function sourceLabels(list: Card['labels'] = 'imagenet-1k'): Promise<readonly SourceLabel[]> {
  return Labels.parse(JSON.parse(await readFile(modelFile(FILES[list]), 'utf8')));
}
