import { type Command, Option } from 'commander';
import { parseList } from '../arguments.ts';
import { addCacheFlags, type CacheFlags, type CommonFlags, given } from './shared.ts';

interface EmbedFlags extends CommonFlags, CacheFlags {
  readonly out: string;
  readonly backbone?: string;
  readonly taps?: readonly string[];
  readonly view?: 'squash' | 'center-crop' | 'pad';
}

export function addEmbed(program: Command): void {
  const command = program
    .command('embed')
    .description('the network as a fixed feature extractor: one row of numbers a photo, as a NumPy file')
    .argument('<data>', 'photos: a folder, a list or a zip; labels are not needed')
    .option('--out <file.npy>', 'the file to write: float32 [photos, channels]', 'codes.npy')
    .option('--backbone <name>', 'the network (default: efficientnet-lite0)')
    .addOption(
      new Option(
        '--tap, --taps <a,b>',
        'the layers, side by side (default: the code before the classifier); a wrong name lists them all',
      ).argParser(parseList),
    )
    .addOption(new Option('--view <name>', 'how photos are made to fit').choices(['squash', 'center-crop', 'pad']));
  addCacheFlags(command).action(async (data: string, flags: EmbedFlags) => {
    const [{ runCommand }, { embed }, { embedText }] = await Promise.all([
      import('../run-command.ts'),
      import('../../app/index.ts'),
      import('../text/embed.ts'),
    ]);
    const { json, ...rest } = flags;
    await runCommand(json === true, (follow) => embed({ data, ...given(rest) }, follow), embedText);
  });
}
