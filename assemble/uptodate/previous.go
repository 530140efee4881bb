package uptodate

import (
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/slimify/slimify/assemble/label"
	"github.com/slimify/slimify/assemble/reference"
)

// previous is a destination's content, if slimify made it.
type previous struct {
	*reference.Source
	*label.Record
	labels   map[string]string // or annotations
	manifest []byte
	config   []byte // nil if the manifest holds the key
}

// readPrevious reads the labels of what slimify made; nil if it is something else.
func readPrevious(is *reference.Source) (*previous, error) {
	old := &previous{Source: is}
	var err error
	if is.Index != nil {
		m, err := is.Index.IndexManifest()
		if err != nil {
			return nil, err
		}
		old.labels = m.Annotations
		if old.manifest, err = is.Index.RawManifest(); err != nil {
			return nil, err
		}
	} else {
		m, err := is.Image.Manifest()
		if err != nil {
			return nil, err
		}
		old.labels = m.Annotations
		if old.manifest, err = is.Image.RawManifest(); err != nil {
			return nil, err
		}
		if is.MediaType == types.DockerManifestSchema2 {
			if old.config, err = is.Image.RawConfigFile(); err != nil {
				return nil, err
			}
			config, err := is.Image.ConfigFile()
			if err != nil {
				return nil, err
			}
			old.labels = config.Config.Labels
		}
	}
	if old.Record = label.ParseRecord(old.labels); old.Record == nil {
		return nil, err
	}
	return old, nil
}
