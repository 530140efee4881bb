// Command mutation runs the mutation tester gremlins over packages and fails if a
// mutant survives that is not listed as equivalent to the original.
//
//	go run ./internal/mutation -gremlins MODULE@VERSION [-tests PACKAGES] PACKAGE…
//
// Each mutant runs the tests of its own package or, with -tests, those of the packages
// named there. One that they do not cover survives; one that makes them run too long is
// killed.
package main

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// equivalents are the mutants that no test can kill, each with its reason.
//
//go:embed equivalent.txt
var equivalents string

func main() {
	if os.Getenv(realGo) != "" {
		if err := asGo(os.Args[1:]); err != nil {
			os.Exit(exitCode(err))
		}
		return
	}
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "mutation: %v\n", err)
		os.Exit(1)
	}
}

func run(args []string, stdout io.Writer) (err error) {
	flags := flag.NewFlagSet("mutation", flag.ContinueOnError)
	gremlins := flags.String("gremlins", "", "module of the tester, with its version")
	workers := flags.Int("workers", 2, "mutants to test in parallel")
	tests := flags.String("tests", "", "packages whose tests are run for each mutant, such as ./extract/...")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *gremlins == "" || flags.NArg() == 0 {
		return errors.New("name -gremlins MODULE@VERSION and packages")
	}
	known, err := parseList(equivalents)
	if err != nil {
		return err
	}
	t := tester{gremlins: *gremlins, workers: *workers, stdout: stdout, dir: "."}
	if *tests != "" {
		if t.dir, err = os.MkdirTemp("", "mutation-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(t.dir)) }()
		if err := copyModule(t.dir, *tests); err != nil {
			return err
		}
		t.module = true
	}
	var all []mutant
	for _, pkg := range flags.Args() {
		mutants, err := t.test(path.Clean(pkg))
		if err != nil {
			return fmt.Errorf("%s: %w", pkg, err)
		}
		all = append(all, mutants...)
	}
	return judge(all, known, flags.Args(), stdout)
}

// Time limits for one mutant, as multiples of the time that the tests take. Machines are
// busy, and a mutant has to be compiled: short tests have the larger factor.
const (
	packageTimeout = 20
	moduleTimeout  = 4
)

// tester runs gremlins on packages of the module at dir.
type tester struct {
	gremlins string
	workers  int
	stdout   io.Writer
	dir      string
	module   bool // run all tests of the module for each mutant
}

func (t *tester) test(pkg string) (_ []mutant, err error) {
	dir, err := os.MkdirTemp("", "mutation-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	out := filepath.Join(dir, "mutants.json")
	gremlins, err := t.install(dir)
	if err != nil {
		return nil, err
	}
	args := []string{
		"unleash", "--workers", strconv.Itoa(t.workers), "--exclude-files", `(^|/)testdata/`,
		"--invert-logical", "--invert-loopctrl", "--invert-assignments", "--invert-bitwise", "--invert-bwassign", "--remove-self-assignments",
		"--output-statuses", "lctv", "--output", out,
	}
	if t.module {
		args = append(args, "--integration", "--coverpkg", "./"+pkg+"/...", "--timeout-coefficient", strconv.Itoa(moduleTimeout))
	} else {
		args = append(args, "--timeout-coefficient", strconv.Itoa(packageTimeout))
	}
	cmd := exec.Command(gremlins, append(args, "./"+pkg)...)
	cmd.Dir = t.dir
	// A cached test result would take no time, of which the time limit is a multiple.
	cmd.Env = append(os.Environ(), "GOFLAGS="+strings.TrimSpace(os.Getenv("GOFLAGS")+" -count=1"))
	if cmd.Env, err = wrapGo(cmd.Env, dir); err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = t.stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("running gremlins: %w", err)
	}
	doc, err := os.ReadFile(out)
	if err != nil {
		return nil, err
	}
	return parseResult(doc, pkg, os.ReadFile)
}

// install builds gremlins in a directory.
func (t *tester) install(dir string) (string, error) {
	cmd := exec.Command("go", "install", t.gremlins)
	cmd.Env = append(os.Environ(), "GOBIN="+dir)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("installing gremlins: %w", err)
	}
	return filepath.Join(dir, "gremlins"), nil
}

