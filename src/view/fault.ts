import type { FaultKind } from '../trainer/protocol';

export interface FaultWords {
  readonly title: string;
  /** What the visitor can do now. */
  readonly advice: string;
}

const KEPT = 'Every finished epoch is kept.';

/** What a fault means to a visitor; the message of the trainer stands beside it. */
export const FAULT_WORDS: Readonly<Record<FaultKind, FaultWords>> = {
  'no-backend': {
    title: 'Nothing here can train',
    advice:
      'Neither WebGPU nor WebAssembly could be used. Stored and recorded runs can still be watched.',
  },
  'gpu-lost': {
    title: 'The GPU was lost',
    advice: `The browser or the driver took it away and did not give it back. ${KEPT} Resume, or choose the wasm backend.`,
  },
  'gpu-error': {
    title: 'The GPU reported an error',
    advice: `Training stopped before a wrong number could be stored. ${KEPT} The wasm backend is an alternative.`,
  },
  nan: {
    title: 'The loss is not a number',
    advice: `Training diverged, usually from rates too high for this scale. ${KEPT} Resuming with the same settings meets it again.`,
  },
  storage: {
    title: 'The browser’s storage refused to write',
    advice:
      'Export what you want to keep and delete runs below to make room. Epochs already listed are safe.',
  },
  'storage-full': {
    title: 'Training waits for room',
    advice:
      'Nothing is lost: what was to be written is in hand. Export and delete runs below or free disk space, then press Resume. Stop ends the run at the last epoch that was stored.',
  },
  outdated: {
    title: 'A newer version is open in another tab',
    advice: `Reload this page. ${KEPT} A run that was cut off can be continued then.`,
  },
  data: {
    title: 'The training data could not be used',
    advice:
      'Check the connection and press Train again, or drop the official cifar-10-binary.tar.gz on this page.',
  },
  memory: {
    title: 'Too large for this machine',
    advice: 'Choose a smaller scale.',
  },
  config: {
    title: 'These settings cannot be trained',
    advice: 'Change the value named here.',
  },
  worker: {
    title: 'The trainer stopped',
    advice: `${KEPT} A run that was cut off can be continued from its last checkpoint.`,
  },
  unknown: {
    title: 'Training stopped',
    advice: KEPT,
  },
};
