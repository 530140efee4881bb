package shellsource_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/slimify/slimify/extract/source"
	"github.com/slimify/slimify/internal/shellsource"
)

// show renders what was found: "2 git", "3 hg?" for a guarded one, "4 < file".
func show(s source.Script) []string {
	out := []string{}
	for _, c := range s.Commands {
		line := fmt.Sprintf("%d %s", c.Line, c.Name)
		if c.Guarded {
			line += "?"
		}
		out = append(out, line)
	}
	for _, c := range s.Reads {
		out = append(out, fmt.Sprintf("%d < %s", c.Line, c.Name))
	}
	for _, d := range s.Dirs {
		out = append(out, "cd "+d)
	}
	for _, d := range s.Path {
		out = append(out, "PATH "+d)
	}
	return out
}

func TestScan(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, src string
		want      []string
	}{
		{"nothing", "", nil},
		{"an entrypoint", "#!/bin/sh\nset -e\n\ncurl -fsS http://x | jq .\nexec \"$@\"\n", []string{"4 curl", "4 jq"}},
		{"builtins are the shell's", "cd /app; echo a; export X=1; [ -f x ] && . ./env\n", []string{"1 < ./env", "cd /app"}},
		{"functions are the script's", "log() { logger \"$1\"; }\nfunction b { log x; }\nlog a; b\n", []string{"1 logger"}},
		{"everywhere", "if a; then b; elif ! c; then d; fi\nfor i in $(e); do f & done\nwhile g; do h; done\ncase `i` in x) j;; esac\n(k; l) || m\nx=$(n | o) p <(q)\n", []string{
			"1 a", "1 b", "1 c", "1 d", "2 e", "2 f", "3 g", "3 h", "4 i", "4 j", "5 k", "5 l", "5 m", "6 p", "6 n", "6 o", "6 q",
		}},
		{"not in here-documents, but in their substitutions", "cat <<E\ngit pull\n$(hostname)\nE\ncat <<'E'\n$(no)\nE\n", []string{"1 cat", "3 hostname"}},
		{"guarded", "if command -v git >/dev/null; then git pull; fi\ntype -p hg || which svn\n", []string{"1 git?", "2 hg?", "2 which", "2 svn?"}},
		{"wrappers", "exec gosu app:app tini -g -- gunicorn app\nsudo -u x -E A=1 make\nenv -i B=2 \"C=$D\" node\ntimeout -k 5 10 ffmpeg\nnice -n 5 nohup x265 &\nfind . -name x -exec chown a {} +\nxargs -0 -n 1 rm\n", []string{
			"1 gosu", "1 tini", "1 gunicorn", "2 sudo", "2 make", "3 env", "3 node", "4 timeout", "4 ffmpeg", "5 nice", "5 nohup", "5 x265",
			"6 find", "6 chown", "7 xargs", "7 rm",
		}},
		{"wait for", "./wait-for-it.sh db:5432 -t 10 -- python app.py\n", []string{"1 ./wait-for-it.sh", "1 python"}},
		{"texts for a shell", "sh -c 'git pull'\nbash -eo pipefail -c \"a && b\"\nsu - app -c 'd e'\neval \"f g\"\ntrap 'rm x' EXIT\nrunuser -u x -- h\n", []string{
			"1 sh", "1 git", "2 bash", "2 a", "2 b", "3 su", "3 d", "4 f", "5 rm", "6 runuser", "6 h",
		}},
		{"scripts for a shell", "bash -x scripts/run.sh a\nsource /opt/env\nsh \"$1\"\n", []string{"1 bash", "3 sh", "1 < scripts/run.sh", "2 < /opt/env"}},
		{"arguments that are set", "if [ \"${1#-}\" != \"$1\" ]; then\n  set -- redis-server \"$@\"\nfi\nexec \"$@\"\n", []string{"2 redis-server"}},
		{"variables", "GIT=/usr/bin/git\n$GIT pull; ${EDITOR:-vi} x; \"$HOME/bin/y\"; $2 z; A=1; A=2; $A\nPY=$(which python)\n$PY a\n", []string{
			"2 /usr/bin/git", "2 vi", "2 ${HOME}/bin/y", "3 which", "3 python?",
		}},
		{"loops and read set variables", "for t in git hg; do $t; done\nT=a; read -r T; $T\n", nil},
		{"its own directory", "DIR=\"$(cd \"$(dirname \"${BASH_SOURCE[0]}\")\" && pwd)\"\n. \"$DIR/env.sh\"\n\"${0%/*}/run\"\n$(dirname $0)/../up\nUP=$(cd $(dirname $0)/.. && pwd); $UP/x\n", []string{
			"1 dirname", "3 ${.}/run", "4 ${.}/../up", "2 < ${.}/env.sh", "cd ${.}", "cd ${.}/..",
		}},
		{"PATH", "export PATH=\"/opt/x/bin:$PATH\"\nPATH=$PATH:/opt/y/bin run\n", []string{"2 run", "PATH /opt/x/bin", "PATH /opt/y/bin"}},
		{"quotes and escapes", "'gi't; \"a\"b; \\rm x; c\\ d\n", []string{"1 git", "1 ab", "1 rm", "1 c d"}},
		{"up to a fault", "git pull\nif then\nhg\n", []string{"1 git"}},
		{"Windows' line ends", "git pull\r\nhg\r\n", []string{"1 git", "2 hg"}},
		{"no commands", "(( a > 1 )) && [[ -n $b ]] && x=1\n", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.want == nil {
				c.want = []string{}
			}
			if diff := cmp.Diff(c.want, show(shellsource.Scan([]byte(c.src)))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestScanArgs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		argv, want []string
	}{
		{nil, []string{}},
		{[]string{"python", "a b.py"}, []string{"1 python"}},
		{[]string{"tini", "--", "gunicorn"}, []string{"1 tini", "1 gunicorn"}},
		{[]string{"/bin/bash", "-o", "pipefail", "-c", "a | b"}, []string{"1 /bin/bash", "1 a", "1 b"}},
		{[]string{"$NAME", "x"}, []string{"1 $NAME"}}, // without a shell it is not expanded
		{[]string{"docker run"}, []string{"1 docker run"}},
	} {
		if diff := cmp.Diff(c.want, show(shellsource.ScanArgs(c.argv...))); diff != "" {
			t.Errorf("%q: %s", c.argv, diff)
		}
	}
}

// The parser's stack would overflow, which crashes the program.
func TestHostile(*testing.T) {
	for _, src := range []string{"(", "((", "$((", "$(", "{ ", "a[", "[[ ( ", "if ", "`", "eval 'eval ", "! ", "<(", "$["} {
		shellsource.Scan([]byte(strings.Repeat(src, (128<<10)/len(src))))
		shellsource.Scan([]byte(strings.Repeat(src, 4000)))
	}
	shellsource.Scan([]byte(strings.Repeat("a", 10<<20)))
}

func FuzzScan(f *testing.F) {
	f.Add([]byte("exec gosu app tini -- \"$@\""))
	f.Add([]byte("0&0\xcd"))
	f.Add([]byte("sh ${0%}; sh ''"))
	f.Add([]byte("set -- a; . $(dirname $0)/x; sh -c 'eval \"b\"'; X=${Y:-z}; $X; cat <<E\n$(c)\nE"))
	f.Fuzz(func(t *testing.T, src []byte) {
		lines := 1 + strings.Count(string(src), "\n")
		got := shellsource.Scan(src)
		for _, c := range append(got.Commands, got.Reads...) {
			// A text for a shell has its own lines, which may come from
			// escapes.
			if c.Name == "" || c.Line < 1 || c.Line > 2*lines+len(src) {
				t.Errorf("%+v of %d lines", c, lines)
			}
		}
	})
}
