package main

import (
	"os"
	"regexp"
	"testing"

	"github.com/spf13/pflag"
)

// The README's table has every flag of the main command, and no other.
func TestReadmeFlags(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	told := make(map[string]bool)
	for _, row := range regexp.MustCompile("(?m)^\\| `-.*$").FindAllString(string(readme), -1) {
		for _, m := range regexp.MustCompile(`--([a-z-]+)`).FindAllStringSubmatch(row, -1) {
			told[m[1]] = true
		}
	}
	flags := newSlim(&terminal{}).Flags()
	flags.VisitAll(func(f *pflag.Flag) {
		if !told[f.Name] {
			t.Errorf("README does not tell of --%s", f.Name)
		}
	})
	for name := range told {
		if flags.Lookup(name) == nil {
			t.Errorf("README tells of --%s, which does not exist", name)
		}
	}
}
