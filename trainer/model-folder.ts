/** The files of models/nano beside its weights: configuration, tokenizer, chat template. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tokenizerDefinition, trainBytePairs } from '../src/lm/bpe.js';
import { writeModelConfig, type DecoderConfig } from '../src/lm/model-config.js';
import { composeAnalysisAnswer } from '../src/text/analysis-answer.js';
import { createGenerator } from './data/generator.js';
import { TRAINING } from './data/sample.js';

export const NANO_CONFIG: DecoderConfig = {
  layers: 4,
  hidden: 256,
  heads: 8,
  kvHeads: 4,
  headDim: 32,
  intermediate: 704,
  vocabulary: 2048,
  rmsNormEpsilon: 1e-6,
  ropeTheta: 10_000,
  maxPositions: 1024,
  attentionBias: true,
  tiedEmbeddings: true,
};

const SPECIAL_TOKENS = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'] as const;
const END_OF_TURN = '<|im_end|>';

/**
 * ChatML. A system message is optional. Of earlier assistant turns only the answer is rendered, as the model was trained; a tool's
 * result is rendered as a user turn, since the model knows no tools.
 */
const CHAT_TEMPLATE = `{%- for message in messages -%}
{%- set content = message.content if message.content is string else '' -%}
{%- if message.role == 'assistant' and content.startswith('## Analysis\\n') and '\\n## Answer\\n' in content -%}
{%- set content = content.split('\\n## Answer\\n')[-1] -%}
{%- endif -%}
{{- '<|im_start|>' + ('user' if message.role == 'tool' else message.role) + '\\n' + content + '<|im_end|>\\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|im_start|>assistant\\n' -}}
{%- endif -%}`;

/** Samples that the tokenizer is trained on. */
const TOKENIZER_SAMPLES = 12_000;

function* tokenizerTexts(seed: number): Generator<string> {
  const generator = createGenerator(seed, TRAINING);
  for (let count = 0; count < TOKENIZER_SAMPLES; count += 1) {
    const { messages, analysis, answer } = generator.next(0.05);
    for (const { content } of messages) yield content;
    yield composeAnalysisAnswer(analysis, answer);
  }
}

interface ModelFolderOptions {
  readonly folder: string;
  readonly config: DecoderConfig;
  /** Of the texts that the tokenizer is trained on. */
  readonly seed: number;
}

/** Writes everything but the weights and the model card. */
export async function writeModelFolder({ folder, config, seed }: ModelFolderOptions): Promise<void> {
  await mkdir(folder, { recursive: true });
  const pairs = trainBytePairs(tokenizerTexts(seed), {
    vocabulary: config.vocabulary,
    specialTokens: SPECIAL_TOKENS,
  });
  const write = async (name: string, value: unknown): Promise<void> => {
    await writeFile(join(folder, name), `${JSON.stringify(value, null, 1)}\n`);
  };
  await writeModelConfig(folder, config);
  await write('tokenizer.json', tokenizerDefinition(pairs));
  await write('tokenizer_config.json', {
    tokenizer_class: 'PreTrainedTokenizerFast',
    model_max_length: config.maxPositions,
    eos_token: END_OF_TURN,
    pad_token: SPECIAL_TOKENS[0],
    add_bos_token: false,
    clean_up_tokenization_spaces: false,
    chat_template: CHAT_TEMPLATE,
  });
  await write('generation_config.json', {
    eos_token_id: SPECIAL_TOKENS.indexOf(END_OF_TURN),
    pad_token_id: 0,
    do_sample: true,
    temperature: 0.7,
    top_p: 0.95,
  });
  await write('purpgate.json', { id: 'purpgate-nano', rules: 'off', format: 'analysis-answer' });
}
