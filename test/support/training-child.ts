/** A training in a process of its own, so that it can be killed. Prints one line for each state that it shows. */
import { learnRules, type RuleLearningOptions } from '../../trainer/rule-learning.js';
import { pretrain, type PretrainOptions } from '../../trainer/pretrain.js';

type Job =
  | { readonly command: 'pretrain'; readonly options: Omit<PretrainOptions, 'signal' | 'display'> }
  | { readonly command: 'rule-learning'; readonly options: Omit<RuleLearningOptions, 'signal' | 'display'> };

const job = JSON.parse(process.argv[2] ?? '') as Job;
const line = (text: string): void => void process.stdout.write(`${text}\n`);
const control = { signal: new AbortController().signal, display: { status: line, line } };
if (job.command === 'pretrain') await pretrain({ ...job.options, ...control });
else await learnRules({ ...job.options, ...control });
