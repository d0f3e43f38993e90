/**
 * Writes Hugging Face folders of models that load in milliseconds: random weights, or weights that recite a script token by token, so
 * that a test can know what a real engine will say.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomWeights } from '../../src/lm/init.js';
import { writeModelConfig, type DecoderConfig } from '../../src/lm/model-config.js';
import { Random } from '../../src/lm/random.js';
import { writeSafetensors, type WeightTensor } from '../../src/lm/safetensors.js';

export interface TinyModelOptions {
  readonly format?: 'plain' | 'analysis-answer';
  readonly rules?: 'on' | 'off';
  readonly id?: string;
  readonly maxPositions?: number;
  readonly seed?: number;
  /**
   * What the model says, piece by piece; each piece is one token, so no two may be equal. It begins wherever a generation begins, and
   * ends with the end of the turn, unless `endless`, where the last piece is followed by the first.
   */
  readonly script?: readonly string[];
  readonly endless?: boolean;
}

export interface TinyModel {
  readonly folder: string;
  readonly config: DecoderConfig;
  remove(): Promise<void>;
}

const SPECIAL = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];
const WORDS = ['def', 'return', 'import', 'the', 'and', 'ing', 'user', 'assistant', 'system', 'print', 'é', '日本'];

export async function writeTinyModel(options: TinyModelOptions = {}): Promise<TinyModel> {
  const { format = 'plain', rules = 'off', id = 'tiny', maxPositions = 512, seed = 1, script = [] } = options;
  const folder = await mkdtemp(join(tmpdir(), 'purpgate-model-'));
  const tokenizer = tinyTokenizer(script);
  const write = (name: string, content: unknown) => writeFile(join(folder, name), JSON.stringify(content));
  const config: DecoderConfig = {
    layers: 2,
    hidden: 64,
    heads: 4,
    kvHeads: 2,
    headDim: 16,
    intermediate: 96,
    vocabulary: tokenizer.size,
    rmsNormEpsilon: 1e-6,
    ropeTheta: 10_000,
    maxPositions,
    attentionBias: true,
    tiedEmbeddings: false,
  };
  const weights = randomWeights(config, seed);
  const random = new Random(seed + 1);
  // Larger than a fresh model's, so that logits differ clearly and greedy decoding does not hang on the last bits.
  for (const [name, { data }] of weights)
    if (!name.endsWith('norm.weight')) for (const index of data.keys()) data[index] = 0.25 * random.gaussian();
  if (script.length > 0)
    recite(weights, { config, ids: scriptIds(tokenizer, script), isEndless: options.endless === true });
  await writeModelConfig(folder, config);
  await writeSafetensors(join(folder, 'model.safetensors'), weights, { dtype: 'F32' });
  await write('tokenizer.json', tokenizer.definition);
  await write('tokenizer_config.json', { eos_token: '<|im_end|>', chat_template: CHAT_TEMPLATE });
  await write('generation_config.json', {
    eos_token_id: [tokenizer.idOf('<|im_end|>'), tokenizer.idOf('<|endoftext|>')],
  });
  await write('purpgate.json', { id, rules, format });
  return { folder, config, remove: () => rm(folder, { recursive: true, force: true }) };
}

interface TinyTokenizer {
  readonly definition: unknown;
  readonly size: number;
  idOf(token: string): number;
}

/** Byte-level BPE with the pre-tokenizer of Qwen2: all bytes, a few words, the special tokens, and the pieces of a script. */
function tinyTokenizer(script: readonly string[]): TinyTokenizer {
  const characters = byteCharacters();
  const vocabulary = new Map(characters.map((character, byte) => [character, byte]));
  const merges: [string, string][] = [];
  for (const word of WORDS.flatMap((plain) => [plain, ` ${plain}`])) {
    const [first = '', ...rest] = Array.from(Buffer.from(word), (byte) => characters[byte] ?? '');
    rest.reduce((left, right) => {
      if (!vocabulary.has(left + right)) {
        merges.push([left, right]);
        vocabulary.set(left + right, vocabulary.size);
      }
      return left + right;
    }, first);
  }
  const names = [...SPECIAL, '<tool_call>', '</tool_call>', ...script].filter(
    (name, index, all) => all.indexOf(name) === index,
  );
  const added = names.map((content, index) => ({
    id: vocabulary.size + index,
    content,
    special: SPECIAL.includes(content),
    normalized: false,
    single_word: false,
    lstrip: false,
    rstrip: false,
  }));
  return {
    definition: {
      version: '1.0',
      added_tokens: added,
      normalizer: null,
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [
          { type: 'Split', pattern: { Regex: QWEN2_PATTERN }, behavior: 'Isolated', invert: false },
          { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
        ],
      },
      post_processor: null,
      decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: null,
        byte_fallback: false,
        ignore_merges: false,
        vocab: Object.fromEntries(vocabulary),
        merges,
      },
    },
    size: vocabulary.size + added.length,
    idOf: (token) => added.find(({ content }) => content === token)?.id ?? vocabulary.get(token) ?? -1,
  };
}

