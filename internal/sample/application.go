package sample

import (
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/layers/layertest"
)

// installed is when the user's steps ran.
func installed() time.Time { return built().Add(64 * 24 * time.Hour) }

// application lists the steps of the user's own Dockerfile.
func (b *builder) application() []Step {
	workdir := newListing(installed())
	workdir.add(layertest.Dir("app"))
	return []Step{
		{History: "WORKDIR /app", Entries: workdir.entries, Config: func(c *v1.Config) { c.WorkingDir = "/app" }},
		{History: "COPY . /app # buildkit", Entries: copied()},
		{History: "RUN /bin/sh -c pip install flask # buildkit", Entries: b.pipInstall()},
		{History: "EXPOSE map[5000/tcp:{}]", Empty: true, Config: func(c *v1.Config) {
			c.ExposedPorts = map[string]struct{}{"5000/tcp": {}}
		}},
		{History: `CMD ["python" "app.py"]`, Empty: true, Config: func(c *v1.Config) { c.Cmd = []string{"python", "app.py"} }},
	}
}

func copied() []layertest.Entry {
	l := newListing(installed().Add(-time.Hour))
	l.add(
		layertest.Dir("app"),
		layertest.File("app/Dockerfile", "FROM python:3.9\nWORKDIR /app\nCOPY . /app\nRUN pip install flask\nEXPOSE 5000\nCMD [\"python\", \"app.py\"]\n"),
		layertest.File("app/app.py", "from flask import Flask, render_template\n\napp = Flask(__name__)\n\n\n@app.route(\"/\")\ndef hello():\n"+
			"    return render_template(\"index.html\")\n\n\nif __name__ == \"__main__\":\n    app.run(host=\"0.0.0.0\", port=5000)\n"),
		layertest.File("app/requirements.txt", "flask\n"),
		layertest.File("app/templates/index.html", "<!doctype html>\n<title>Hello</title>\n"),
	)
	return l.entries
}

// pipInstall is what `pip install flask` writes: the distributions, bytecode of
// all modules that it imported, and pip's cache.
func (b *builder) pipInstall() []layertest.Entry {
	l := newListing(installed())
	l.add(directory("root"), directory("tmp"))
	for _, d := range b.distributions() {
		l.add(b.wheel(d)...)
	}
	// The bytecode records the times of the sources in the fat image, which
	// differ from those in the slim one.
	for _, name := range stdlib() {
		l.add(b.pyc(layertest.File(b.lib()+"/"+name, source(name, 12_000)), pythonBuilt(fat)))
	}
	for _, f := range b.pip(fat) {
		if isModule(f.Name, b.site()+"/pip/") {
			l.add(b.pyc(f, pythonBuilt(fat)))
		}
	}
	for _, name := range []string{"0/7/b/5/6/07b56b7d", "5/e/0/d/a/5e0da04c", "8/2/a/1/5/82a15c4d"} {
		l.add(layertest.File("root/.cache/pip/http/"+name, noise(name, 60_000)).Chmod(0o600))
	}
	l.add(layertest.File("root/.cache/pip/selfcheck/fe300af6", "{\"key\":\"/usr/local\",\"pypi_version\":\"24.3.1\"}").Chmod(0o600))
	return l.entries
}

func isModule(name, below string) bool {
	return strings.HasPrefix(name, below) && strings.HasSuffix(name, ".py")
}

// distributions are Flask and what it requires.
func (b *builder) distributions() []dist {
	out := []dist{
		{
			name: "flask", version: "3.0.3", scripts: map[string]string{"flask": "flask.cli:main"}, requested: true,
			modules:  []string{"flask/__init__.py", "flask/__main__.py", "flask/app.py", "flask/blueprints.py", "flask/cli.py", "flask/json/__init__.py", "flask/templating.py"},
			requires: []string{"Werkzeug >=3.0.0", "Jinja2 >=3.1.2", "itsdangerous >=2.1.2", "click >=8.1.3", "blinker >=1.6.2"},
		},
		{
			name: "werkzeug", version: "3.0.6", requires: []string{"MarkupSafe >=2.1.1"},
			modules: []string{"werkzeug/__init__.py", "werkzeug/exceptions.py", "werkzeug/routing/__init__.py", "werkzeug/serving.py", "werkzeug/wrappers/__init__.py"},
		},
		{
			name: "jinja2", version: "3.1.4", requires: []string{"MarkupSafe >=2.0"},
			modules: []string{"jinja2/__init__.py", "jinja2/compiler.py", "jinja2/environment.py", "jinja2/lexer.py", "jinja2/parser.py"},
		},
		{
			name: "MarkupSafe", version: "3.0.2", modules: []string{"markupsafe/__init__.py", "markupsafe/_native.py"},
			extensions: []layertest.Entry{b.machine.module(b.site()+"/markupsafe/_speedups."+b.abi()+".so", 20_000, "libpthread.so.0")},
		},
		{name: "itsdangerous", version: "2.2.0", modules: []string{"itsdangerous/__init__.py", "itsdangerous/signer.py"}},
		{name: "click", version: "8.1.7", modules: []string{"click/__init__.py", "click/core.py", "click/types.py"}},
		{name: "blinker", version: "1.9.0", modules: []string{"blinker/__init__.py", "blinker/base.py"}},
	}
	for i := range out {
		out[i].size, out[i].bytecode = 12_000, true
	}
	return out
}
