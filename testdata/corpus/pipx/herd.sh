#!/bin/bash
set -e
cowsay -t "$(http --version)"
