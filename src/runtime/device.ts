import { env, listSupportedBackends } from 'onnxruntime-node';
import { UsageError } from '../base/index.ts';

/** Where graftwork runs networks: the values of `--device`. */
export const DEVICES = ['cpu', 'cuda', 'dml', 'coreml', 'webgpu'] as const;

export type Device = (typeof DEVICES)[number];

/**
 * Devices that this build of onnxruntime has code for. Being listed is not being usable: cuda needs NVIDIA's libraries,
 * webgpu a graphics driver; opening a session tells.
 */
export function knownDevices(): readonly Device[] {
  const built = new Set(listSupportedBackends().map((backend) => backend.name));
  return DEVICES.filter((device) => device === 'cpu' || built.has(device));
}

/**
 * Reads the value of `--device`.
 *
 * @throws UsageError for a name that is no device, or one that this build cannot have
 * @example
 * parseDevice('cpu');
 */
export function parseDevice(text: string): Device {
  const device = DEVICES.find((name) => name === text);
  if (device === undefined) {
    throw new UsageError(`Cannot run on '${text}': no such device`, { fix: `Pass --device ${DEVICES.join(' | ')}` });
  }
  const known = knownDevices();
  if (!known.includes(device)) {
    throw new UsageError(
      `Cannot run on ${device}: onnxruntime has no ${device} on ${process.platform}-${process.arch}`,
      {
        fix: `Pass --device ${known.join(' | ')}`,
      },
    );
  }
  return device;
}

// The runtime reports every failure as an error as well; its own lines on stderr would break progress and --json readers.
env.logLevel = 'fatal';
