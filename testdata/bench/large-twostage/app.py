import numpy
import pandas
import scipy
import sklearn

print(numpy.__version__, scipy.__version__, pandas.__version__, sklearn.__version__)
