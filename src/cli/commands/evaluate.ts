import type { Command } from 'commander';
import { addCommonFlags, addDataFlags, type CommonFlags, type DataFlags, given } from './shared.ts';

interface EvaluateFlags extends CommonFlags, DataFlags {
  readonly cache?: string;
}

export function addEvaluate(program: Command): void {
  const command = program
    .command('evaluate')
    .description('how good a model is on new labelled photos: metrics with intervals, and who is taken for whom')
    .argument('<model>', 'a model file that graft fit wrote')
    .argument('<data>', 'labelled photos: a folder of class folders, a CSV or JSONL of path,label, or a zip')
    .option('--cache <folder>', 'where graft fit kept what the model was made from, to warn of it');
  addCommonFlags(addDataFlags(command)).action(async (model: string, data: string, flags: EvaluateFlags) => {
    const [{ runCommand }, { evaluate }, { evaluateText }] = await Promise.all([
      import('../run-command.ts'),
      import('../../app/index.ts'),
      import('../text/evaluate.ts'),
    ]);
    const { json, ...rest } = flags;
    await runCommand(json === true, (follow) => evaluate({ model, data, ...given(rest) }, follow), evaluateText);
  });
}
