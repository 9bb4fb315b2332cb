#!/usr/bin/env python3
"""The bilevel step of `npm run bench` in PyTorch, as one would write it: edge by edge, nn modules, autograd.

On CUDA it is measured eagerly and as a captured CUDA graph, in float32 with TF32 off; on the CPU
eagerly on one thread. Images stay on the device. Needs PyTorch and nothing else; Debian's
python3-torch will do:

    /usr/bin/python3 bench/pytorch_step.py --scale small
    /usr/bin/python3 bench/pytorch_step.py --check
"""

import argparse
import json
import math
import platform
import re
import statistics
import sys
import time
from pathlib import Path

import torch
from torch import nn

EDGES = [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)]
OPERATIONS = 5
CLASSES = 10
GOLDEN = Path(__file__).resolve().parent.parent / "tests/fixtures/supernet-c4-n1.json"
SCALES = {
    # channels, cells a stage, resolution, batch
    "tiny": (8, 1, 8, 64),
    "small": (8, 1, 16, 64),
    "medium": (16, 1, 32, 64),
    "paper": (16, 5, 32, 64),
}


class ConvNorm(nn.Sequential):
    """ReLU, convolution with a bias, batch norm without parameters: a candidate of the supernet."""

    def __init__(self, channels, size):
        conv = nn.Conv2d(channels, channels, size, padding=size // 2)
        super().__init__(nn.ReLU(), conv, nn.BatchNorm2d(channels, affine=False, track_running_stats=False))


class Edge(nn.Module):
    """All five candidates of an edge: none, skip, 1x1, 3x3, average pool."""

    def __init__(self, channels):
        super().__init__()
        self.conv1 = ConvNorm(channels, 1)
        self.conv3 = ConvNorm(channels, 3)
        self.pool = nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)

    def forward(self, x, p):
        outputs = [x.mul(0.0), x, self.conv1(x), self.conv3(x), self.pool(x)]
        return sum(share * output for share, output in zip(p, outputs))


