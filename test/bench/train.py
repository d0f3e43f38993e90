"""Training steps of the decoder in PyTorch, timed on demand: `train.py passive|active`, how idle threads wait. Each line of standard input is a job, each line of output its answer:

    {"case": {"config", "rows", "length", "rank", "mode", "threads"}, "steps"}  ->  {"milliseconds": [one per step]} or {"error": text}

`rank`: of the LoRA adapter that is trained, null for all parameters. `mode`: `eager` (float32) or `compiled` (torch.compile, bfloat16
autocast). A case is built, and warmed up by two steps, when it comes for the first time.
"""
import json
import os
import sys
import time

# Read by OpenMP when torch loads it. Threads that wait busily are best alone on a machine, and several times slower on a shared one.
os.environ["OMP_WAIT_POLICY"] = sys.argv[1]

import torch
from torch import nn
from torch.nn import functional as F


class Linear(nn.Module):
    def __init__(self, inputs, outputs, bias, rank):
        super().__init__()
        self.base = nn.Linear(inputs, outputs, bias=bias)
        nn.init.normal_(self.base.weight, std=0.02)
        self.rank = rank
        if rank is not None:
            self.base.requires_grad_(False)
            self.a = nn.Parameter(torch.randn(rank, inputs) / inputs**0.5)
            self.b = nn.Parameter(torch.zeros(outputs, rank))

    def forward(self, x):
        y = self.base(x)
        return y if self.rank is None else y + 2.0 * F.linear(F.linear(x, self.a), self.b)


class Layer(nn.Module):
    def __init__(self, config, rank):
        super().__init__()
        self.config = config
        hidden, bias, width = config["hidden"], config["attentionBias"], config["headDim"]
        self.norms = nn.ModuleList(nn.RMSNorm(hidden, eps=config["rmsNormEpsilon"]) for _ in range(2))
        self.q = Linear(hidden, config["heads"] * width, bias, rank)
        self.k = Linear(hidden, config["kvHeads"] * width, bias, rank)
        self.v = Linear(hidden, config["kvHeads"] * width, bias, rank)
        self.o = Linear(config["heads"] * width, hidden, False, rank)
        self.gate = Linear(hidden, config["intermediate"], False, rank)
        self.up = Linear(hidden, config["intermediate"], False, rank)
        self.down = Linear(config["intermediate"], hidden, False, rank)

    def forward(self, x, cosine, sine):
        def rotate(part):
            first, second = part.chunk(2, -1)
            return part * cosine + torch.cat([-second, first], -1) * sine

        def split(part):
            return part.unflatten(-1, (-1, self.config["headDim"])).transpose(1, 2)

        y = self.norms[0](x)
        query, key, value = rotate(split(self.q(y))), rotate(split(self.k(y))), split(self.v(y))
        mixed = F.scaled_dot_product_attention(query, key, value.to(query.dtype), is_causal=True, enable_gqa=True)
        x = x + self.o(mixed.transpose(1, 2).flatten(2))
        y = self.norms[1](x)
        return x + self.down(F.silu(self.gate(y)) * self.up(y))


class Decoder(nn.Module):
    def __init__(self, config, rank, length):
        super().__init__()
        self.embedding = nn.Parameter(torch.randn(config["vocabulary"], config["hidden"]) * 0.02)
        self.layers = nn.ModuleList(Layer(config, rank) for _ in range(config["layers"]))
        self.norm = nn.RMSNorm(config["hidden"], eps=config["rmsNormEpsilon"])
        width = config["headDim"]
        angle = torch.arange(length)[:, None] / config["ropeTheta"] ** (torch.arange(0, width, 2) / width)
        self.register_buffer("cosine", torch.cat([angle.cos()] * 2, -1))
        self.register_buffer("sine", torch.cat([angle.sin()] * 2, -1))
        if rank is not None:
            for name, parameter in self.named_parameters():
                parameter.requires_grad_(name.endswith((".a", ".b")))

    def forward(self, ids, targets):
        x = self.embedding[ids]
        for layer in self.layers:
            x = layer(x, self.cosine, self.sine)
        logits = self.norm(x) @ self.embedding.T
        return F.cross_entropy(logits.float().flatten(0, 1), targets.flatten())


def make_step(case):
    torch.set_num_threads(case["threads"])
    torch.manual_seed(1)
    model = Decoder(case["config"], case["rank"], case["length"])
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1, fused=True)
    compiled = case["mode"] == "compiled"
    forward = torch.compile(model) if compiled else model
    size = (case["rows"], case["length"])

    def step():
        ids = torch.randint(case["config"]["vocabulary"], size)
        targets = torch.randint(case["config"]["vocabulary"], size)
        with torch.autocast("cpu", torch.bfloat16, enabled=compiled):
            loss = forward(ids, targets)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        return loss.item()

    for _ in range(2):
        step()
    return step


def answer(job):
    key = json.dumps(job["case"])
    if key not in steps:
        steps[key] = make_step(job["case"])
    milliseconds = []
    for _ in range(job["steps"]):
        started = time.perf_counter()
        steps[key]()
        milliseconds.append(1000 * (time.perf_counter() - started))
    return {"milliseconds": milliseconds}


steps = {}
for line in sys.stdin:
    try:
        result = answer(json.loads(line))
    except Exception as error:  # The other side decides what a failure means.
        result = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
    print(json.dumps(result), flush=True)
