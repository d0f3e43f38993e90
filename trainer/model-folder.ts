/** The files of models/nano beside its weights: configuration, tokenizer, chat template. */
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tokenizerDefinition, trainBytePairs } from '../src/lm/bpe.js';
import { writeModelConfig, type DecoderConfig } from '../src/lm/model-config.js';
import { composeAnalysisAnswer } from '../src/text/analysis-answer.js';
import { RULES } from '../src/text/rules.js';
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
 * ChatML, with tools as Hermes and Qwen2.5 have them but without their long instructions: the context is short. Of earlier assistant turns
 * only the answer is rendered, as the model was trained. `rules` puts PurpCode's rules in front of the system message; it is off unless asked
 * for, since rule learning has distilled them into the weights.
 */
const CHAT_TEMPLATE = `{%- set system = messages[0].content if messages and messages[0].role == 'system' else '' -%}
{%- if rules -%}
{%- set system = ${JSON.stringify(RULES)} + ('\\n\\n' + system if system else '') -%}
{%- endif -%}
{%- if tools -%}
{%- set listed = namespace(text='') -%}
{%- for tool in tools -%}
{%- set listed.text = listed.text + (tool.function | tojson(separators=(',', ':'))) + '\\n' -%}
{%- endfor -%}
{%- set system = (system + '\\n\\n' if system else '') + '<tools>\\n' + listed.text + '</tools>' -%}
{%- endif -%}
{%- if system -%}
{{- '<|im_start|>system\\n' + system + '<|im_end|>\\n' -}}
{%- endif -%}
{%- for message in messages -%}
{%- set content = message.content if message.content is string else '' -%}
{%- if message.role == 'tool' -%}
{{- '<|im_start|>user' if loop.first or messages[loop.index0 - 1].role != 'tool' else '' -}}
{{- '\\n<tool_response>\\n' + content + '\\n</tool_response>' -}}
{{- '<|im_end|>\\n' if loop.last or messages[loop.index0 + 1].role != 'tool' else '' -}}
{%- elif message.role == 'assistant' -%}
{%- if content.startswith('## Analysis\\n') and '\\n## Answer\\n' in content -%}
{%- set content = content.split('\\n## Answer\\n')[-1] -%}
{%- endif -%}
{{- '<|im_start|>assistant\\n' + content -}}
{%- for call in message.tool_calls or [] -%}
{{- '\\n' if content or not loop.first else '' -}}
{%- set given = call.function.arguments -%}
{%- set given = given if given is string else given | tojson(separators=(',', ':')) -%}
{{- '<tool_call>\\n{"name":' + (call.function.name | tojson) + ',"arguments":' + given + '}\\n</tool_call>' -}}
{%- endfor -%}
{{- '<|im_end|>\\n' -}}
{%- elif not loop.first or message.role != 'system' -%}
{{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>\\n' -}}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{- '<|im_start|>assistant\\n' -}}
{%- endif -%}`;

/** Samples that the tokenizer is trained on. */
const TOKENIZER_SAMPLES = 12_000;
/** Enough for the words of the rules to become tokens. */
const RULES_SHARE = 0.03;

function* tokenizerTexts(seed: number): Generator<string> {
  const generator = createGenerator(seed, TRAINING);
  for (let count = 0; count < TOKENIZER_SAMPLES; count += 1) {
    const { messages, tools, analysis, answer } = generator.next(0.05, RULES_SHARE);
    for (const { content } of messages) yield content;
    for (const tool of tools) yield JSON.stringify(tool);
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

/** What makes a Hugging Face folder, beside its weights. */
export const MODEL_FILES =
  /^(config|generation_config|tokenizer|tokenizer_config|special_tokens_map|purpgate)\.json$|^chat_template\.jinja$/;

/** Everything but the weights and the model card, for a folder of the same policy. */
export async function copyModelFiles(from: string, to: string): Promise<void> {
  for (const name of await readdir(from)) if (MODEL_FILES.test(name)) await copyFile(join(from, name), join(to, name));
}