class Cell(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.edges = nn.ModuleList(Edge(channels) for _ in EDGES)

    def forward(self, x, p):
        nodes = [x]
        for node in range(1, 4):
            parts = [
                self.edges[i](nodes[source], p[i])
                for i, (source, target) in enumerate(EDGES)
                if target == node
            ]
            nodes.append(sum(parts))
        return nodes[3]


class Reduction(nn.Module):
    """Residual block that halves the image and doubles the channels."""

    def __init__(self, channels, out):
        super().__init__()
        self.conv_a = nn.Conv2d(channels, out, 3, stride=2, padding=1, bias=False)
        self.bn_a = nn.BatchNorm2d(out)
        self.conv_b = nn.Conv2d(out, out, 3, padding=1, bias=False)
        self.bn_b = nn.BatchNorm2d(out)
        self.pool = nn.AvgPool2d(2)
        self.shortcut = nn.Conv2d(channels, out, 1, bias=False)

    def forward(self, x, _p):
        y = self.bn_a(self.conv_a(torch.relu(x)))
        y = self.bn_b(self.conv_b(torch.relu(y)))
        return y + self.shortcut(self.pool(x))


class Supernet(nn.Module):
    """NAS-Bench-201's search supernet: stem, three stages of cells, reductions between, head."""

    def __init__(self, channels, cells):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels)
        )
        self.blocks = nn.ModuleList()
        self.names = []
        for stage in range(3):
            width = channels << stage
            if stage > 0:
                self.names.append(f"reduce{stage}")
                self.blocks.append(Reduction(width // 2, width))
            for cell in range(cells):
                self.names.append(f"stage{stage}.cell{cell}")
                self.blocks.append(Cell(width))
        self.norm = nn.BatchNorm2d(4 * channels)
        self.classifier = nn.Linear(4 * channels, CLASSES)

    def forward(self, x, alpha):
        p = torch.softmax(alpha, dim=-1)
        x = self.stem(x)
        for block in self.blocks:
            x = block(x, p)
        x = torch.relu(self.norm(x)).mean((2, 3))
        return self.classifier(x)

    def named(self):
        """Parameters by the names and in the order of the golden numbers."""
        found = {"stem.conv.weight": self.stem[0].weight}
        found.update({f"stem.bn.{k}": v for k, v in self.stem[1].named_parameters()})
        for name, block in zip(self.names, self.blocks):
            if isinstance(block, Reduction):
                found.update({f"{name}.{k}": v for k, v in block.named_parameters()})
                continue
            for i, edge in enumerate(block.edges):
                for part, module in (("conv1", edge.conv1[1]), ("conv3", edge.conv3[1])):
                    for k, v in module.named_parameters():
                        found[f"{name}.edge{i}.{part}.{k}"] = v
        found.update({f"head.bn.{k}": v for k, v in self.norm.named_parameters()})
        found.update({f"head.fc.{k}": v for k, v in self.classifier.named_parameters()})
        return found


class Search:
    """First-order DARTS: a clipped weight step, then an alpha step at the new weights."""

    def __init__(self, net, alpha, capturable):
        self.net = net
        self.alpha = alpha
        self.weights = list(net.parameters())
        self.loss = nn.CrossEntropyLoss()
        self.sgd = torch.optim.SGD(
            self.weights, lr=0.025, momentum=0.9, weight_decay=5e-4, nesterov=True
        )
        # Older releases have no graphs that optimisers could run in.
        options = {"capturable": True} if capturable else {}
        self.adam = torch.optim.Adam(
            [alpha], lr=3e-4, betas=(0.5, 0.999), eps=1e-8, weight_decay=1e-3, **options
        )

    def step(self, train, valid):
        """One bilevel step; each part asks for the gradients that it needs and no others."""
        train_loss = self.loss(self.net(train[0], self.alpha), train[1])
        for weight, gradient in zip(self.weights, torch.autograd.grad(train_loss, self.weights)):
            weight.grad = gradient
        norm = nn.utils.clip_grad_norm_(self.weights, 5.0)
        self.sgd.step()
        valid_loss = self.loss(self.net(valid[0], self.alpha), valid[1])
        (self.alpha.grad,) = torch.autograd.grad(valid_loss, [self.alpha])
        self.adam.step()
        return train_loss, norm, valid_loss


def forward_multiply_adds(channels, cells, resolution, batch):
    """Convolutions, shortcuts and the classifier; batch norm, pooling and sums are left out."""
    total = 27 * channels * resolution**2
    for stage in range(3):
        width = channels << stage
        pixels = (resolution >> stage) ** 2
        total += pixels * cells * len(EDGES) * 10 * width**2
        if stage > 0:
            total += pixels * (9 * width // 2 * width + 9 * width**2 + width // 2 * width)
    return batch * (total + 4 * channels * CLASSES)


def read_scale(name):
    if name in SCALES:
        return SCALES[name]
    match = re.fullmatch(r"c(\d+)-n(\d+)-r(\d+)-i\d+(?:-b(\d+))?", name)
    if match is None:
        raise argparse.ArgumentTypeError(
            f"{name!r} is not one of {', '.join(SCALES)} or a size such as c8-n1-r16-i2048-b32"
        )
    channels, cells, resolution, batch = match.groups(default="64")
    return int(channels), int(cells), int(resolution), int(batch)


def wait(device):
    if device.type == "cuda":
        torch.cuda.synchronize()


def measure(step, device, rounds):
    """Milliseconds a step: wall clock until the device is done, and until the calls return."""
    begun = time.perf_counter()
    for _ in range(6):
        step()
    wait(device)
    each = (time.perf_counter() - begun) / 6
    count = max(1, min(200, round(0.6 / each)))
    walls, hosts = [], []
    for _ in range(rounds):
        wait(device)
        start = time.perf_counter()
        for _ in range(count):
            step()
        hosts.append(1000 * (time.perf_counter() - start) / count)
        wait(device)
        walls.append(1000 * (time.perf_counter() - start) / count)
    return {"stepMs": statistics.median(walls), "fastestStepMs": min(walls), "hostMs": statistics.median(hosts)}


def batch_on(device, size, resolution, seed):
    generator = torch.Generator().manual_seed(seed)
    images = torch.randn(size, 3, resolution, resolution, generator=generator)
    return images.to(device), (torch.arange(size) % CLASSES).to(device)


def bench(args):
    channels, cells, resolution, batch = args.scale
    device = torch.device(args.device)
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True
    if device.type == "cpu":
        torch.set_num_threads(args.threads)
    train = batch_on(device, batch, resolution, 1)
    valid = batch_on(device, batch, resolution, 2)

    def new_search(capturable):
        torch.manual_seed(0)
        net = Supernet(channels, cells).to(device).train()
        alpha = nn.Parameter(1e-3 * torch.randn(len(EDGES), OPERATIONS).to(device))
        return Search(net, alpha, capturable)

    results = []

    def add(way, step):
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats()
        times = measure(step, device, args.rounds)
        peak = torch.cuda.max_memory_allocated() if device.type == "cuda" else None
        results.append({"way": f"PyTorch {way}", **times, "gpuBytes": peak})

    search = new_search(False)
    add("eager", lambda: search.step(train, valid))
    if device.type == "cuda" and not args.no_graph:
        captured = new_search(True)
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        # Momentum and the libraries' workspaces come into being before the capture.
        with torch.cuda.stream(stream):
            for _ in range(4):
                captured.step(train, valid)
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            captured.step(train, valid)
        add("CUDA graph", graph.replay)

    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.processor()
    threads = f", {torch.get_num_threads()} thread(s)" if device.type == "cpu" else ""
    forward = forward_multiply_adds(*args.scale)
    print(f"C={channels} N={cells}, {resolution}x{resolution}, batch {batch}")
    print(f"PyTorch {torch.__version__} on {device.type} {name}{threads}, float32, TF32 off")
    print(f"About {5 * forward / 1e6:.1f} million multiply-adds a bilevel step")
    if args.peak is not None:
        bound = 2 * 5 * forward / (args.peak * 1e12) * 1e3
        print(f"Lower bound at {args.peak} TFLOP/s: {bound:.4f} ms a step")
    print(f"{'way':<20}{'ms/step':>10}{'fastest':>10}{'host ms':>10}{'GPU MB':>10}")
    for row in results:
        memory = "-" if row["gpuBytes"] is None else f"{row['gpuBytes'] / 2**20:.2f}"
        print(
            f"{row['way']:<20}{row['stepMs']:>10.2f}{row['fastestStepMs']:>10.2f}"
            f"{row['hostMs']:>10.2f}{memory:>10}"
        )
    if args.json is not None:
        document = {
            "torch": torch.__version__,
            "device": f"{device.type} {name}",
            "threads": torch.get_num_threads(),
            "scale": dict(zip(("channels", "cells", "resolution", "batch"), args.scale)),
            "multiplyAdds": 5 * forward,
            "rounds": args.rounds,
            "results": results,
        }
        args.json.write_text(json.dumps(document, indent=2) + "\n")
    return 0


def golden_batch(size, resolution, q):
    k = torch.arange(size * 3 * resolution * resolution, dtype=torch.float64)
    images = torch.sin(0.11 * k + q) + 0.5 * torch.cos(0.37 * k + q)
    labels = (3 * torch.arange(size) + 1 + q) % CLASSES
    return images.reshape(size, 3, resolution, resolution), labels


def set_golden(net):
    """Sets the parameters as the golden numbers have them; gives them by name."""
    named = net.named()
    for j, (name, parameter) in enumerate(named.items()):
        i = torch.arange(parameter.numel(), dtype=torch.float64)
        wave = torch.sin(1 + 0.7 * i + 1.3 * j).reshape(parameter.shape)
        if ".bn" in name:
            value = 1 + 0.1 * wave if name.endswith(".weight") else 0.1 * wave
        else:
            weight = named[name.replace(".bias", ".weight")]
            value = wave / math.sqrt(weight[0].numel())
        parameter.data.copy_(value)
    return named


def check(args):
    """Losses, gradients and three steps against the golden numbers of an independent program."""
    golden = json.loads(args.golden.read_text())
    torch.set_default_dtype(torch.float64)
    net = Supernet(golden["C"], golden["N"]).train()
    named = set_golden(net)
    if list(named) != list(golden["train"]["weight_grads"]):
        raise SystemExit("The parameters have other names or another order than the golden ones.")
    search = Search(net, nn.Parameter(torch.tensor(golden["alpha0"])), False)
    train = golden_batch(golden["batch"], golden["resolution"], 0)
    valid = golden_batch(golden["batch"], golden["resolution"], 1)
    worst = 0.0

    def compare(what, got, expected):
        nonlocal worst
        error = abs(float(got) - expected) / max(abs(expected), 1e-3)
        worst = max(worst, error)
        if error > 1e-6:
            raise SystemExit(f"{what}: {float(got)}, expected {expected}")

    loss = search.loss(net(train[0], search.alpha), train[1])
    gradients = torch.autograd.grad(loss, [search.alpha, *named.values()])
    compare("loss", loss, golden["train"]["loss"])
    for got, expected in zip(gradients[0].flatten(), sum(golden["train"]["alpha_grad"], [])):
        compare("gradient of alpha", got, expected)
    for name, gradient in zip(named, gradients[1:]):
        expected = golden["train"]["weight_grads"][name]["l2"]
        # Batch statistics cancel the biases of the cells: their gradients are rounding.
        if expected > 1e-9:
            compare(f"gradient of {name}", gradient.norm(), expected)
    for number, expected in enumerate(golden["three_bilevel_steps"], 1):
        train_loss, norm, valid_loss = search.step(train, valid)
        compare(f"train loss of step {number}", train_loss, expected["train_loss"])
        compare(f"gradient norm of step {number}", norm, expected["grad_norm"])
        compare(f"valid loss of step {number}", valid_loss, expected["valid_loss"])
        for got, value in zip(search.alpha.flatten(), sum(expected["alpha"], [])):
            compare(f"alpha after step {number}", got, value)
    print(f"Equal to {args.golden.name} in float64; largest relative error {worst:.1e}")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--scale", type=read_scale, default="tiny", help="tiny, small, medium, paper or c8-n1-r16-i2048-b32")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=1, help="on the CPU, 1 by default")
    parser.add_argument("--rounds", type=int, default=7, help="medians are taken over so many rounds")
    parser.add_argument("--peak", type=float, help="the card's float32 TFLOP/s, for the lower bound")
    parser.add_argument("--no-graph", action="store_true", help="leave the CUDA graph out")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    parser.add_argument("--check", action="store_true", help="compare with the golden numbers and end")
    parser.add_argument(
        "--golden",
        type=Path,
        default=GOLDEN,
    )
    args = parser.parse_args()
    return check(args) if args.check else bench(args)


if __name__ == "__main__":
    sys.exit(main())
