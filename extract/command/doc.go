// Package command finds the programs that the container starts and calls.
//
// [ProgramFinder] follows ENTRYPOINT, CMD and HEALTHCHECK through shell scripts;
// [Questions] asks about tools that the application calls and SLIM lacks.
package command
