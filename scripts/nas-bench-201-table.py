"""Writes the accuracies of NAS-Bench-201 as a table for Alphascope (docs/tables.md).

    pip install nats_bench
    python scripts/nas-bench-201-table.py NATS-tss-v1_0-3ffb9-simple nasbench201.csv

The first argument is the topology search space of NATS-Bench, downloaded from
https://github.com/D-X-Y/NATS-Bench and unpacked. The second is the file to write. --epochs 12 takes
the benchmark's short schedule. Accuracies are of the last epoch, means over all training seeds.
"""

import argparse
import os

# Columns by their data set and split in the benchmark. Validation and test of CIFAR-10 are of two
# trainings: on half of the training images, and on all of them.
COLUMNS = {
    "cifar10_valid": ("cifar10-valid", "valid"),
    "cifar10_test": ("cifar10", "test"),
    "cifar100_valid": ("cifar100", "valid"),
    "cifar100_test": ("cifar100", "test"),
    "in16_valid": ("ImageNet16-120", "valid"),
    "in16_test": ("ImageNet16-120", "test"),
}


def accuracies(api, index, epochs):
    """Percent by column; one query answers for all columns of a data set."""
    told = {
        data: api.get_more_info(index, data, hp=epochs, is_random=False)
        for data in {data for data, _ in COLUMNS.values()}
    }
    return {
        key: told[data][f"{split}-accuracy"] for key, (data, split) in COLUMNS.items()
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("benchmark", help="NATS-tss folder or file")
    parser.add_argument("out", help="CSV file to write")
    parser.add_argument("--epochs", choices=["12", "200"], default="200")
    options = parser.parse_args()

    from nats_bench import create

    fast = os.path.isdir(options.benchmark)
    api = create(options.benchmark, "tss", fast_mode=fast, verbose=False)
    part = options.out + ".part"
    with open(part, "w", encoding="utf-8", newline="\n") as out:
        out.write(f"# name: NAS-Bench-201, {options.epochs} epochs, mean over seeds\n")
        out.write(",".join(["index", "arch", *COLUMNS]) + "\n")
        for index in range(len(api)):
            row = accuracies(api, index, options.epochs)
            numbers = [f"{row[key]:.4f}" for key in COLUMNS]
            out.write(",".join([str(index), api.arch(index), *numbers]) + "\n")
    os.replace(part, options.out)


if __name__ == "__main__":
    main()
