#!/usr/bin/env node
import { Command } from 'commander';
import { version } from '../base/index.ts';
import { addEmbed } from './commands/embed.ts';
import { addEvaluate } from './commands/evaluate.ts';
import { addFit } from './commands/fit.ts';
import { addInspect } from './commands/inspect.ts';
import { addPredict } from './commands/predict.ts';
import { addUpdate } from './commands/update.ts';

const program = new Command('graft')
  .description('Graft your own photos onto a pretrained network.')
  .version(version)
  .showHelpAfterError('(graft --help lists the commands, graft COMMAND --help their options)')
  .configureHelp({ sortSubcommands: false })
  .addHelpText(
    'after',
    `
A folder of labelled photos has one folder a class:  photos/ants/1.jpg  photos/bees/7.jpg
  graft inspect photos/                     what is in the data, and what is wrong with it
  graft fit photos/ --out model.onnx        find network, layer and method; prove them; write one file
  graft predict model.onnx new/ --top 3     labels with calibrated probabilities`,
  );

// Set before the commands are added, which inherit it.
program.exitOverride((error) => {
  // Commander's own exit code for bad usage is 1; ours is 2.
  process.exit(error.exitCode === 0 ? 0 : 2);
});

addInspect(program);
addFit(program);
addPredict(program);
addEvaluate(program);
addUpdate(program);
addEmbed(program);

await program.parseAsync();
