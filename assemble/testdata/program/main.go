// Command program stands for the programs of an image in the tests of running
// them. As python3 it says what /outcomes holds, whatever it is asked to check;
// as anything else it prints how it was started, and exits with its argument.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
)

func main() {
	if filepath.Base(os.Args[0]) == "python3" {
		_, _ = io.Copy(io.Discard, os.Stdin)
		outcomes, err := os.ReadFile("/outcomes")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		_, _ = os.Stdout.Write(outcomes)
		return
	}
	dir, _ := os.Getwd()
	fmt.Println(os.Getuid(), os.Getgid(), dir, os.Getenv("HOME"), os.Getenv("GREETING"))
	if err := os.WriteFile("/var/new", nil, 0o600); err != nil {
		fmt.Println(err)
	}
	status, _ := strconv.Atoi(os.Args[1])
	os.Exit(status)
}
