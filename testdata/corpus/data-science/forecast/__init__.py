import argparse
import importlib.resources

import numpy
import pandas
import scipy.linalg
from sklearn.ensemble import RandomForestRegressor


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rows", type=int, default=100)
    rows = arguments.parse_args().rows
    weights = pandas.read_csv(importlib.resources.files("forecast") / "weights.csv").weight
    table = pandas.DataFrame(numpy.random.default_rng(0).random((rows, 3)), columns=list("abc"))
    target = table.to_numpy() @ weights.to_numpy()
    model = RandomForestRegressor(20, random_state=0, n_jobs=2).fit(table, target)
    print(model.score(table, target) > 0.9, round(scipy.linalg.norm(weights), 3))
