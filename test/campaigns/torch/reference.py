"""The decoder, the losses and AdamW in PyTorch float64, written from the model papers and sharing no code with src/lm.

    reference.py JOB_FOLDER

reads job.json and weights.safetensors of the folder, and writes result.safetensors:
  logprobs            [sum of (length - 1)], in the order of the sequences
  gradient/NAME       of the first step, before clipping
  change/NAME         of the parameter, by all steps
  losses, norms       [steps], before each step; every other step's loss is multiplied by 0.2
"""
import json
import math
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

torch.set_default_dtype(torch.float64)
# The matrices are small: more threads only wait for each other.
torch.set_num_threads(1)
folder = Path(sys.argv[1])
job = json.loads((folder / "job.json").read_text())
config = job["config"]
tensors = {name: value.double() for name, value in load_file(folder / "weights.safetensors").items()}
trained = {name: tensors[name].requires_grad_() for name in job["trained"]}


def rms_norm(x, weight):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + config["rmsNormEpsilon"]) * weight


def linear(layer, path, x):
    name = f"model.layers.{layer}.{path}"
    y = x @ tensors[f"{name}.weight"].T
    if f"{name}.bias" in tensors:
        y = y + tensors[f"{name}.bias"]
    if job["loraScale"] is not None:
        lora = f"lora.{layer}.{path.split('.')[-1].removesuffix('_proj')}"
        y = y + job["loraScale"] * (x @ tensors[f"{lora}.a"].T @ tensors[f"{lora}.b"].T)
    return y


def rotate(x):
    """x [heads, T, E]; element e and element e + E/2 turn by position / theta^(2e/E)."""
    length, width = x.shape[-2:]
    angle = torch.arange(length)[:, None] / config["ropeTheta"] ** (torch.arange(0, width, 2) / width)
    cosine, sine = torch.cat([angle.cos()] * 2, -1), torch.cat([angle.sin()] * 2, -1)
    first, second = x.chunk(2, -1)
    return x * cosine + torch.cat([-second, first], -1) * sine


def attention(layer, x):
    length = x.shape[0]
    heads, kv_heads, width = config["heads"], config["kvHeads"], config["headDim"]

    def split(module, count):
        y = linear(layer, f"self_attn.{module}_proj", x).view(length, count, width)
        if config.get("queryKeyNorm") and module != "v":
            y = rms_norm(y, tensors[f"model.layers.{layer}.self_attn.{module}_norm.weight"])
        return y.transpose(0, 1)

    query, key, value = rotate(split("q", heads)), rotate(split("k", kv_heads)), split("v", kv_heads)
    key, value = (part.repeat_interleave(heads // kv_heads, 0) for part in (key, value))
    scores = query @ key.transpose(1, 2) / math.sqrt(width)
    scores = scores.masked_fill(torch.ones(length, length, dtype=torch.bool).triu(1), -math.inf)
    mixed = scores.softmax(-1) @ value
    return linear(layer, "self_attn.o_proj", mixed.transpose(0, 1).reshape(length, heads * width))


def feed_forward(layer, x):
    gated = torch.nn.functional.silu(linear(layer, "mlp.gate_proj", x)) * linear(layer, "mlp.up_proj", x)
    return linear(layer, "mlp.down_proj", gated)


def logprobs(ids):
    embedding = tensors["model.embed_tokens.weight"]
    x = embedding[ids[:-1]]
    for layer in range(config["layers"]):
        prefix = f"model.layers.{layer}"
        x = x + attention(layer, rms_norm(x, tensors[f"{prefix}.input_layernorm.weight"]))
        x = x + feed_forward(layer, rms_norm(x, tensors[f"{prefix}.post_attention_layernorm.weight"]))
    head = embedding if config["tiedEmbeddings"] else tensors["lm_head.weight"]
    logits = rms_norm(x, tensors["model.norm.weight"]) @ head.T
    return logits.log_softmax(-1).gather(-1, ids[1:, None])[:, 0]


def sequence_loss(sequence, values):
    """Supervised: -sum w l. Policy: sum w (beta k3 - min(r A, clip(r) A))."""
    def read(entry, name):
        return torch.tensor(entry[name])[1:]

    weights, loss = read(sequence, "weights"), job["loss"]
    if loss["type"] == "supervised":
        return -(weights * values).sum()
    policy = sequence["policy"]
    advantages = read(policy, "advantages")
    ratio = (values - read(policy, "oldLogprobs")).exp()
    objective = torch.minimum(
        ratio * advantages, ratio.clamp(1 - loss["clipLow"], 1 + loss["clipHigh"]) * advantages
    )
    difference = read(policy, "referenceLogprobs") - values
    return (weights * (loss["beta"] * (difference.exp() - difference - 1) - objective)).sum()


def groups():
    """Decay for matrices only."""
    decay = [value for value in trained.values() if value.dim() > 1]
    rest = [value for value in trained.values() if value.dim() <= 1]
    return [{"params": decay, "weight_decay": job["optimizer"]["weightDecay"]}, {"params": rest, "weight_decay": 0.0}]


optimizer = torch.optim.AdamW(
    groups(),
    lr=job["optimizer"]["rate"],
    betas=(job["optimizer"]["beta1"], job["optimizer"]["beta2"]),
    eps=job["optimizer"]["epsilon"],
)
initial = {name: value.detach().clone() for name, value in trained.items()}
result, losses, norms = {}, [], []
for step in range(job["steps"]):
    optimizer.zero_grad()
    values = [logprobs(torch.tensor(sequence["ids"])) for sequence in job["sequences"]]
    loss = sum(sequence_loss(sequence, value) for sequence, value in zip(job["sequences"], values))
    loss = loss * (1 if step % 2 == 0 else 0.2)
    loss.backward()
    if step == 0:
        result["logprobs"] = torch.cat([value.detach() for value in values])
        result.update({f"gradient/{name}": value.grad.clone() for name, value in trained.items()})
    norms.append(torch.nn.utils.clip_grad_norm_(trained.values(), job["optimizer"]["clipNorm"]))
    losses.append(loss.detach())
    optimizer.step()
result.update({f"change/{name}": value.detach() - initial[name] for name, value in trained.items()})
result.update(losses=torch.stack(losses), norms=torch.stack(norms))
save_file({name: value.float().contiguous() for name, value in result.items()}, folder / "result.safetensors")
