import type { Command } from 'commander';
import { parseInteger } from '../arguments.ts';
import { addCommonFlags, type CommonFlags, given } from './shared.ts';

interface PredictFlags extends CommonFlags {
  readonly top: number;
  readonly dumpInput?: string;
}

export function addPredict(program: Command): void {
  const command = program
    .command('predict')
    .description(
      'labels with calibrated probabilities for new photos; `unknown` where the photo is like none of the classes',
    )
    .argument('<model>', 'a model file that graft fit wrote')
    .argument('<inputs...>', 'photos, folders, lists or zip archives')
    .option('--top <count>', 'how many labels to give for each photo', parseInteger(1), 1)
    .option('--dump-input <file.npy>', 'also write the uint8 tensor [N, H, W, 3] that the model was fed');
  addCommonFlags(command).action(async (model: string, inputs: readonly string[], flags: PredictFlags) => {
    const [{ runCommand }, { predict }, { predictText }] = await Promise.all([
      import('../run-command.ts'),
      import('../../app/index.ts'),
      import('../text/predict.ts'),
    ]);
    const { json, ...rest } = flags;
    await runCommand(
      json === true,
      (follow) => predict({ model, inputs, ...given(rest) }, follow),
      predictText,
      (result) => result.predictions,
      (result) => result.skipped.map(({ file, reason }) => `Skipped ${file}: ${reason}`).join('\n'),
    );
  });
}
