export { DEVICES, type Device, knownDevices, parseDevice } from './device.ts';
export { dieOf } from './interrupt.ts';
export { openSession, type Session, type SessionOptions } from './session.ts';
export { buffersOf, type Tensors } from './tensors.ts';
export { packError, type ThreadError, unpackError } from './thread-error.ts';
export { CLOSE, startThread, type Thread, threadsGone } from './threads.ts';
export { openWorkerSession, type WorkerRunOptions, type WorkerSession } from './worker-session.ts';