// mutant is one change of the source with the result of the tests.
type mutant struct {
	name   string
	status string
}

// parseResult reads the JSON document of gremlins. A mutant's name is its file, its
// type, its source line and its number among those of this type on equal lines: it
// stays the same when lines move.
func parseResult(doc []byte, pkg string, readFile func(string) ([]byte, error)) ([]mutant, error) {
	type mutation struct {
		Type, Status string
		Line, Column int
	}
	var result struct {
		Files []struct {
			Name      string `json:"file_name"`
			Mutations []mutation
		}
	}
	if err := json.Unmarshal(doc, &result); err != nil {
		return nil, fmt.Errorf("reading the result: %w", err)
	}
	var out []mutant
	for _, f := range result.Files {
		file := path.Join(pkg, f.Name)
		src, err := readFile(filepath.FromSlash(file))
		if err != nil {
			return nil, err
		}
		lines := bytes.Split(src, []byte("\n"))
		slices.SortFunc(f.Mutations, func(a, b mutation) int {
			return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
		})
		number := make(map[string]int)
		for _, m := range f.Mutations {
			if m.Line < 1 || m.Line > len(lines) {
				return nil, fmt.Errorf("%s has no line %d", file, m.Line)
			}
			line := strings.Join(strings.Fields(string(lines[m.Line-1])), " ")
			number[m.Type+line]++
			out = append(out, mutant{fmt.Sprintf("%s %s %d %s", file, m.Type, number[m.Type+line], line), m.Status})
		}
	}
	return out, nil
}

// parseList reads a list of mutants: a name on each line, after a comment ("#") with the
// reason for all lines up to the next blank one.
func parseList(text string) (map[string]bool, error) {
	out := make(map[string]bool)
	reason := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
			reason = false
		case strings.HasPrefix(line, "#"):
			reason = true
		case !reason:
			return nil, fmt.Errorf("equivalent.txt has no reason for %q", line)
		default:
			out[line] = true
		}
	}
	return out, nil
}

// judge sums the results up. It fails for mutants that survived and are not known to be
// equivalent, and for known ones in the packages that did not survive.
func judge(all []mutant, known map[string]bool, packages []string, stdout io.Writer) error {
	killed, equivalent := 0, 0
	var wrong []string
	survived := make(map[string]bool)
	for _, m := range all {
		switch {
		case m.status == "KILLED" || m.status == "TIMED OUT":
			killed++
		case known[m.name]:
			equivalent++
			survived[m.name] = true
		default:
			wrong = append(wrong, strings.ToLower(m.status)+": "+m.name)
		}
	}
	survivors := len(wrong)
	for name := range known {
		in := func(pkg string) bool { return strings.HasPrefix(name, path.Clean(pkg)+"/") }
		if slices.ContainsFunc(packages, in) && !survived[name] {
			wrong = append(wrong, "no longer survives, remove it from equivalent.txt: "+name)
		}
	}
	slices.Sort(wrong)
	for _, w := range wrong {
		if _, err := fmt.Fprintln(stdout, w); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(stdout, "%d mutants in %s: %d killed, %d equivalent, %d survived\n", len(all), strings.Join(packages, " "), killed, equivalent, survivors)
	switch {
	case err != nil:
		return err
	case len(wrong) > 0:
		return errors.New("the tests do not kill all mutants: add cases for those that live or are not covered, or list them in internal/mutation/equivalent.txt with the reason")
	case killed == 0:
		return errors.New("no mutant was killed: the packages have no tests or no code")
	}
	return nil
}
