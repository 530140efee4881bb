package bench

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/gzip"

	"github.com/slimify/slimify/extract"
)

// recipe is part of the tags of generated images: another one makes them anew.
const recipe = "2"

// application is a generated one on the lab's python:3.11: distributions in a
// layer, the application's own files in another.
type application struct {
	files int
	bytes int64 // unpacked
	// fresh bytes begin each stretch of 16 KiB; the rest repeats them. It sets how
	// small the layers become.
	fresh int
}

const stretch = 16 << 10

// opened is a reference with its image.
func opened(ref string) (name.Reference, v1.Image, error) {
	r, err := name.ParseReference(ref)
	if err != nil {
		return nil, nil, err
	}
	img, err := remote.Image(r)
	return r, img, err
}

// once pushes an image that is made of another, unless that was done before. It
// returns the repository:tag.
func once(registry, repository, of string, create func(v1.Image) (v1.Image, error)) (string, error) {
	_, base, err := opened(registry + "/" + of)
	if err != nil {
		return "", err
	}
	digest, err := base.Digest()
	if err != nil {
		return "", err
	}
	image := repository + ":" + recipe + "-" + digest.Hex[:12]
	if ref, _, err := opened(registry + "/" + image); err == nil || ref == nil {
		return image, err
	}
	img, err := create(base)
	if err != nil {
		return "", err
	}
	return image, push(registry+"/"+image, img)
}

func push(to string, img v1.Image) error {
	ref, err := name.ParseReference(to)
	if err != nil {
		return err
	}
	return remote.Write(ref, img)
}

// on adds the application to an official image.
func (a application) on(base v1.Image, dir string) (v1.Image, error) {
	installed, err := newLayer(dir, gzip.DefaultCompression, func(w *tar.Writer) error { return a.distributions(w, a.files*3/4, a.bytes*3/4) })
	if err != nil {
		return nil, err
	}
	copied, err := newLayer(dir, gzip.DefaultCompression, func(w *tar.Writer) error { return a.own(w, a.files/4, a.bytes/4) })
	if err != nil {
		return nil, err
	}
	img, err := mutate.Append(base,
		mutate.Addendum{Layer: installed, History: v1.History{CreatedBy: "RUN /bin/sh -c pip install -r requirements.txt # buildkit"}},
		mutate.Addendum{Layer: copied, History: v1.History{CreatedBy: "COPY . /app # buildkit"}})
	if err != nil {
		return nil, err
	}
	config, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.Config.WorkingDir, config.Config.Cmd = "/app", []string{"python", "app.py"}
	return mutate.ConfigFile(img, config)
}

// distributions writes distributions of up to 250 files each.
func (a application) distributions(w *tar.Writer, files int, bytes int64) error {
	const site, most = "usr/local/lib/python3.11/site-packages/", 250
	rng := rand.New(rand.NewPCG(1, 1))
	for d := 0; files > 0; d++ {
		n := min(files, most)
		size := int(bytes / int64(files))
		dist := fmt.Sprintf("generated%d", d)
		var record strings.Builder
		for i := range n {
			file := fmt.Sprintf("%s/part%d/module%d.%s", dist, i/50, i, []string{"py", "bin"}[i%2])
			sum, err := regular(w, site+file, a.content(rng, size))
			if err != nil {
				return err
			}
			fmt.Fprintf(&record, "%s,sha256=%s,%d\n", file, sum, size)
		}
		info := dist + "-1.0.dist-info/"
		metadata := "Metadata-Version: 2.1\nName: " + dist + "\nVersion: 1.0\n"
		fmt.Fprintf(&record, "%sMETADATA,,\n%sINSTALLER,,\n%sRECORD,,\n", info, info, info)
		for _, f := range [][2]string{{"METADATA", metadata}, {"INSTALLER", "pip\n"}, {"RECORD", record.String()}} {
			if _, err := regular(w, site+info+f[0], []byte(f[1])); err != nil {
				return err
			}
		}
		files, bytes = files-n, bytes-int64(n*size)
	}
	return nil
}

// own writes the application's own files.
func (a application) own(w *tar.Writer, files int, bytes int64) error {
	rng := rand.New(rand.NewPCG(2, 2))
	if _, err := regular(w, "app/app.py", []byte("import generated0\n")); err != nil {
		return err
	}
	for i := range files {
		if _, err := regular(w, fmt.Sprintf("app/data/%d/file%d.bin", i/250, i), a.content(rng, int(bytes/int64(files)))); err != nil {
			return err
		}
	}
	return nil
}