/** Ids from the last token of the prompt, a line break, to the end of the turn. */
function scriptIds(tokenizer: TinyTokenizer, script: readonly string[]): number[] {
  return ['Ċ', ...script, '<|im_end|>'].map((piece) => tokenizer.idOf(piece));
}

interface Recital {
  readonly config: DecoderConfig;
  readonly ids: readonly number[];
  readonly isEndless: boolean;
}

/** Layers add nothing to the residual stream, and the output matrix sends each token of the script to its successor. */
function recite(weights: Map<string, WeightTensor>, { config, ids, isEndless }: Recital): void {
  for (const [name, { data }] of weights) if (/(o_proj|down_proj)\.weight$/.test(name)) data.fill(0);
  const embedding_VD = weights.get('model.embed_tokens.weight')?.data;
  const output_VD = weights.get('lm_head.weight')?.data;
  if (embedding_VD === undefined || output_VD === undefined) throw new Error('the model has no embedding');
  const random = new Random(7);
  for (const index of embedding_VD.keys()) embedding_VD[index] = random.uniform() < 0.5 ? -1 : 1;
  output_VD.fill(0);
  const width = config.hidden;
  for (const [index, id] of ids.slice(0, -1).entries()) {
    const isTurn = isEndless && index === ids.length - 2;
    const successor = (isTurn ? ids[1] : ids[index + 1]) ?? 0;
    for (let dimension = 0; dimension < width; dimension++)
      output_VD[successor * width + dimension] =
        (output_VD[successor * width + dimension] ?? 0) + (embedding_VD[id * width + dimension] ?? 0);
  }
}

/** GPT-2's spelling of each byte. */
function byteCharacters(): string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const isPrintable = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
    return String.fromCharCode(isPrintable ? byte : next++);
  });
}

const QWEN2_PATTERN =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** As Qwen2.5 has it, without the default system prompt. */
const CHAT_TEMPLATE = `{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0]['role'] == 'system' %}
        {{- messages[0]['content'] }}
    {%- endif %}
    {{- "\\n\\n# Tools\\n\\nYou may call one or more functions to assist with the user query.\\n\\nYou are provided with function signatures within <tools></tools> XML tags:\\n<tools>" }}
    {%- for tool in tools %}
        {{- "\\n" }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- "\\n</tools><|im_end|>\\n" }}
{%- else %}
    {%- if messages[0]['role'] == 'system' %}
        {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}
    {%- endif %}
{%- endif %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant" and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == "assistant" %}
        {{- '<|im_start|>' + message.role }}
        {%- if message.content %}
            {{- '\\n' + message.content }}
        {%- endif %}
        {%- for tool_call in message.tool_calls %}
            {%- if tool_call.function is defined %}
                {%- set tool_call = tool_call.function %}
            {%- endif %}
            {{- '\\n<tool_call>\\n{"name": "' }}
            {{- tool_call.name }}
            {{- '", "arguments": ' }}
            {{- tool_call.arguments | tojson }}
            {{- '}\\n</tool_call>' }}
        {%- endfor %}
        {{- '<|im_end|>\\n' }}
    {%- elif message.role == "tool" %}
        {%- if (loop.index0 == 0) or (messages[loop.index0 - 1].role != "tool") %}
            {{- '<|im_start|>user' }}
        {%- endif %}
        {{- '\\n<tool_response>\\n' }}
        {{- message.content }}
        {{- '\\n</tool_response>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}
            {{- '<|im_end|>\\n' }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
`;
