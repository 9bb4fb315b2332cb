#!/usr/bin/env python3
"""How a central difference of gradients meets the Hessian that DARTS-ES asks for, and why ReLUs are held.

The largest eigenvalue of the Hessian of the alpha loss by alpha, on the network of the golden numbers: by
automatic differentiation, and by differences of gradients over several distances with the ReLUs free, and
held as they are at alpha itself. Prints the table of docs/engine.md. Needs PyTorch and nothing else:

    /usr/bin/python3 bench/pytorch_hessian.py
"""

import argparse
import json
from pathlib import Path

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from pytorch_step import GOLDEN, Supernet, golden_batch, set_golden

DISTANCES = [1e-6, 1e-4, 1e-3, 0.01, 0.05]


class Gates(TorchFunctionMode):
    """Notes which units each ReLU lets through, or lets through the units that were noted before."""

    def __init__(self, held=None):
        super().__init__()
        self.held = held
        self.masks = []
        self.nearest = float("inf")

    def __torch_function__(self, function, types, args=(), kwargs=None):
        if function not in (torch.relu, nn.functional.relu):
            return function(*args, **(kwargs or {}))
        x = args[0]
        self.nearest = min(self.nearest, float(x.detach().abs().min()))
        mask = (x.detach() > 0).to(x.dtype) if self.held is None else self.held[len(self.masks)]
        self.masks.append(mask)
        return x * mask


def loss_of(net, alpha, batch):
    return nn.functional.cross_entropy(net(batch[0], alpha), batch[1])


def gradient(net, alpha, batch, held):
    """[alphas], of the loss by alpha; `held` is None for free ReLUs, or their masks."""
    alpha = alpha.detach().requires_grad_()
    with Gates(held):
        loss = loss_of(net, alpha, batch)
    return torch.autograd.grad(loss, [alpha])[0].flatten()


def largest_by_differences(net, alpha, batch, distance, held):
    rows = []
    for entry in range(alpha.numel()):
        aside = torch.zeros_like(alpha)
        aside.view(-1)[entry] = distance
        ahead = gradient(net, alpha + aside, batch, held)
        behind = gradient(net, alpha - aside, batch, held)
        rows.append((ahead.double() - behind.double()) / (2 * distance))
    hessian = torch.stack(rows)
    return float(torch.linalg.eigvalsh((hessian + hessian.T) / 2)[-1])


def network(golden, dtype):
    net = Supernet(golden["C"], golden["N"]).to(dtype).train()
    set_golden(net)
    images, labels = golden_batch(golden["batch"], golden["resolution"], 1)
    return net, torch.tensor(golden["alpha0"], dtype=dtype), (images.to(dtype), labels)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--golden", type=Path, default=GOLDEN)
    # The order of summation, and so the last digits in float32, depend on the threads.
    torch.set_num_threads(1)
    golden = json.loads(parser.parse_args().golden.read_text())
    doubles, floats = network(golden, torch.float64), network(golden, torch.float32)

    net, alpha, batch = doubles
    by_autograd = torch.autograd.functional.hessian(lambda a: loss_of(net, a, batch), alpha)
    exact = float(torch.linalg.eigvalsh(by_autograd.reshape(alpha.numel(), -1))[-1])
    expected = golden["hessian_alpha"]["largest"]
    if abs(exact - expected) > 1e-9:
        raise SystemExit(f"Automatic differentiation gives {exact}, the golden numbers {expected}.")

    def gates_of(net, alpha, batch):
        with Gates() as gates:
            loss_of(net, alpha, batch)
        return gates

    at_alpha = {64: gates_of(*doubles), 32: gates_of(*floats)}
    print(f"Largest eigenvalue by automatic differentiation: {exact:.4f}")
    print(f"Smallest pre-activation of a ReLU: {at_alpha[64].nearest:.1e}")
    print(f"{'distance':>10}{'plain, float64':>18}{'held, float64':>18}{'held, float32':>18}")
    for distance in DISTANCES:
        figures = [
            largest_by_differences(*doubles, distance, None),
            largest_by_differences(*doubles, distance, at_alpha[64].masks),
            largest_by_differences(*floats, distance, at_alpha[32].masks),
        ]
        print(f"{distance:>10g}" + "".join(f"{figure:>18.4f}" for figure in figures))


if __name__ == "__main__":
    main()