// content is lines that read as Python: statements with random names.
func (a application) content(rng *rand.Rand, size int) []byte {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	out := make([]byte, 0, size+stretch)
	for len(out) < size {
		from := len(out)
		for len(out)-from < a.fresh {
			out = append(out, "value_"...)
			for range 48 {
				out = append(out, letters[rng.IntN(len(letters))])
			}
			out = append(out, " = call(1, 2)\n"...)
		}
		for unit := len(out) - from; len(out)-from+unit <= stretch; {
			out = append(out, out[from:from+unit]...)
		}
	}
	return out[:size]
}

func regular(w *tar.Writer, name string, content []byte) (sum string, err error) {
	h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(content)), ModTime: time.Unix(1_700_000_000, 0)}
	if err := w.WriteHeader(h); err != nil {
		return "", err
	}
	digest := sha256.Sum256(content)
	_, err = w.Write(content)
	return base64.RawURLEncoding.EncodeToString(digest[:]), err
}

// padded makes the official image below FAT as many times larger, by random
// bytes in place of its largest layer. Its history still identifies it, and
// nothing in that layer is asked for.
func padded(fat v1.Image, dir string, times int64) (v1.Image, error) {
	manifest, err := fat.Manifest()
	if err != nil {
		return nil, err
	}
	config, err := fat.ConfigFile()
	if err != nil {
		return nil, err
	}
	layers, err := fat.Layers()
	if err != nil {
		return nil, err
	}
	largest, sum := 0, int64(0)
	for i := range extract.Boundary(config) {
		sum += manifest.Layers[i].Size
		if manifest.Layers[i].Size > manifest.Layers[largest].Size {
			largest = i
		}
	}
	size := times*sum - (sum - manifest.Layers[largest].Size)
	if layers[largest], err = newLayer(dir, gzip.NoCompression, func(w *tar.Writer) error {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "usr/share/padding", Mode: 0o644, Size: size}); err != nil {
			return err
		}
		_, err := io.CopyN(w, rand.NewChaCha8([32]byte{}), size)
		return err
	}); err != nil {
		return nil, err
	}
	return rebuilt(config, layers)
}

// changed replaces FAT's last layer, which copied the application, by one with
// another application.
func changed(fat v1.Image, dir, text string) (v1.Image, error) {
	config, err := fat.ConfigFile()
	if err != nil {
		return nil, err
	}
	layers, err := fat.Layers()
	if err != nil {
		return nil, err
	}
	if layers[len(layers)-1], err = newLayer(dir, gzip.DefaultCompression, func(w *tar.Writer) error {
		_, err := regular(w, "app/app.py", []byte(text))
		return err
	}); err != nil {
		return nil, err
	}
	return rebuilt(config, layers)
}

// rebuilt is the image of a config with other layers.
func rebuilt(config *v1.ConfigFile, layers []v1.Layer) (v1.Image, error) {
	img := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.DockerManifestSchema2), types.DockerConfigJSON)
	img, err := mutate.AppendLayers(img, layers...)
	if err != nil {
		return nil, err
	}
	made, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.RootFS = made.RootFS
	return mutate.ConfigFile(img, config)
}

// fileLayer is a layer in a file.
type fileLayer struct {
	path           string
	digest, diffID v1.Hash
	size           int64
}

// newLayer writes a layer to a file in dir.
func newLayer(dir string, level int, write func(*tar.Writer) error) (v1.Layer, error) {
	f, err := os.CreateTemp(dir, "layer")
	if err != nil {
		return nil, err
	}
	digest, diffID := sha256.New(), sha256.New()
	z, err := gzip.NewWriterLevel(io.MultiWriter(f, digest), level)
	if err != nil {
		return nil, err
	}
	w := tar.NewWriter(io.MultiWriter(z, diffID))
	if err := write(w); err != nil {
		return nil, err
	}
	for _, c := range []io.Closer{w, z} {
		if err := c.Close(); err != nil {
			return nil, err
		}
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	hash := func(sum []byte) v1.Hash { return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(sum)} }
	return &fileLayer{f.Name(), hash(digest.Sum(nil)), hash(diffID.Sum(nil)), info.Size()}, f.Close()
}

func (l *fileLayer) Digest() (v1.Hash, error)             { return l.digest, nil }
func (l *fileLayer) DiffID() (v1.Hash, error)             { return l.diffID, nil }
func (l *fileLayer) Size() (int64, error)                 { return l.size, nil }
func (l *fileLayer) MediaType() (types.MediaType, error)  { return types.DockerLayer, nil }
func (l *fileLayer) Compressed() (io.ReadCloser, error)   { return os.Open(l.path) }
func (l *fileLayer) Uncompressed() (io.ReadCloser, error) { return nil, fmt.Errorf("not needed") }
