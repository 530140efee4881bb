package reference

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// Writable checks, before work starts, that Write to ref will probably succeed, and
// leaves nothing behind: that a file can be created for the output, or that the
// registry accepts the start of an upload. Errors are those of Write.
func (s *Session) Writable(ctx context.Context, ref Ref) error {
	if err := checkDestination(ref); err != nil {
		return err
	}
	switch ref.transport {
	case Registry:
		return Explain(ref, s.checkPush(ctx, s.RemoteName(ref)))
	case OCI:
		return checkDir(ref)
	default:
		return probeFile(ref.path)
	}
}

// checkDir checks that a layout exists or can be created at ref. It creates no
// directory: another run that creates the same layout could rely on it.
func checkDir(ref Ref) error {
	// Both: index.json is replaced in one, blobs are created in the other.
	for _, dir := range []string{ref.path, filepath.Join(ref.path, blobsDir, "sha256")} {
		if err := probeNearest(dir); err != nil {
			return err
		}
	}
	w := layoutWriter{dir: ref.path}
	index, err := w.readIndex()
	if err != nil {
		return err
	}
	if _, err := mergeEntry(index, v1.Descriptor{}); err != nil {
		return &OutputError{Path: filepath.Join(ref.path, indexFile), Cause: err}
	}
	_, err = destination(filepath.Join(ref.path, indexFile))
	return err
}

// checkPush starts an upload and cancels it. It is remote.CheckPushPermission
// with a context, and it cancels the upload before it returns.
func (s *Session) checkPush(ctx context.Context, image name.Reference) (err error) {
	repo := image.Context()
	rt, err := s.authorized(ctx, repo, transport.PushScope)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: rt}
	uploads := url.URL{Scheme: repo.Scheme(), Host: repo.RegistryStr(), Path: "/v2/" + repo.RepositoryStr() + "/blobs/uploads/"}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, uploads.String(), nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	if err := transport.CheckError(resp, http.StatusAccepted, http.StatusCreated); err != nil {
		return err
	}
	location, err := resp.Location()
	if err != nil || location.Host != resp.Request.URL.Host {
		return nil // the registry drops the upload in time
	}
	return cancelUpload(ctx, client, location)
}

// cancelTime is the time limit for canceling an upload.
const cancelTime = 5 * time.Second

// cancelUpload cancels an upload, even if the run was interrupted meanwhile. It may fail
// (DELETE is optional in the specification) without a consequence for pushing.
func cancelUpload(ctx context.Context, client *http.Client, location *url.URL) error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), cancelTime)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodDelete, location.String(), nil)
	if err != nil {
		return fmt.Errorf("canceling upload: %w", err)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil //nolint:nilerr // the registry drops the upload in time
	}
	return resp.Body.Close()
}
