import { PAPER_STUDY, paperSgd, recovery, PRINTED_RECOVERIES } from '../../paper/softmax-study';
import type { Question } from './lesson';
import type { Asked } from './questions';
import { rate as shortRate } from '../format';

/** Does the way back take longer at the larger of the paper's two rates? Computed, from no run. */
export function inertiaAtRates(asked: Asked): Question {
  return {
    ...asked,
    arms: [],
    choices: [
      { key: 'shorter', label: 'fewer epochs' },
      { key: 'same', label: 'as many' },
      { key: 'longer', label: 'more epochs' },
    ],
    answer: () => {
      const found = PRINTED_RECOVERIES.map(({ rate }) => ({
        rate,
        updates: recovery({ ...PAPER_STUDY, optimiser: paperSgd(rate) }).updates ?? Infinity,
      }));
      const [small, large] = found.map(({ updates }) => updates);
      const each = found.map(({ rate, updates }) => `${updates} epochs at rate ${shortRate(rate)}`);
      return {
        choices: [large! > small! ? 'longer' : large! < small! ? 'shorter' : 'same'],
        text: `Computed here, with momentum as the printed numbers imply: ${each.join(', ')}. With Adam, which trains alpha, the inertia vanishes; the study illustrates an argument.`,
      };
    },
  };
}
