import { benchmarkIndex } from '../paper/benchmark-index';
import { parseGenotype } from '../paper/genotype';
import { spaceOf } from '../paper/space/registry';
import { canonicalJson } from './canonical';
import { csvText } from './csv';
import type { StandAloneResult } from './stand-alone';

const COLUMNS = [
  'arch',
  'index',
  'seed',
  'test_accuracy',
  'test_loss',
  'train_accuracy',
  'train_loss',
  'scale',
  'schedule',
  'epochs',
  'batch',
  'images',
  'seconds',
  'backend',
  'adapter',
  'build',
  'created_at',
  'config_digest',
  'space',
];

/** All that was stored of the results, as JSON. */
export function writeResultsJson(results: readonly StandAloneResult[]): string {
  return `${canonicalJson({ format: 'alphascope-stand-alone', version: 1, results })}\n`;
}

/**
 * CSV (RFC 4180), one row per cell and seed. Accuracies are 0..1, written in full as in the JSON;
 * those of the training images are of the last epoch. Only cells of NAS-Bench-201 have an index.
 */
export function writeResultsCsv(results: readonly StandAloneResult[]): string {
  const lines = results.map((result) => {
    const { arch, seed, config, environment, epochs } = result;
    const last = epochs.at(-1);
    return [
      csvText(arch),
      config.space === undefined ? benchmarkIndex(parseGenotype(arch)) : '',
      seed,
      result.testAccuracy,
      result.testLoss,
      last?.accuracy ?? '',
      last?.loss ?? '',
      csvText(config.scale),
      config.schedule,
      config.epochs,
      config.batch,
      config.images,
      result.seconds,
      environment.backend,
      csvText(environment.adapter),
      csvText(environment.build),
      result.createdAt,
      result.configDigest,
      spaceOf(config).key,
    ].join(',');
  });
  return [COLUMNS.join(','), ...lines, ''].join('\r\n');
}
