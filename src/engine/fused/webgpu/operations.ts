import { Classifier } from './classifier';
import type { Context } from './context';
import { Convolutions } from './convolutions';
import { Methods } from './methods';
import { Mixtures } from './mixtures';
import { Norms } from './norms';
import { Partials } from './partial';
import { Steps } from './steps';

/**
 * The supernet's operations as WebGPU compute shaders, made for each shape, whoever launches them. See
 * `FusedKernels`.
 */
export class WebGpuOperations {
  readonly conv: Convolutions['conv'];
  readonly convNorms: Convolutions['convNorms'];
  readonly convInput: Convolutions['convInput'];
  readonly convFilter: Convolutions['convFilter'];
  readonly convFilters: Convolutions['convFilters'];
  readonly moments: Norms['moments'];
  readonly track: Norms['track'];
  readonly norm: Norms['norm'];
  readonly normSums: Norms['normSums'];
  readonly normInput: Norms['normInput'];
  readonly pool2: Norms['pool2'];
  readonly pool2Input: Norms['pool2Input'];
  readonly headPool: Norms['headPool'];
  readonly headPoolInput: Norms['headPoolInput'];
  readonly mix: Mixtures['mix'];
  readonly mixSums: Mixtures['mixSums'];
  readonly mixConvs: Mixtures['mixConvs'];
  readonly mixInput: Mixtures['mixInput'];
  readonly sourceInput: Mixtures['sourceInput'];
  readonly zeros: Classifier['zeros'];
  readonly classify: Classifier['classify'];
  readonly classifyInput: Classifier['classifyInput'];
  readonly classifyWeights: Classifier['classifyWeights'];
  readonly softmax: Classifier['softmax'];
  readonly softmaxInput: Classifier['softmaxInput'];
  readonly sgd: Steps['sgd'];
  readonly adam: Steps['adam'];
  readonly tally: Steps['tally'];
  readonly augment: Steps['augment'];
  readonly methods: Methods;
  readonly partial: Partials;

  constructor(context: Context) {
    this.methods = new Methods(context);
    this.partial = new Partials(context);
    ({
      conv: this.conv,
      convNorms: this.convNorms,
      convInput: this.convInput,
      convFilter: this.convFilter,
      convFilters: this.convFilters,
    } = new Convolutions(context));
    ({
      moments: this.moments,
      track: this.track,
      norm: this.norm,
      normSums: this.normSums,
      normInput: this.normInput,
      pool2: this.pool2,
      pool2Input: this.pool2Input,
      headPool: this.headPool,
      headPoolInput: this.headPoolInput,
    } = new Norms(context));
    ({
      mix: this.mix,
      mixSums: this.mixSums,
      mixConvs: this.mixConvs,
      mixInput: this.mixInput,
      sourceInput: this.sourceInput,
    } = new Mixtures(context));
    ({
      zeros: this.zeros,
      classify: this.classify,
      classifyInput: this.classifyInput,
      classifyWeights: this.classifyWeights,
      softmax: this.softmax,
      softmaxInput: this.softmaxInput,
    } = new Classifier(context));
    ({
      sgd: this.sgd,
      adam: this.adam,
      tally: this.tally,
      augment: this.augment,
    } = new Steps(context));
  }
}
