import { type Command, Option } from 'commander';
import { parseDuration, parseInteger, parseList, parseShare } from '../arguments.ts';
import { addCacheFlags, addDataFlags, type CacheFlags, type CommonFlags, type DataFlags, given } from './shared.ts';

interface FitFlags extends CommonFlags, CacheFlags, DataFlags {
  readonly out: string;
  readonly budget?: number;
  readonly seed: number;
  readonly methods?: readonly string[];
  readonly method?: readonly string[];
  readonly backbones?: readonly string[];
  readonly taps?: readonly string[];
  readonly metric: 'accuracy' | 'balanced-accuracy' | 'log-loss';
  readonly view: 'auto' | 'squash' | 'center-crop' | 'pad';
  readonly classWeights: 'auto' | 'balanced' | 'none';
  readonly folds: number;
  readonly holdout: 'auto' | 'none' | number;
  readonly refuse?: number;
}

export function addFit(program: Command): void {
  const command = program
    .command('fit')
    .description('find the right network, layer and method for labelled photos, prove them, write one model file')
    .argument(
      '<data>',
      'a folder of class folders (train/ val/ test/ are respected), a CSV or JSONL of path,label, or a zip',
    )
    .option('--out <file>', 'the model file to write', 'model.onnx')
    .option('--budget <time>', 'wall clock from start to exit, such as 90s, 5m or 1h', parseDuration)
    .option('--seed <number>', 'same seed, same data, same machine: same result', parseInteger(0), 0)
    .option('--methods <a,b>', 'compare only these: as-is, knn, ridge, softmax, svm', parseList)
    .addOption(new Option('--method <a,b>', 'the same as --methods').argParser(parseList).hideHelp())
    .option('--backbones <a,b>', 'compare only these networks: efficientnet-lite0, squeezenet1.1', parseList)
    .option(
      '--taps <a,b>',
      'compare only these layers, by the names that graft fit prints; all-landmarks joins the landmarks',
      parseList,
    )
    .addOption(
      new Option('--metric <name>', 'what the winner is chosen by')
        .choices(['accuracy', 'balanced-accuracy', 'log-loss'])
        .default('accuracy'),
    )
    .addOption(
      new Option('--view <name>', 'how photos are made to fit; auto races squash against center-crop')
        .choices(['auto', 'squash', 'center-crop', 'pad'])
        .default('auto'),
    )
    .addOption(
      new Option(
        '--class-weights <how>',
        'balanced gives rare classes the weight of common ones; auto does so for balanced-accuracy',
      )
        .choices(['auto', 'balanced', 'none'])
        .default('auto'),
    )
    .option('--folds <count>', 'folds of the cross-validation', parseInteger(2), 5)
    .option(
      '--holdout <share>',
      'share of the photos locked away until the end, auto (20 % of 750 or more) or none',
      parseHoldout,
      'auto',
    )
    .option(
      '--refuse <share>',
      'share of your own photos that the threshold for unknown inputs may refuse (default: 0.02)',
      parseShare,
    );
  addCacheFlags(addDataFlags(command)).action(async (data: string, flags: FitFlags) => {
    const [{ runCommand }, { fit }, { fitText }] = await Promise.all([
      import('../run-command.ts'),
      import('../../app/index.ts'),
      import('../text/fit.ts'),
    ]);
    const { json, method, ...rest } = flags;
    const options = {
      data,
      startedAt: Date.now() - Math.round(process.uptime() * 1000),
      ...given(rest),
      ...(method === undefined ? {} : { methods: method }),
    };
    await runCommand(json === true, (follow) => fit(options, follow), fitText);
  });
}

function parseHoldout(text: string): 'auto' | 'none' | number {
  return text === 'auto' || text === 'none' ? text : parseShare(text);
}
