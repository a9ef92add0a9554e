import type { Command } from 'commander';
import { parseInteger } from '../arguments.ts';
import { addCacheFlags, addDataFlags, type CacheFlags, type CommonFlags, type DataFlags, given } from './shared.ts';

interface UpdateFlags extends CommonFlags, CacheFlags, DataFlags {
  readonly base?: string;
  readonly out?: string;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly seed: number;
}

export function addUpdate(program: Command): void {
  const command = program
    .command('update')
    .description('add photos or classes to a model from cached codes; replaces it only where the new one is not worse')
    .argument('<model>', 'a model file that graft fit wrote')
    .argument('<data>', 'new labelled photos: more of the known classes, or new ones')
    .option('--base <data>', 'the photos the model was made from, where their codes are no longer in the cache')
    .option('--out <file>', 'write the new model here and leave the old one alone')
    .option('--dry-run', 'compare old and new, write nothing')
    .option('--force', 'replace the model even where the new one is worse')
    .option('--seed <number>', 'same seed, same data, same machine: same result', parseInteger(0), 0);
  addCacheFlags(addDataFlags(command)).action(async (model: string, data: string, flags: UpdateFlags) => {
    const [{ runCommand }, { update }, { updateText }] = await Promise.all([
      import('../run-command.ts'),
      import('../../app/index.ts'),
      import('../text/update.ts'),
    ]);
    const { json, ...rest } = flags;
    await runCommand(json === true, (follow) => update({ model, data, ...given(rest) }, follow), updateText);
  });
}
