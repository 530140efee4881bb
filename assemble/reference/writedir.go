package reference

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/sync/errgroup"
)

// writeDir writes an artifact into an OCI layout, which it creates if needed.
// Another process that writes to the directory waits, since it must not rely on
// files that this one removes on failure.
func (s *Session) writeDir(ctx context.Context, ref Ref, a Artifact) (err error) {
	var made created
	unlock, err := made.lockedDir(ctx, ref.path)
	if err != nil {
		return errors.Join(err, made.undo())
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if err := s.replaceEntry(ctx, ref, a, &made); err != nil {
		return errors.Join(err, made.undo())
	}
	return nil
}

// lockAttempts is how often other processes may remove the directory before it
// is locked.
const lockAttempts = 100

// lockedDir creates dir if needed and locks it. It starts again if another process,
// which failed, removed the directory in between.
func (c *created) lockedDir(ctx context.Context, dir string) (unlock func() error, err error) {
	for range lockAttempts {
		if err = c.mkdir(dir); err == nil {
			unlock, err = lockDir(ctx, dir)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	var output *OutputError
	if err != nil && !errors.As(err, &output) {
		err = &OutputError{Path: dir, Cause: err}
	}
	return unlock, err
}

// replaceEntry writes the blobs and then the index, which refers to them. It adds
// what it creates to made.
func (s *Session) replaceEntry(ctx context.Context, ref Ref, a Artifact, made *created) error {
	w := layoutWriter{dir: ref.path, made: made}
	index, err := w.readIndex()
	if err != nil {
		return err
	}
	entry, err := descriptor(a, ref.tag)
	if err != nil {
		return err
	}
	merged, err := mergeEntry(index, entry)
	if err != nil {
		return &OutputError{Path: filepath.Join(ref.path, indexFile), Cause: err}
	}
	blobs, err := collect(a)
	if err != nil {
		return fmt.Errorf("writing %q: %w", ref, err)
	}
	if err := w.writeBlobs(ctx, blobs, s.opts.Jobs); err != nil {
		return err
	}
	if err := w.writeLayoutFile(); err != nil {
		return err
	}
	return replaceFile(filepath.Join(ref.path, indexFile), func(out io.Writer) error {
		_, err := out.Write(merged)
		return err
	})
}

// layoutWriter writes the files of one layout.
type layoutWriter struct {
	dir  string
	mu   sync.Mutex
	made *created // guarded by mu
}

// readIndex returns index.json, or nil if there is none yet.
func (w *layoutWriter) readIndex() ([]byte, error) {
	path := filepath.Join(w.dir, indexFile)
	raw, err := readFile(os.DirFS(w.dir), indexFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &OutputError{Path: path, Cause: err}
	}
	return raw, nil
}

func (w *layoutWriter) writeBlobs(ctx context.Context, blobs []blob, jobs int) error {
	for _, b := range blobs {
		if err := w.made.mkdir(filepath.Join(w.dir, blobsDir, b.digest.Algorithm)); err != nil {
			return err
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(jobs)
	for _, b := range blobs {
		group.Go(func() error { return w.writeBlob(ctx, b) })
	}
	return group.Wait()
}

// writeBlob skips a blob that exists with the right size. Its name is its digest,
// and readers verify it.
func (w *layoutWriter) writeBlob(ctx context.Context, b blob) error {
	path := filepath.Join(w.dir, filepath.FromSlash(layoutPath(b.digest)))
	info, err := os.Lstat(path)
	if err == nil && info.Mode().IsRegular() && info.Size() == b.size {
		return nil
	}
	isNew := errors.Is(err, fs.ErrNotExist)
	if err := replaceFile(path, func(out io.Writer) error { return b.copyTo(ctx, out) }); err != nil {
		return err
	}
	if isNew {
		w.remember(path)
	}
	return nil
}

func (w *layoutWriter) remember(path string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.made.paths = append(w.made.paths, path)
}

func (w *layoutWriter) writeLayoutFile() error {
	path := filepath.Join(w.dir, layoutFile)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	err := replaceFile(path, func(out io.Writer) error {
		_, err := io.WriteString(out, layoutWords)
		return err
	})
	if err == nil {
		w.remember(path)
	}
	return err
}

// mergeEntry adds an entry to a layout's index, given as JSON or nil. It replaces
// the entry with the same tag, or the one without a tag; all others stay as they
// are, including unknown keys. (skopeo keeps the older entry without its tag, and so
// a second image without a name, which it then cannot read.)
func mergeEntry(index []byte, entry v1.Descriptor) ([]byte, error) {
	tag := entry.Annotations[refName]
	return addEntry(index, entry, func(old v1.Descriptor) bool {
		return tag != "" && old.Annotations[refName] == tag || tag == "" && isUnnamed(old)
	})
}

// mergeArtifact adds the entry of an artifact that refers to an image to a
// layout's index, unless it has it.
func mergeArtifact(index []byte, entry v1.Descriptor) ([]byte, error) {
	there := false
	merged, err := addEntry(index, entry, func(old v1.Descriptor) bool {
		there = there || old.Digest == entry.Digest
		return false
	})
	if there {
		return index, err
	}
	return merged, err
}

// addEntry appends an entry to a layout's index and removes those for which
// gone returns true.
func addEntry(index []byte, entry v1.Descriptor, gone func(v1.Descriptor) bool) ([]byte, error) {
	top := map[string]json.RawMessage{}
	var entries []json.RawMessage
	if index != nil {
		if err := json.Unmarshal(index, &top); err != nil {
			return nil, fmt.Errorf("reading index.json: %w", err)
		}
		if raw, ok := top["manifests"]; ok {
			if err := json.Unmarshal(raw, &entries); err != nil {
				return nil, fmt.Errorf("reading index.json: %w", err)
			}
		}
	} else {
		top["schemaVersion"] = json.RawMessage("2")
		top["mediaType"] = json.RawMessage(`"` + types.OCIImageIndex + `"`)
	}
	kept := make([]json.RawMessage, 0, len(entries)+1)
	for _, raw := range entries {
		var old v1.Descriptor
		if err := json.Unmarshal(raw, &old); err != nil {
			return nil, fmt.Errorf("reading index.json: %w", err)
		}
		if !gone(old) {
			kept = append(kept, raw)
		}
	}
	raw, err := json.Marshal(entry)
	if err != nil {
		return nil, err
	}
	if top["manifests"], err = json.Marshal(append(kept, raw)); err != nil {
		return nil, err
	}
	return json.Marshal(top)
}
