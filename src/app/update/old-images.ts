import type { ArtifactFile } from '../../artifact/index.ts';
import { type Context, InputError } from '../../base/index.ts';
import { type Cache, recall } from '../../features/index.ts';
import { parseDevice } from '../../runtime/index.ts';
import { checkLabelled, codesOf, type Images, listImages } from '../images.ts';
import type { Network } from '../network.ts';
import type { UpdateOptions } from '../options.ts';
import { loadRun } from '../runs.ts';
import type { Memory } from './memory.ts';

/** The images that a model was made from: from the cache, or from where the user says they are. */
export async function oldImages(
  options: UpdateOptions,
  file: ArtifactFile,
  network: Network,
  { view }: Memory,
  cache: Cache,
  context: Context,
): Promise<Images> {
  if (options.base !== undefined) {
    const dataset = await listImages(options.base, options, context, 'required');
    checkLabelled(dataset);
    return inOrderOf(file.metadata.labels, await codesOf(dataset, network, view, options, cache, context));
  }
  const run = await loadRun(cache, file.metadata.training.hash);
  const hashes = run && Buffer.from(run.map(({ sha256 }) => sha256).join(''), 'hex');
  const codes = hashes && recall(hashes, network.plan(view), cache, parseDevice(options.device ?? 'cpu'));
  if (run === undefined || codes === undefined) {
    throw new InputError(
      `Cannot update ${options.model}: the codes of the images it was made from are no longer in the cache`,
      {
        fix: 'Pass --base with the folder of those images',
      },
    );
  }
  const classes = file.metadata.labels;
  const examples = run.map(({ file: name, label, group }) => ({
    file: name,
    label: classes.indexOf(label),
    // The file itself is not read again: its codes are at hand.
    source: { kind: 'file' as const, path: name, size: 0, mtimeMs: 0, inode: 0 },
    ...(group !== undefined && { group }),
  }));
  return {
    classes,
    emptyClasses: [],
    view,
    examples,
    labels: Int32Array.from(examples, ({ label }) => label),
    codes,
    skipped: [],
  };
}

/** The same images with the model's classes in the model's order; images of other classes lose their label. */
function inOrderOf(classes: readonly string[], images: Images): Images {
  const labels = images.labels.map((label) => (label < 0 ? -1 : classes.indexOf(images.classes[label]!)));
  return { ...images, classes, labels };
}
