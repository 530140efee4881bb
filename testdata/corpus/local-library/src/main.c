#include <stdio.h>
#include <stdlib.h>

int fib(int);

int main(int argc, char **argv) { return printf("%d\n", fib(atoi(argv[argc - 1]))) < 0; }
