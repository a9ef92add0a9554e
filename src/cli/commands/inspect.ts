import type { Command } from 'commander';
import { parseInteger } from '../arguments.ts';
import { addCacheFlags, addDataFlags, type CacheFlags, type CommonFlags, type DataFlags, given } from './shared.ts';

interface InspectFlags extends CommonFlags, CacheFlags, DataFlags {
  readonly seed: number;
}

export function addInspect(program: Command): void {
  const command = program
    .command('inspect')
    .description('what is in the data: size, balance, duplicates, leaks, doubtful labels, odd ones out')
    .argument('<data>', 'a folder of class folders, a CSV or JSONL of path,label, or a zip')
    .option('--seed <number>', 'same seed, same data, same machine: same result', parseInteger(0), 0);
  addCacheFlags(addDataFlags(command)).action(async (data: string, flags: InspectFlags) => {
    const [{ runCommand }, { inspect }, { inspectText }] = await Promise.all([
      import('../run-command.ts'),
      import('../../app/index.ts'),
      import('../text/inspect.ts'),
    ]);
    const { json, ...rest } = flags;
    await runCommand(json === true, (follow) => inspect({ data, ...given(rest) }, follow), inspectText);
  });
}
