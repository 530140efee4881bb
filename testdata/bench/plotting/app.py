import matplotlib
import numpy
import pandas
import scipy
import sklearn

matplotlib.use("Agg")
print(numpy.__version__, scipy.__version__, pandas.__version__, sklearn.__version__, matplotlib.__version__)
