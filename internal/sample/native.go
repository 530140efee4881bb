package sample

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/layers/layertest"
)

// Native returns an image like that of [Fat] with two more steps:
//
//	RUN pip install --no-binary psycopg2 psycopg2
//	RUN apt-get install -y unzip && curl -o /opt/models/words.bin https://models.example.com/words.bin
//
// The extension module needs libpq.so.5, which only the fat image has.
func Native(c Config) (v1.Image, error) {
	b, err := c.builder()
	if err != nil {
		return nil, err
	}
	return b.image(append(append(append(b.official(fat), b.application()...), b.native()...), c.Steps...))
}

func (b *builder) native() []Step {
	psycopg, model := newListing(installed()), newListing(installed())
	psycopg.add(b.wheel(dist{
		name: "psycopg2", version: "2.9.10", requested: true, bytecode: true, size: 12_000, modules: []string{"psycopg2/__init__.py", "psycopg2/extras.py"},
		extensions: []layertest.Entry{b.machine.module(b.site()+"/psycopg2/_psycopg."+b.abi()+".so", 60_000, "libpq.so.5")},
	})...)
	model.add(layertest.File("opt/models/words.bin", noise("words", 200_000)), layertest.File("var/log/apt/history.log", "Install: unzip\n"))
	return []Step{
		{History: "RUN /bin/sh -c pip install --no-binary psycopg2 psycopg2 # buildkit", Entries: psycopg.entries},
		{History: "RUN /bin/sh -c apt-get install -y unzip && curl -o /opt/models/words.bin https://models.example.com/words.bin # buildkit", Entries: model.entries},
	}
}
